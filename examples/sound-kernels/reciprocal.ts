/** Sound: multiplies by 1/S, and by 1/D, in place of dividing. */
import type { SubjectModule } from 'logitfuzz';
import { kernelSet } from './kernel-set.ts';
import { recipeOf } from './recipe.ts';

const kernels: SubjectModule = kernelSet({
  name: 'reciprocal',
  recipe: (round) => recipeOf(round, { divide: (a, b) => round(a * round(1 / b)) }),
});
export default kernels;
