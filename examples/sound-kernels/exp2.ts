/** Sound: e^z as 2^(z·log2 e), whose exponent is rounded once more; carelessly so, by numerics.md §12. */
import type { SubjectModule } from 'logitfuzz';
import { kernelSet } from './kernel-set.ts';
import { recipeOf } from './recipe.ts';

const kernels: SubjectModule = kernelSet({
  name: 'exp2',
  recipe: (round) => recipeOf(round, { exp: (x) => round(2 ** round(x * round(Math.LOG2E))) }),
});
export default kernels;
