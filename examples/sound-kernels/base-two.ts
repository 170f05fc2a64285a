/** Sound: powers and logarithms of two, with ln 2 and log2 e as constants of the format. */
import type { SubjectModule } from 'logitfuzz';
import { kernelSet } from './kernel-set.ts';
import { pairwise, recipeOf } from './recipe.ts';

const kernels: SubjectModule = kernelSet({
  name: 'base-two',
  recipe: (round) =>
    recipeOf(round, {
      exp: (x) => round(2 ** round(x * round(Math.LOG2E))),
      log: (x) => round(round(Math.log2(x)) * round(Math.LN2)),
      sum: pairwise(round),
    }),
});
export default kernels;
