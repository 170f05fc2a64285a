/**
 * Sound, and says how coarse it is: exp by a table of 32 powers
 * and a short polynomial, all in float32, within 1.5 ULPs.
 */
import type { SubjectModule } from 'logitfuzz';
import { kernelSet } from './kernel-set.ts';
import { recipeOf } from './recipe.ts';

const f = Math.fround;
const steps = 32;
const powers = Float32Array.from({ length: steps }, (_, k) => 2 ** (k / steps));
const stepsPerUnit = f(steps * Math.LOG2E);
/** ln 2/32 in two parts, the first of 10 bits, so that its product with a number of steps is exact. */
const stepHigh = Math.round((Math.LN2 / steps) * 2 ** 15) / 2 ** 15;
const stepLow = f(Math.LN2 / steps - stepHigh);
/** e to anything below it is 0 in float32. */
const lowest = -104;

export function tableExp(x: number): number {
  if (x < lowest) return 0;
  const n = Math.round(f(x * stepsPerUnit));
  const r = f(f(x - f(n * stepHigh)) - f(n * stepLow));
  const q = f(r + f(f(r * r) * f(f(r * f(1 / 6)) + 0.5)));
  const power = powers[((n % steps) + steps) % steps]!;
  return f(f(power + f(power * q)) * 2 ** Math.floor(n / steps));
}

const kernels: SubjectModule = kernelSet({
  name: 'table-exp',
  float32Only: 'its table is of float32',
  arithmetic: { expUlps: 1.5 },
  recipe: (round) => recipeOf(round, { exp: tableExp }),
});
export default kernels;
