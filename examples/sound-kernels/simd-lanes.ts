/**
 * Sound: eight at a time with a polynomial for exp, as a vector unit does; what is left over one by one with
 * the library's exp. Equal logits come out unequal.
 */
import type { SubjectModule } from 'logitfuzz';
import { kernelSet } from './kernel-set.ts';
import { bodyOf, inAccumulators, recipeOf } from './recipe.ts';

const f = Math.fround;
const width = 8;
const log2e = f(Math.LOG2E);
/** ln 2 in two parts, the first of 9 bits, so that its product with an exponent is exact. */
const [ln2High, ln2Low] = [355 / 512, f(Math.LN2 - 355 / 512)];
/** 1/7! … 1/2!. */
const coefficients = [5040, 720, 120, 24, 6, 2].map((factorial) => f(1 / factorial));
/** e to anything below it is 0 in float32. */
const lowest = -104;

/** 2^n·e^r with |r| ≤ ln 2/2, every step in float32. Within 1 ULP: simd-lanes is judged so. */
export function polynomialExp(x: number): number {
  if (x < lowest) return 0;
  const n = Math.round(f(x * log2e));
  const r = f(f(x - f(n * ln2High)) - f(n * ln2Low));
  let q = 0;
  for (const coefficient of coefficients) q = f(f(q * r) + coefficient);
  return f(f(1 + f(r + f(f(r * r) * q))) * 2 ** n);
}

const kernels: SubjectModule = kernelSet({
  name: 'simd-lanes',
  float32Only: 'eight lanes of float32 fill its registers',
  recipe: (round) =>
    recipeOf(round, {
      exp: (x, k, n) => (k < bodyOf(n, width) ? polynomialExp(x) : round(Math.exp(x))),
      sum: inAccumulators(round, width),
    }),
});
export default kernels;
