/**
 * Sound, and biased: one bit more than float32 has, always rounded away from zero, so that every operation is
 * within u as rounding to nearest is, and every error has one sign; exp and log a whole ULP too large. What
 * the bounds are tight for.
 */
import type { SubjectModule } from 'logitfuzz';
import { kernelSet } from './kernel-set.ts';
import { pairwise, recipeOf } from './recipe.ts';

const float = new Float64Array(1);
const bits = new BigUint64Array(float.buffer);

/** Rounds to so many significant bits, away from zero; a value with no more stays as it is. */
function away(significandBits: number): (value: number) => number {
  const step = 1n << BigInt(53 - significandBits);
  return (value) => {
    if (!Number.isFinite(value) || Math.abs(value) < smallestNormal) return Math.fround(value);
    float[0] = value;
    const rest = bits[0]! % step;
    if (rest !== 0n) bits[0] = bits[0]! + (step - rest);
    return float[0];
  };
}

const smallestNormal = 2 ** -126;
const round = away(25);
const oneUlp = away(24);

const kernels: SubjectModule = kernelSet({
  name: 'guard-bit',
  float32Only: 'its format is float32 with one bit more',
  recipe: () =>
    recipeOf(round, {
      exp: (x) => oneUlp(Math.exp(x)),
      log: (x) => oneUlp(Math.log(x)),
      sum: pairwise(round),
    }),
});
export default kernels;
