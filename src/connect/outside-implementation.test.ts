/** What becomes of cases over a channel that ends, lies or falls silent: by channels made by hand. */
import { describe, expect, test } from 'vitest';
import type { Case } from '../case/case.ts';
import type { Outcome } from '../case/outcome.ts';
import type { Channel, Reply } from './channel.ts';
import { givenUp } from './given-up.ts';
import { outsideImplementation, type OutsideImplementation } from './outside-implementation.ts';
import { welcomeFrom, type Welcome } from './welcome.ts';

const welcomeOf = (more: object): Welcome =>
  welcomeFrom(
    new TextEncoder().encode(JSON.stringify({ protocol: 1, kernels: ['softmax'], ...more })),
    'the kit',
  );

/** softmax of one logit, told apart by its value. */
function caseOf(logit: number, more: Partial<Case> = {}): Case {
  return {
    operation: 'softmax',
    direction: 'forward',
    format: 'float32',
    axis: 0,
    logits: { shape: [1], data: Float32Array.of(logit) },
    regimes: [],
    checks: [],
    ...more,
  };
}

/** The logits of a frame of such cases. */
function logitsIn(body: Uint8Array): number[] {
  const view = new DataView(body.buffer, body.byteOffset, body.length);
  const recordBytes = 48;
  return Array.from({ length: view.getUint32(0, true) }, (_, i) =>
    view.getFloat32(8 + i * recordBytes + 40, true),
  );
}

/** The answer 1 to each of so many. */
function onesTo(count: number): Uint8Array {
  const bytes = new Uint8Array(8 + count * 32);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, count, true);
  for (let at = 8; at < bytes.length; at += 32) {
    [32, 0, 1, 0, 1].forEach((value, i) => view.setUint32(at + 4 * i, value, true));
    view.setFloat32(at + 24, 1, true);
  }
  return bytes;
}

const crashed: Reply = { kind: 'ended', outcome: { kind: 'crashed', detail: 'signal SIGSEGV' } };

interface Asked {
  readonly subject: OutsideImplementation;
  readonly frames: number[][];
  starts(): number;
}

/** `reply` is null where all answers are 1. */
async function ask(
  reply: (logits: readonly number[], life: number) => Reply | null,
  welcome: object = {},
): Promise<Asked> {
  const frames: number[][] = [];
  let lives = 0;
  const open = (): Promise<Channel> => {
    const life = ++lives;
    return Promise.resolve({
      welcome: welcomeOf(welcome),
      ask(body) {
        const logits = logitsIn(body);
        frames.push(logits);
        return Promise.resolve(reply(logits, life) ?? { kind: 'results', body: onesTo(logits.length) });
      },
      residentMb: () => 1,
      close: () => undefined,
    });
  };
  const options = { name: 'kit', role: 'subject', caseTimeoutMs: 100, rssLimitMb: 1000 } as const;
  return { subject: await outsideImplementation(open, options), frames, starts: () => lives };
}

const kindsOf = (outcomes: readonly Outcome[]): readonly string[] => outcomes.map(({ kind }) => kind);

describe('a kit is asked no format that it does not say that it takes', () => {
  const half = caseOf(1, { format: 'bfloat16', logits: { shape: [1], data: Float64Array.of(1) } });

  test.each([
    ['one of before there were halves', {}],
    ['one that lists others', { supports: { formats: ['float64'] } }],
    ['one that takes another half', { formats: ['float32', 'float64', 'float16'] }],
  ])('%s', async (_, welcome) => {
    const { subject } = await ask(() => null, welcome);

    expect(subject.declines(half)).toBe('bfloat16, which the kit does not say that it takes');
    expect(subject.declines(caseOf(1, { format: 'float64' }))).toBe(null);
  });

  test.each([
    ['supports', { supports: { formats: ['bfloat16'] } }],
    ['formats, and one that nobody knows yet', { formats: ['float8', 'bfloat16'] }],
    ['supports, and one that nobody knows yet', { supports: { formats: ['float8', 'bfloat16'] } }],
  ])('and is asked halves that it lists in %s', async (_, welcome) => {
    const { subject } = await ask(() => null, welcome);

    expect(subject.declines(half)).toBe(null);
  });
});

describe('a frame in which it ends', () => {
  test('is asked case by case: whoever ends it again is the one', async () => {
    const { subject, frames } = await ask((logits) => (logits.includes(2) ? crashed : null));

    const outcomes = await subject.runMany([1, 2, 3].map((logit) => caseOf(logit)));

    expect(kindsOf(outcomes)).toEqual(['values', 'crashed', 'values']);
    expect(frames).toEqual([[1, 2, 3], [1], [2], [3]]);
  });

  test('that ends nobody when asked again is told of its first case, and says so', async () => {
    const { subject } = await ask((logits) => (logits.length > 1 ? crashed : null));

    const [first, second] = await subject.runMany([caseOf(1), caseOf(2)]);

    expect(first).toEqual({
      kind: 'crashed',
      detail: 'signal SIGSEGV (while it was asked 2 cases at once; none of them did it when asked alone)',
    });
    expect(second!.kind).toBe('values');
  });

  test('another frame behind it is asked again as it is', async () => {
    let isFirst = true;
    const { subject, frames } = await ask(() => {
      const reply: Reply | null = isFirst ? { kind: 'unasked' } : null;
      isFirst = false;
      return reply;
    });

    expect(kindsOf(await subject.runMany([caseOf(1), caseOf(2)]))).toEqual(['values', 'values']);
    expect(frames).toEqual([
      [1, 2],
      [1, 2],
    ]);
  });

  test('is given up after five ends with no answer between', async () => {
    const { subject, starts } = await ask(() => crashed);

    const outcomes = await subject.runMany([1, 2, 3, 4, 5, 6, 7].map((logit) => caseOf(logit)));

    expect(kindsOf(outcomes)).toEqual([
      ...Array.from({ length: 5 }, () => 'crashed'),
      'unsupported',
      'unsupported',
    ]);
    expect(outcomes[5]).toBe(givenUp);
    expect(starts()).toBeLessThan(9);
  });
});

