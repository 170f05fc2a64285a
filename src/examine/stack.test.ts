/** Stacks: what is asked for in company is the answer to each case, whatever its axis, target and options. */
import { expect, test } from 'vitest';
import { smallCase } from '../../reference/ledger/small-case.ts';
import { caseFromJson, caseToJson } from '../case/case-json.ts';
import { isIndexTarget, type Case } from '../case/case.ts';
import type { Outcome } from '../case/outcome.ts';
import { operations } from '../contract/subject.ts';
import { generateCase } from '../generate/generate-case.ts';
import * as kernels from '../kernels/index.ts';
import { CaseWork } from '../oracles/exact.ts';
import { judgeValues } from '../oracles/judge-values.ts';
import { tfjsCpu } from '../../reference/tfjs/cpu.ts';
import { tensorflowKernels } from '../../reference/tfjs/tensorflow-kernels.ts';
import { subjectImplementation } from '../subjects/subject-implementation.ts';
import type { Implementation } from '../subjects/implementation.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { stackKeyOf, stackOf } from './stack.ts';

const subject = subjectImplementation(kernels, { name: 'from-scratch' });
const loaded = await tfjsCpu.load();
if (loaded.kind !== 'available') throw new Error(loaded.reason);
const tfjs = loaded.implementation;
const labelStacking = tfjsCpu.stacking!;
const indexStacking = tensorflowKernels.stacking!;

const space = { operations, formats: ['float32'] } as const;
const cases = Array.from({ length: 6000 }, (_, index) => generateCase({ seed: 5n, index }, space));

function tensorIn(outcome: Outcome | Promise<Outcome>): Tensor {
  if (outcome instanceof Promise || outcome.kind !== 'values' || outcome.tensor === null)
    throw new Error('it gave no values');
  return outcome.tensor;
}

/** The cases that tfjs takes in stacks, grouped by key. */
function groupsOfAll(): readonly (readonly Case[])[] {
  const byKey = new Map<string, Case[]>();
  for (const c of cases) {
    const key = stackKeyOf(c, labelStacking);
    if (key !== null && tfjs.declines(c) === null) byKey.set(key, [...(byKey.get(key) ?? []), c]);
  }
  return [...byKey.values()].filter(({ length }) => length > 1);
}

function answersInCompany(group: readonly Case[], implementation: Implementation): readonly Tensor[] {
  const stack = stackOf(group, labelStacking);
  return stack.unstack(tensorIn(implementation.run(stack.case)));
}

const groups = groupsOfAll();

test('the cases of a stack are of every kernel, and have every option of a loss', () => {
  const stacked = groups.flat();
  const has = (is: (c: Case) => boolean): boolean => stacked.some(is);

  expect(new Set(stacked.map((c) => `${c.operation}/${c.direction}`)).size).toBe(9);
  expect(has((c) => c.loss?.weight !== undefined && c.loss.reduction === 'mean')).toBe(true);
  expect(has((c) => c.loss?.weight !== undefined && c.direction === 'backward')).toBe(true);
  expect(has((c) => c.loss?.ignoreIndex !== undefined)).toBe(true);
  expect(has((c) => c.loss?.labelSmoothing === 0.5 && c.direction === 'targetBackward')).toBe(true);
  expect(has((c) => c.logits.shape.length > 2 && c.axis === 0)).toBe(true);
});

test('a sound implementation that is asked for a stack answers every case in it within the tolerances of the case', () => {
  const wrong = groups.flatMap((group) =>
    answersInCompany(group, subject).flatMap((tensor, i) => {
      const c = group[i]!;
      const work = new CaseWork(c);
      const { divergence } = judgeValues(work, tensor, work.answer(subject.arithmetic), subject.arithmetic);
      return divergence === null ? [] : [`${c.operation}/${c.direction}: ${divergence.detail}`];
    }),
  );

  expect(wrong).toEqual([]);
});

test('tfjs answers a case in a stack bit for bit as alone, where the case is a matrix that is not reduced', () => {
  const isPlain = ({ logits, axis, loss }: Case): boolean =>
    logits.shape.length === 2 &&
    (axis === 1 || axis === -1) &&
    (loss === undefined || loss.reduction === 'none');
  const differing = groups.flatMap((group) =>
    answersInCompany(group, tfjs).filter(
      (tensor, i) =>
        isPlain(group[i]!) && !isSame(tensor.data, tensorIn(tfjs.run(group[i]!)).data, group[i]!),
    ),
  );

  expect(groups.flat().filter(isPlain).length).toBeGreaterThan(500);
  expect(differing).toEqual([]);
});

/** A weight is multiplied with dy here and with the loss there: within an ULP of float32. */
function isSame(a: Tensor['data'], b: Tensor['data'], { loss }: Case): boolean {
  const slack = loss?.weight === undefined ? 0 : 2 ** -22;
  return a.every(
    (value, i) =>
      Object.is(value, b[i]) || Math.abs(value - b[i]!) <= slack * Math.abs(value) + slack * 2 ** -126,
  );
}

test('TensorFlow’s own kernels are asked with class indices, apart from probabilities; the others with labels, together', () => {
  const losses = cases.filter((c) => c.loss !== undefined && c.direction === 'forward');
  const index = losses.find((c) => isIndexTarget(c.loss!.target) && stackKeyOf(c, indexStacking) !== null)!;
  const keys = (c: Case): readonly (string | null)[] => [
    stackKeyOf(c, labelStacking),
    stackKeyOf(c, indexStacking),
  ];
  const sameWidth = losses.find(
    (c) =>
      !isIndexTarget(c.loss!.target) && stackKeyOf(c, labelStacking) === stackKeyOf(index, labelStacking),
  )!;

  expect(keys(sameWidth)[0]).toBe(keys(index)[0]);
  expect(keys(sameWidth)[1]).not.toBe(keys(index)[1]);
  expect(isIndexTarget(stackOf([index], indexStacking).case.loss!.target)).toBe(true);
  expect(isIndexTarget(stackOf([index], labelStacking).case.loss!.target)).toBe(false);
});

test('a stack is a valid case: what its weights would take out of the format is asked alone', () => {
  const weighing = (weight: number): Case =>
    caseFromJson(
      smallCase({
        kernel: 'crossEntropy/backward',
        shape: [1, 2],
        logits: [0, 1],
        classes: [1],
        reduction: 'none',
        weight: [1, weight],
        dy: [3e38],
      }),
    );

  expect(stackKeyOf(weighing(4), labelStacking)).toBeNull();
  expect(stackKeyOf(weighing(0.5), labelStacking)).not.toBeNull();
  for (const group of groups) {
    const { case: stack } = stackOf(group, labelStacking);
    expect(() => caseFromJson(caseToJson(stack))).not.toThrow();
  }
});
