/**
 * Numerical gradients against the exact ones, by method and size of the logits: the largest absolute error of
 * softmax's vector-Jacobian product in float64. `npm run series:gradient-methods`
 */
import type { Case } from '../src/case/case.ts';
import { defaultArithmetic } from '../src/subjects/implementation.ts';
import { CaseWork } from '../src/oracles/exact.ts';
import { centralDifference, contract } from '../src/oracles/gradient/central-difference.ts';
import { complexStep, type Estimate } from '../src/oracles/gradient/complex-step.ts';
import { contractionOf, type Contraction } from '../src/oracles/gradient/contraction.ts';
import { shiftLane, type ShiftedLane } from '../src/oracles/gradient/shifted-lane.ts';
import { lanesOf } from '../src/tensor/lanes.ts';
import { isMain } from './run.ts';

export interface MethodErrors {
  readonly logits: string;
  /**
   * The error of (f(x + h) − f(x − h))/2h on the logits as they stand, and with the maximum taken off first.
   */
  readonly central: number;
  readonly centralShifted: number;
  readonly richardson: number;
  readonly complexStep: number;
}

const classes = 16;
const trials = 200;
const step = 1e-5;

const regions: readonly { readonly logits: string; readonly spread: number; readonly offset: number }[] = [
  { logits: '±1', spread: 1, offset: 0 },
  { logits: '±10', spread: 10, offset: 0 },
  { logits: '±40', spread: 40, offset: 0 },
  { logits: '±1 at 1e4', spread: 1, offset: 1e4 },
  { logits: '±1 at 1e8', spread: 1, offset: 1e8 },
  { logits: 'steps of 2 at 1e16', spread: 10, offset: 1e16 },
];

export function gradientErrors(): readonly MethodErrors[] {
  return regions.map((region, row) => {
    const worst = { central: 0, centralShifted: 0, richardson: 0, complexStep: 0 };
    for (let trial = 0; trial < trials; trial++) measure(worst, randomCase(region, trials * row + trial));
    return { logits: region.logits, ...worst };
  });
}

function randomCase({ spread, offset }: { spread: number; offset: number }, seed: number): Case {
  const random = (k: number): number => 2 * (((seed * classes + k) * 0.6180339887498949) % 1) - 1;
  const data = Float64Array.from({ length: classes }, (_, k) => offset + spread * random(k));
  const dy = Float64Array.from({ length: classes }, (_, k) => random(7919 + k * k));
  const base = { operation: 'softmax', direction: 'backward', format: 'float64', axis: -1 } as const;
  const shape = [classes];
  return { ...base, logits: { shape, data }, cotangent: { shape, data: dy }, regimes: [], checks: [] };
}

function measure(worst: { -readonly [K in keyof Omit<MethodErrors, 'logits'>]: number }, c: Case): void {
  const { exact } = new CaseWork(c).refined(defaultArithmetic);
  const lanes = lanesOf(c.logits.shape, c.axis);
  const lane = shiftLane(c.logits.data, lanes, 0)!;
  const contraction = contractionOf(c, lanes, 0, 1)!;
  const contracted = contract(lane, contraction);
  const estimate: Estimate = { value: 0, bound: 0 };
  const note = (method: keyof typeof worst, value: number, j: number): void => {
    worst[method] = Math.max(worst[method], Math.abs(value - exact[j]!));
  };
  for (let j = 0; j < classes; j++) {
    note('central', differenceOf(c.logits.data, contraction, j), j);
    note('centralShifted', differenceOf(shifted(lane), contraction, j), j);
    centralDifference(lane, contraction, contracted, j, estimate);
    note('richardson', estimate.value, j);
    complexStep(lane, contraction, j, estimate);
    note('complexStep', estimate.value, j);
  }
}

function shifted({ z, zLow }: ShiftedLane): Float64Array {
  return z.map((value, k) => value + zLow[k]!);
}

function differenceOf(x: ArrayLike<number>, { q }: Contraction, j: number): number {
  const at = (by: number): number => {
    const moved = Array.from(x, (value, k) => (k === j ? value + by : value));
    const max = Math.max(...moved);
    const powers = moved.map((value) => Math.exp(value - max));
    const sum = powers.reduce((a, b) => a + b, 0);
    return powers.reduce((total, power, k) => total + (q[k]! * power) / sum, 0);
  };
  return (at(step) - at(-step)) / (2 * step);
}

if (isMain(import.meta.url)) {
  console.table(
    gradientErrors().map(({ logits, ...errors }) => ({
      logits,
      ...Object.fromEntries(
        Object.entries(errors).map(([method, error]) => [method, error.toExponential(1)]),
      ),
    })),
  );
}
