import { expect, test } from 'vitest';
import { caseSize } from '../case/case.ts';
import type { SubjectModule } from '../contract/subject.ts';
import { formats, halfFormats, nativeFormats } from '../float/format.ts';
import { whyInvalid } from '../case/case-check.ts';
import * as fromScratch from '../kernels/index.ts';
import * as textbook from '../kernels/textbook/index.ts';
import { kernelsOf } from '../generate/case-draw.ts';
import type { CampaignSpace } from '../generate/generate-case.ts';
import { anonymousSubject, type Implementation } from '../subjects/implementation.ts';
import { subjectImplementation } from '../subjects/subject-implementation.ts';
import { operations } from '../contract/subject.ts';
import { canaryCases, canaryOf, canaryWord, type Canary, type CanaryEnd } from './canary.ts';

const whole: CampaignSpace = { operations, formats: nativeFormats };

async function ask(
  module: SubjectModule,
  { space = whole, ended = [], references = [], places = [] }: Partial<Options> = {},
): Promise<Canary> {
  const subject = subjectImplementation(module, { name: anonymousSubject });
  const calls = {
    write: ({ index, place }: { index: number; place: number }) => void places.push([place, index]),
  };
  return canaryOf({ participants: { subject, references }, calls }, space, ended);
}

interface Options {
  readonly space: CampaignSpace;
  readonly ended: readonly CanaryEnd[];
  readonly references: readonly Implementation[];
  /** Each call, by the place of whoever is called and the case. */
  readonly places: [number, number][];
}

const wordsIn = ({ outcomes }: Canary): readonly string[] => Object.values(outcomes)[0]!;

test('the canary has 64 cases: of each kernel and format, small ones, and larger ones among them', () => {
  const cases = canaryCases(whole);
  const groups = new Set(
    cases.map(({ operation, direction, format }) => `${operation} ${direction} ${format}`),
  );

  expect(cases).toHaveLength(64);
  expect(groups.size).toBe(kernelsOf(whole).length * nativeFormats.length);
  expect(Math.max(...cases.map(caseSize))).toBeLessThanOrEqual(2_048);
  expect(cases.filter((c) => caseSize(c) >= 256).length).toBeGreaterThan(8);
  expect(cases.every(({ call, invalid }) => call === undefined && invalid === undefined)).toBe(true);
});

test('a space of one kernel and a few elements has 64 cases too', () => {
  const cases = canaryCases({
    operations: ['logSumExp'],
    formats: ['float32'],
    supports: { maxElements: 3, rank: [1, 1], axis: 'last' },
  });

  expect(cases).toHaveLength(64);
});

test.each(halfFormats)(
  'of %s it has 64 valid cases of every kernel, and the same words each time',
  async (format) => {
    const space: CampaignSpace = { operations, formats: [format] };
    const cases = canaryCases(space);
    const [first, again] = [await ask(fromScratch, { space }), await ask(fromScratch, { space })];

    expect(cases).toHaveLength(64);
    expect(cases.filter((c) => whyInvalid(c) !== null || c.format !== format)).toEqual([]);
    expect(new Set(first.kernels).size).toBe(kernelsOf(space).length);
    expect(again).toEqual(first);
    expect(new Set(wordsIn(first)).size).toBeGreaterThan(40);
  },
);

test('among all formats each has a case of every kernel in the canary', () => {
  const drawn = canaryCases({ operations, formats }).map(({ format }) => format);

  const counts = formats.map((format) => drawn.filter((one) => one === format).length);
  expect(Math.min(...counts)).toBeGreaterThanOrEqual(kernelsOf(whole).length);
});

test('the same implementation has the same words, whenever it is asked', async () => {
  const [first, again] = [await ask(fromScratch), await ask(fromScratch)];

  expect(again).toEqual(first);
  expect(wordsIn(first).every((word) => canaryWord.test(word))).toBe(true);
  expect(new Set(wordsIn(first)).size).toBeGreaterThan(48);
});

test('other kernels have other words, of the same cases', async () => {
  const [one, other] = [await ask(fromScratch), await ask(textbook)];

  expect(other.cases).toEqual(one.cases);
  expect(wordsIn(other)).not.toEqual(wordsIn(one));
});

