/** What answers say of the shares behind them, by answers worked out by hand. */
import { expect, test } from 'vitest';
import type { Answered } from './probe.ts';
import { fromLaneCase } from './lane-case.ts';
import { normaliserOf, powerOf, sumsToOne } from './shares.ts';

const [lane, dy] = [
  [0, -1, 2],
  [1, -2, 0.5],
];
const total = 1 + Math.exp(-1) + Math.exp(2);
const shares = lane.map((x) => Math.exp(x) / total);
const twice = shares.map((share) => 2 * share);
const swapped = [shares[1]!, shares[0]!, shares[2]!];
const dot = (p: readonly number[]): number => p.reduce((sum, share, k) => sum + share * dy[k]!, 0);
const sumOfDy = -0.5;

/** What some dozen operations on numbers of 8 at most lose, squared and divided once. */
const roundings = 2 ** -44;

/** By operation and direction: the answer that these shares give. */
const answers = {
  'softmax forward': (p: readonly number[]) => p,
  'softmax backward': (p: readonly number[]) => p.map((share, k) => share * (dy[k]! - dot(p))),
  'logSoftmax forward': (p: readonly number[]) => p.map(Math.log),
  'logSoftmax backward': (p: readonly number[]) => p.map((share, k) => dy[k]! - share * sumOfDy),
  'logSumExp backward': (p: readonly number[]) => p.map((share) => 3 * share),
} as const;

type Kernel = keyof typeof answers;

function answered(kernel: Kernel, p: readonly number[]): Answered {
  const [operation, direction] = kernel.split(' ') as ['softmax', 'forward'];
  const cotangent =
    kernel === 'logSumExp backward' ? { dy: [[3]] } : kernel.endsWith('backward') ? { dy: [dy] } : {};
  const place = { operation, direction, format: 'float64', axis: 0, shape: [3] } as const;
  return {
    case: fromLaneCase({ ...place, lanes: [lane], ...cotangent }),
    verdict: 'wrong',
    divergence: null,
    got: Float64Array.from(answers[kernel](p)),
    exact: Float64Array.from(answers[kernel](shares)),
    careful: null,
    naive: null,
    ratio: Infinity,
  };
}

test.each(Object.keys(answers) as Kernel[])(
  'of %s the factor of all shares is read, where there is one',
  (kernel) => {
    expect(Math.abs(normaliserOf(answered(kernel, twice))! - 2)).toBeLessThan(roundings);
    expect(normaliserOf(answered(kernel, swapped))).toBe(null);
  },
);

test.each(Object.keys(answers) as Kernel[])('of %s it is read whether the shares sum to 1', (kernel) => {
  expect([sumsToOne(answered(kernel, swapped)), sumsToOne(answered(kernel, twice))]).toEqual([true, false]);
});

test('the power of a low logit is off by as much as its share is, less that of the high one', () => {
  const c = fromLaneCase({
    operation: 'softmax',
    direction: 'forward',
    format: 'float64',
    axis: 0,
    shape: [2],
    lanes: [[0, -1]],
  });
  const got = Float64Array.of(0.5, 0.25);
  const exact = Float64Array.of(1 / (1 + Math.exp(-1)), Math.exp(-1) / (1 + Math.exp(-1)));

  const { off } = powerOf({ ...answered('softmax forward', shares), case: c, got, exact }, 1)!;

  expect(Math.abs(off - (0.5 - Math.exp(-1)))).toBeLessThan(roundings);
});
