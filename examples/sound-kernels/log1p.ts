/** Sound: log S is log1p of the sum without its maximum, so that a dominant class keeps its small loss. */
import type { SubjectModule } from 'logitfuzz';
import { kernelSet } from './kernel-set.ts';
import { maximumOf, recipeOf, type Recipe, type WorkedLane } from './recipe.ts';

function withoutMaximum(x: Float64Array, { round, exp, sum, divide }: Recipe): WorkedLane {
  const max = maximumOf(x);
  const at = x.indexOf(max);
  const z = x.map((value) => round(value - max));
  const e = z.map((value, k) => exp(value, k, z.length));
  const rest = sum(e.filter((_, k) => k !== at));
  const total = round(1 + rest);
  const logTotal = round(Math.log1p(rest));
  return {
    p: e.map((value) => divide(value, total)),
    logP: z.map((value) => round(value - logTotal)),
    logSumExp: round(max + logTotal),
  };
}

const kernels: SubjectModule = kernelSet({
  name: 'log1p',
  recipe: (round) => recipeOf(round, { workLane: withoutMaximum }),
});
export default kernels;