test('frames of one case are given up after five ends in a row, and an answer begins the count anew', async () => {
  const { subject } = await ask((logits) => (logits[0] === 0 ? null : crashed));
  const kinds: string[] = [];

  for (const logit of [1, 2, 3, 0, 4, 5, 6, 7, 8, 9])
    kinds.push(...kindsOf(await subject.runMany([caseOf(logit)])));

  expect(kinds).toEqual([...Array(3).fill('crashed'), 'values', ...Array(5).fill('crashed'), 'unsupported']);
});

test('what is tried to shrink a case counts for nothing', async () => {
  const { subject } = await ask(() => crashed);

  for (let i = 0; i < 9; i++) expect((await subject.run(caseOf(i))).kind).toBe('crashed');
});

describe('answers that are none', () => {
  const results = (change: (view: DataView, bytes: Uint8Array) => Uint8Array | void): Reply => {
    const bytes = onesTo(1);
    return { kind: 'results', body: change(new DataView(bytes.buffer), bytes) ?? bytes };
  };

  test.each<[string, Reply]>([
    ['it gave 2 answers to 1 cases', results((view) => view.setUint32(0, 2, true))],
    ['its results have 4 bytes', results((_, bytes) => bytes.subarray(0, 4))],
    ['answer 0 of 1 has 40 bytes, of which 32 are there', results((view) => view.setUint32(8, 40, true))],
    ['answer 0 of 1 has the status 9, which there is not', results((view) => view.setUint32(12, 9, true))],
    ['answer 0 of 1 has rank 4294967295', results((view) => view.setUint32(16, 2 ** 32 - 1, true))],
    [
      'answer 0 of 1 has values of format 9, which there is not',
      results((view) => view.setUint32(20, 9, true)),
    ],
    [
      'answer 0 of 1 has shape [2147483647] and 8 bytes of values',
      results((view) => view.setUint32(24, 2 ** 31 - 1, true)),
    ],
    [
      'there are 8 bytes behind its results',
      results((_, bytes) => Buffer.concat([bytes, new Uint8Array(8)])),
    ],
  ])('%s', async (detail, reply) => {
    const { subject } = await ask(() => reply);

    expect(await subject.run(caseOf(1))).toEqual({ kind: 'crashed', detail });
  });

  test('another shape is a violation, and no crash', async () => {
    const two = new Uint8Array(8 + 40);
    const view = new DataView(two.buffer);
    view.setUint32(0, 1, true);
    [40, 0, 2, 0, 1, 1].forEach((value, i) => view.setUint32(8 + 4 * i, value, true));
    const { subject } = await ask(() => ({ kind: 'results', body: two.subarray(0, 40) }));
    view.setUint32(8, 32, true);

    const outcome = await subject.run(caseOf(1));

    expect(outcome).toMatchObject({ kind: 'values', violations: [{ kind: 'shape' }] });
  });
});

describe('what is not asked', () => {
  test.each<[string, Partial<Case>, object]>([
    ['no kernel logSoftmax', { operation: 'logSoftmax' }, {}],
    ['memory and calls in flight are not asked across a process', { call: { kind: 'view', from: 1 } }, {}],
    ['supports no float32', {}, { supports: { formats: ['float64'] } }],
    [
      'follows another convention: no tensors of rank 0',
      { logits: { shape: [], data: Float32Array.of(1) } },
      { policy: { scalars: 'none' } },
    ],
    [
      'follows another convention: +∞ in a lane',
      { logits: { shape: [1], data: Float32Array.of(Infinity) } },
      { policy: { positiveInfinity: 'any' } },
    ],
  ])('%s', async (reason, more, welcome) => {
    const { subject } = await ask(() => null, welcome);

    expect(subject.declines(caseOf(1, more))).toBe(reason);
    expect(subject.declines(caseOf(1))).toBe(reason.startsWith('supports') ? reason : null);
  });
});

test('a welcome that cannot be is a sentence; keys that are not known are not read', () => {
  expect(() => welcomeOf({ protocol: 2 })).toThrow(
    'speaks version 2 of the protocol, and logitfuzz version 1',
  );
  expect(() => welcomeOf({ kernels: [] })).toThrow('offers none of the kernels');
  expect(() => welcomeOf({ supports: { rank: [3, 1] } })).toThrow('the welcome of the kit');
  expect(welcomeOf({ supports: { rank: [1, 2], colour: 'red' }, mood: 1 }).supports).toEqual({
    rank: [1, 2],
  });
});

test('that another one starts is waited for as an answer is: the watch over a worker takes neither for a hang', async () => {
  let lives = 0;
  let waits = 0;
  const open = async (): Promise<Channel> => {
    if (++lives > 1) await new Promise((resolve) => setTimeout(resolve, 700));
    return {
      welcome: welcomeOf({}),
      ask: () => Promise.resolve(crashed),
      residentMb: () => 1,
      close: () => undefined,
    };
  };
  const onWait = (): void => void waits++;
  const options = { name: 'kit', role: 'subject', caseTimeoutMs: 100, rssLimitMb: 1000, onWait } as const;
  const subject = await outsideImplementation(open, options);

  await subject.run(caseOf(1));
  expect(waits).toBe(0);
  await subject.run(caseOf(2)); // of the second life

  expect(waits).toBeGreaterThan(0);
});
