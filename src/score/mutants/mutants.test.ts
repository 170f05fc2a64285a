/** The table holds what it promises, and each mutant really does something else than its host. */
import { describe, expect, test, vi } from 'vitest';
import type { Case } from '../../case/case.ts';
import { stageNames } from '../../case/stage.ts';
import type { Outcome } from '../../case/outcome.ts';
import { operations, type SubjectModule } from '../../contract/subject.ts';
import { nativeFormats } from '../../float/format.ts';
import { generateCase } from '../../generate/generate-case.ts';
import { subjectImplementation } from '../../subjects/subject-implementation.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { buildHost, type HostKernels } from '../host/host.ts';
import { advice } from './advice.ts';
import { mutantClasses } from './mutant.ts';
import { invalidArgumentMutants } from './invalid-arguments.ts';
import { everyMutant } from './in-halves.ts';
import { mutants } from './mutants.ts';

describe('the table', () => {
  test('has 64 mutants at least, of every class, and twelve of the gradient', () => {
    expect(mutants.length).toBeGreaterThanOrEqual(64);
    expect(new Set(mutants.map((mutant) => mutant.class))).toEqual(new Set(mutantClasses));
    expect(mutants.filter(({ isGradient }) => isGradient).length).toBeGreaterThanOrEqual(12);
  });

  test('claims at least half of them to be subtle', () => {
    expect(mutants.filter(({ isSubtle }) => isSubtle).length).toBeGreaterThanOrEqual(mutants.length / 2);
  });

  test('names each of them once, in kebab-case', () => {
    const names = everyMutant.map(({ name }) => name);

    expect(new Set(names).size).toBe(names.length);
    expect(names.filter((name) => !/^[a-z0-9]+(-[a-z0-9]+)*$/.test(name))).toEqual([]);
  });

  test('has a word of advice for each of them, which ends a sentence', () => {
    expect(Object.keys(advice).toSorted()).toEqual(everyMutant.map(({ name }) => name).toSorted());
    expect(Object.values(advice).filter((words) => !/^[a-z].*[^.\s]$/.test(words))).toEqual([]);
  });

  test('says the stage of nine in ten, and has a mutant of every stage', () => {
    const staged = mutants.filter(({ stage }) => stage !== null);

    expect(staged.length).toBeGreaterThanOrEqual(mutants.length * 0.9);
    expect(new Set(staged.map(({ stage }) => stage))).toEqual(new Set(stageNames));
  });

  test('says each change in one sentence, and cites a thread or that none was found', () => {
    expect(everyMutant.filter(({ change }) => !/^\S[^.]*(\.\d[^.]*)*\.$/.test(change))).toEqual([]);
    expect(
      everyMutant.filter(({ seen }) => !/^none found$|\w#\d+.*: |^TensorFlow\.js, .*: /.test(seen)),
    ).toEqual([]);
  });
});

/**
 * Mutants that the cases below do not tell from their host, or not for what they do wrong:
 * each has a test of its own.
 */
const byHand = [
  'dot-of-the-first-512',
  'first-256-positions',
  ...mutants.filter(({ elementsMin }) => elementsMin !== undefined).map(({ name }) => name),
  'means-of-chunks-added',
  'order-of-summation-alternates',
  'warns-of-nan',
  'options-rewritten',
  'one-buffer-for-all-calls',
  ...invalidArgumentMutants.map(({ name }) => name),
  'staged-in-one-place',
  'busy-with-another',
];

describe('on a case of seed 42', () => {
  const cases = Array.from({ length: 6000 }, (_, index) =>
    generateCase({ seed: 42n, index }, { operations, formats: nativeFormats }),
  );
  const host = subjectImplementation(buildHost(), { name: 'host' });
  const due = cases.map((c) => textOf(host.run(c)));

  test.each(mutants.filter(({ name }) => !byHand.includes(name)))(
    '$name does not do what its host does',
    ({ name, create }) => {
      const mutant = subjectImplementation(create(), { name });

      const witness = cases.findIndex((c: Case, i) => textOf(mutant.run(c)) !== due[i]);

      expect(witness).toBeGreaterThanOrEqual(0);
    },
  );
});

/** Bit for bit, −0 apart from 0. */
function textOf(outcome: Outcome | Promise<Outcome>): string {
  if (outcome instanceof Promise || outcome.kind !== 'values') return JSON.stringify(outcome);
  const data = outcome.tensor?.data;
  const bytes = data === undefined ? '' : Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  return `${JSON.stringify(outcome.violations)} ${bytes.toString('latin1')}`;
}

describe('on a case by hand', () => {
  test('dot-of-the-first-512 does not see the cotangent of class 513', () => {
    const x = tensor([513], () => 0);
    const dy = tensor([513], (k) => (k === 512 ? 513 : 0));

    expect(buildHost().softmaxBackward(x, dy, {}).data[0]).toBe(Math.fround(-1 / 513));
    expect(created('dot-of-the-first-512').softmaxBackward(x, dy, {}).data[0]).toBe(0);
  });

  test('first-256-positions does not see the loss of position 257', () => {
    const logits = tensor([257, 2], (at) => (at === 512 ? -8 : 0));
    const target = { shape: [257], data: new Int32Array(257) };
    const { crossEntropy } = created('first-256-positions');

    const [sum] = crossEntropy(logits, target, { reduction: 'sum' }).data;

    expect(sum).toBe(Math.fround(256 * Math.fround(Math.LN2)));
  });

  test.each(['grid-of-65535-rows', 'row-of-16-bits'])(
    '%s writes no row that 16 bits do not count',
    (name) => {
      const x = tensor([65_536 + 1, 2], () => 0);

      expect(new Set(buildHost().softmax(x, {}).data)).toEqual(new Set([0.5]));
      expect(created(name).softmax(x, {}).data.at(-1)).toBe(0);
    },
  );

  test('class-of-16-bits takes class 65,537 for class 1', () => {
    const logits = tensor([65_538], (k) => (k === 1 ? 100 : 0));
    const target = { shape: [], data: Int32Array.of(65_537) };

    expect(buildHost().crossEntropy(logits, target, {}).data[0]).toBe(100);
    expect(created('class-of-16-bits').crossEntropy(logits, target, {}).data[0]).toBe(0);
  });

  test('vocabulary-of-one-block adds no power after the 65,536th', () => {
    const logits = tensor([65_537], (k) => (k < 65_536 ? -50 : 0));
    const target = { shape: [], data: Int32Array.of(65_536) };

    expect(buildHost().crossEntropy(logits, target, {}).data[0]).toBeLessThan(1e-6);
    expect(created('vocabulary-of-one-block').crossEntropy(logits, target, {}).data[0]).toBeLessThan(-30);
  });

  test('means-of-chunks-added gives twice the mean of 65 positions', () => {
    const logits = tensor([65, 2], () => 0);
    const target = { shape: [65], data: new Int32Array(65) };

    const [mean] = created('means-of-chunks-added').crossEntropy(logits, target, {}).data;

    expect(mean).toBe(Math.fround(2 * Math.fround(Math.LN2)));
  });

  test('two-hot-as-one-hot reads one of two halves', () => {
    const logits = tensor([3], () => 0);
    const target = tensor([3], (k) => [0.5, 0, 0.5][k]!);

    const [loss] = created('two-hot-as-one-hot').crossEntropy(logits, target, {}).data;

    expect(loss).toBe(Math.fround(0.5 * Math.fround(Math.log(3))));
  });

  test('order-of-summation-alternates gives two answers to one call', () => {
    const { softmax } = created('order-of-summation-alternates');
    const x = tensor([3], (k) => (k === 0 ? 0 : -17)); // e^-17 is below half an ULP of 1, twice it above

    expect(softmax(x, {}).data).not.toEqual(softmax(x, {}).data);
  });

  test('warns-of-nan prints', () => {
    const write = vi.spyOn(process.stderr, 'write').mockReturnValue(true);

    created('warns-of-nan').logSumExp(
      tensor([1], () => NaN),
      {},
    );

    expect(write).toHaveBeenCalledOnce();
    write.mockRestore();
  });

  test('options-rewritten changes the options of its caller', () => {
    const options = { axis: -1 };

    created('options-rewritten').softmax(
      tensor([2, 2], () => 0),
      options,
    );

    expect(options).toEqual({ axis: 1 });
  });

  test('one-buffer-for-all-calls changes what it returned before', () => {
    const { softmax } = created('one-buffer-for-all-calls');
    const before = softmax(
      tensor([2], () => 0),
      {},
    );

    softmax(
      tensor([2], (k) => 100 * k),
      {},
    );

    expect(before.data[0]).not.toBe(0.5);
  });
});

describe('on two calls at once', () => {
  test.each([
    ['staged-in-one-place', 'softmax', 0, [0.5, 0.5]],
    ['busy-with-another', 'logSumExp', 1, [Math.log(2)]],
  ] as const)('%s gives one of them the answer of the other', async (name, kernel, place, wrong) => {
    const kernels: SubjectModule = created(name);
    const [large, small] = [5, 0].map((first) => tensor([2], (at) => (at === 0 ? first : 0)));
    const calls = name === 'busy-with-another' ? [small!, large!] : [large!, small!];

    const answers = await Promise.all(calls.map(async (x) => kernels[kernel]!(x, {})));

    expect([...answers[place]!.data]).toEqual(wrong.map(Math.fround));
  });
});

function created(name: string): HostKernels {
  const module: SubjectModule = mutants.find((mutant) => mutant.name === name)!.create();
  return module as HostKernels;
}

function tensor(shape: readonly number[], value: (at: number) => number): Tensor {
  const length = shape.reduce((product, size) => product * size, 1);
  return { shape, data: Float32Array.from({ length }, (_, at) => value(at)) };
}

describe('on the valid and the invalid cases of a subject that refuses', () => {
  const cases = Array.from({ length: 8_000 }, (_, index) =>
    generateCase({ seed: 42n, index }, { operations, formats: nativeFormats, refuses: true }),
  );
  const host = subjectImplementation(buildHost(), { name: 'host' });
  const valid = cases.slice(0, 1_000).filter(({ invalid }) => invalid === undefined);

  test.each(invalidArgumentMutants)('$name is its host but on some invalid cases', ({ name, create }) => {
    const mutant = subjectImplementation(create(), { name });

    const accepted = cases.filter((c) => c.invalid !== undefined && !hasThrown(mutant.run(c)));

    expect(valid.map((c) => textOf(mutant.run(c)))).toEqual(valid.map((c) => textOf(host.run(c))));
    expect(accepted.length).toBeGreaterThan(0);
    expect(accepted.length).toBeLessThan(cases.filter(({ invalid }) => invalid !== undefined).length / 4);
  });
});

function hasThrown(outcome: Outcome | Promise<Outcome>): boolean {
  return !(outcome instanceof Promise) && outcome.kind === 'threw';
}