test('a kernel with one changed constant is seen, and in its own cases alone', async () => {
  const softmax: NonNullable<SubjectModule['softmax']> = (x, options) => {
    const y = fromScratch.softmax(x, options);
    return { ...y, data: y.data.map((value) => value * (1 + 2 ** -22)) };
  };
  const [sound, changed] = [await ask(fromScratch), await ask({ ...fromScratch, softmax })];
  const differing = wordsIn(changed).flatMap((word, at) => (word === wordsIn(sound)[at] ? [] : [at]));

  expect(differing.length).toBeGreaterThan(0);
  expect(new Set(differing.map((at) => sound.kernels[at]))).toEqual(new Set(['softmax']));
});

test('which NaN is answered means nothing; the sign of a zero does', async () => {
  const answer =
    (bits: number): NonNullable<SubjectModule['logSumExp']> =>
    (x) => {
      const shape = x.shape.slice(0, -1);
      const size = shape.reduce((a, b) => a * b, 1);
      return { shape, data: new Float32Array(new Uint32Array(size).fill(bits).buffer) };
    };
  const space: CampaignSpace = {
    operations: ['logSumExp'],
    formats: ['float32'],
    kernels: ['logSumExp'],
    supports: { axis: 'last', rank: [1, 3] },
  };
  const answers = [0x7fc00000, 0xffc00001, 0x00000000, 0x80000000].map((bits) =>
    ask({ logSumExp: answer(bits) }, { space }),
  );
  const [nan, otherNan, zero, otherZero] = (await Promise.all(answers)).map(wordsIn);

  expect(otherNan).toEqual(nan);
  expect(otherZero).not.toEqual(zero);
});

test('what a throw says is not compared, that it throws is', async () => {
  const throwing = (message: string): SubjectModule => ({
    logSumExp() {
      throw new Error(message);
    },
  });
  const [here, there] = [await ask(throwing('in /home/a')), await ask(throwing('in /home/b'))];

  expect(wordsIn(here)).toEqual(wordsIn(there));
  expect(new Set(wordsIn(here))).toEqual(new Set(['threw', 'declined']));
});

test('who answers otherwise when it is asked again is marked, and everybody else is not', async () => {
  let calls = 0;
  const logSumExp: NonNullable<SubjectModule['logSumExp']> = (x, options) => {
    const y = fromScratch.logSumExp(x, options);
    return { ...y, data: y.data.map((value) => value + calls++) };
  };
  const { kernels, outcomes } = await ask({ ...fromScratch, logSumExp });
  const marked = outcomes['from-scratch']!.flatMap((word, at) => (word === 'unstable' ? [kernels[at]] : []));

  expect(new Set(marked)).toEqual(new Set(['logSumExp']));
});

test('a case that has ended a process is not asked again; after two of them nothing is, behind the last', async () => {
  const crashed = { place: 0, kind: 'crashed' } as const;
  const places: [number, number][] = [];
  const reference = { ...subjectImplementation(textbook, { name: 'other' }), role: 'reference' } as const;
  const once = await ask(fromScratch, { ended: [{ ...crashed, case: 5 }], references: [reference], places });
  const twice = await ask(fromScratch, {
    ended: [
      { ...crashed, case: 5 },
      { ...crashed, case: 7 },
    ],
  });

  expect(wordsIn(once)[5]).toBe('crashed');
  expect(wordsIn(once)[6]).toMatch(/^[0-9a-f]{16}$/);
  expect(places.filter(([place, at]) => place === 0 && at === 5)).toEqual([]);
  expect(places.filter(([place, at]) => place === 1 && at === 5)).toHaveLength(2);
  expect(
    wordsIn(twice)
      .slice(4, 10)
      .map((word) => word.slice(0, 7)),
  ).toEqual([
    wordsIn(once)[4]!.slice(0, 7),
    'crashed',
    wordsIn(once)[6]!.slice(0, 7),
    'crashed',
    'unasked',
    'unasked',
  ]);
});
