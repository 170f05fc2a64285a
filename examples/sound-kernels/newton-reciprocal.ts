/**
 * Sound: multiplies by 1/S, which is an estimate of 12 bits and one step of Newton's method, as vector units
 * have it.
 */
import type { SubjectModule } from 'logitfuzz';
import { kernelSet } from './kernel-set.ts';
import { inAccumulators, inThreePasses, recipeOf } from './recipe.ts';

const f = Math.fround;

/** 1/S rounded to 12 bits: S is in [1, n], and its reciprocal a normal number. */
function estimate(total: number): number {
  const exponent = Math.floor(Math.log2(1 / total));
  const step = 2 ** (exponent - 11);
  return Math.round(1 / total / step) * step;
}

/** r·(2 − S·r): the error of the estimate squared, at most 2^-24, and what the step rounds. */
export function reciprocal(total: number): number {
  const r = estimate(total);
  return f(r * f(2 - f(total * r)));
}

const kernels: SubjectModule = kernelSet({
  name: 'newton-reciprocal',
  float32Only: 'one step of 12 bits gives 24',
  recipe: (round) =>
    recipeOf(round, {
      sum: inAccumulators(round, 16),
      workLane: (x, recipe) =>
        inThreePasses(x, { ...recipe, divide: (power, total) => round(power * reciprocal(total)) }),
    }),
});
export default kernels;
