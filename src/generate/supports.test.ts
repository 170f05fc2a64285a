import { expect, test } from 'vitest';
import { isIndexTarget, type Case } from '../case/case.ts';
import { caseToJson } from '../case/case-json.ts';
import { largestRank } from '../case/supports.ts';
import { whyUnsupported } from '../case/why-unsupported.ts';
import { kernelNameOf, kernelNames, operations, reductions, type Supports } from '../contract/subject.ts';
import { formats } from '../float/format.ts';
import { lanesOf } from '../tensor/lanes.ts';
import { generateCase, type CampaignSpace } from './generate-case.ts';

const all: CampaignSpace = { operations, formats };

function drawn(space: CampaignSpace, count: number): readonly Case[] {
  return Array.from({ length: count }, (_, index) => generateCase({ seed: 8n, index }, space));
}

const everything: Supports = {
  formats,
  rank: [0, largestRank],
  axis: 'any',
  empty: 'any',
  crossEntropy: {
    target: ['indices', 'probabilities'],
    reduction: reductions,
    labelSmoothing: true,
    weight: true,
    ignoreIndex: true,
  },
  maxElements: 2 ** 24,
};

test('a subject that exports and supports everything is asked the very cases of one that says nothing', () => {
  const whole = drawn({ ...all, kernels: kernelNames, supports: everything }, 2_000);

  expect(whole.map(caseToJson)).toEqual(drawn(all, 2_000).map(caseToJson));
});

test('only the kernels that are named are drawn, each of them as often', () => {
  const named = ['softmax', 'crossEntropyTargetBackward'] as const;

  const kernels = drawn({ ...all, kernels: named }, 2_000).map((c) => kernelNameOf(c.operation, c.direction));

  expect(new Set(kernels)).toEqual(new Set(named));
  expect(Math.abs(kernels.filter((kernel) => kernel === 'softmax').length - 1_000)).toBeLessThan(100);
});

test('no kernel, no format and no rank that is left to draw is refused', () => {
  const draw = (space: Partial<CampaignSpace>) => () => drawn({ ...all, ...space }, 1);
  const ofIndices: Supports = { crossEntropy: { target: ['indices'] } };

  expect(draw({ operations: ['softmax'], kernels: ['logSumExp'] })).toThrow('name [logSumExp]');
  expect(draw({ kernels: ['crossEntropyTargetBackward'], supports: ofIndices })).toThrow(RangeError);
  expect(draw({ formats: ['float32'], supports: { formats: ['float64'] } })).toThrow(RangeError);
  expect(draw({ supports: { rank: [7, 8] } })).toThrow('there is no rank from 7 to 8');
});

const lanes = (c: Case): ReturnType<typeof lanesOf> => lanesOf(c.logits.shape, c.axis);
const rankOf = (c: Case): number => c.logits.shape.length;
const isEmpty = (c: Case): boolean => c.logits.data.length === 0;

/** What is within, and what of that has to occur for the restriction to be no more than it says. */
const restrictions: readonly (readonly [Supports, (c: Case) => boolean, (c: Case) => boolean])[] = [
  [{ formats: ['float64'] }, (c) => c.format === 'float64', () => true],
  [{ formats: ['bfloat16'] }, (c) => c.format === 'bfloat16', () => true],
  [{ rank: [1, 2] }, (c) => rankOf(c) === 1 || rankOf(c) === 2, (c) => rankOf(c) === 1],
  [{ rank: [0, 0] }, (c) => rankOf(c) === 0, () => true],
  [{ rank: [6, 6] }, (c) => rankOf(c) === 6, (c) => c.axis < 5 && c.axis > -6],
  [{ axis: 'last' }, (c) => rankOf(c) === 0 || lanes(c).axis === rankOf(c) - 1, (c) => rankOf(c) === 6],
  [{ empty: 'none' }, (c) => !isEmpty(c), () => true],
  [{ empty: 'lanes' }, (c) => lanes(c).length > 0, isEmpty],
  [{ empty: 'classes' }, (c) => lanes(c).count > 0, isEmpty],
  [{ maxElements: 7 }, (c) => c.logits.data.length <= 7, (c) => c.logits.data.length === 7],
  [
    { crossEntropy: { target: ['indices'] } },
    (c) => c.loss === undefined || isIndexTarget(c.loss.target),
    (c) => c.loss !== undefined && lanes(c).length === 0,
  ],
  [
    { crossEntropy: { target: ['probabilities'] } },
    (c) => c.loss === undefined || !isIndexTarget(c.loss.target),
    (c) => c.loss !== undefined && lanes(c).length === 0,
  ],
  [
    { crossEntropy: { target: ['indices'], ignoreIndex: false } },
    (c) => c.loss === undefined || (isIndexTarget(c.loss.target) && c.loss.ignoreIndex === undefined),
    (c) => c.loss === undefined && lanes(c).length === 0,
  ],
  [
    { crossEntropy: { ignoreIndex: false } },
    (c) => c.loss?.ignoreIndex === undefined,
    (c) => c.loss !== undefined && lanes(c).length === 0,
  ],
  [
    { crossEntropy: { reduction: ['sum', 'none'] } },
    (c) => c.loss?.reduction !== 'mean',
    (c) => c.loss?.reduction === 'none',
  ],
  [
    { crossEntropy: { labelSmoothing: false, weight: false } },
    (c) => c.loss === undefined || (c.loss.labelSmoothing === 0 && c.loss.weight === undefined),
    (c) => c.loss?.ignoreIndex !== undefined,
  ],
];

test.each(restrictions)('%j draws only what it says, and all of that', (supports, isWithin, occurs) => {
  const cases = drawn({ ...all, supports }, 3_000);

  expect(cases.filter((c) => !isWithin(c))).toEqual([]);
  expect(cases.filter((c) => whyUnsupported(c, supports) !== null)).toEqual([]);
  expect(cases.some(occurs)).toBe(true);
});

test.each(restrictions)('%j declines every case that is not within, and says why', (supports, isWithin) => {
  const cases = drawn(all, 3_000);
  const declined = cases.filter((c) => whyUnsupported(c, supports) !== null);

  expect(declined).toEqual(cases.filter((c) => !isWithin(c)));
  expect(declined.length).toBeGreaterThan(0);
});
