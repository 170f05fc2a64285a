/**
 * Sound on lanes whose maximum moves a few times: one pass that rescales its running sum at each new maximum.
 * On a long ascending lane it rounds at every step once more, which no bound has (docs/numerics.md §2).
 */
import type { SubjectModule } from 'logitfuzz';
import { kernelSet } from './kernel-set.ts';
import { recipeOf, type Recipe, type WorkedLane } from './recipe.ts';

function inOnePass(x: Float64Array, { round, exp, log, divide }: Recipe): WorkedLane {
  const n = x.length;
  let [max, total] = [-Infinity, 0];
  x.forEach((value, k) => {
    if (value > max) {
      total = round(round(total * exp(round(max - value), k, n)) + 1);
      max = value;
    } else if (value > -Infinity) {
      total = round(total + exp(round(value - max), k, n));
    }
  });
  const z = x.map((value) => round(value - max));
  const logTotal = log(total);
  return {
    p: z.map((value, k) => divide(exp(value, k, n), total)),
    logP: z.map((value) => round(value - logTotal)),
    logSumExp: round(max + logTotal),
  };
}

const kernels: SubjectModule = kernelSet({
  name: 'online-one-pass',
  recipe: (round) => recipeOf(round, { workLane: inOnePass }),
});
export default kernels;
