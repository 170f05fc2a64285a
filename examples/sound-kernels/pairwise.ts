/** Sound: adds in halves, down to blocks of 8. */
import type { SubjectModule } from 'logitfuzz';
import { kernelSet } from './kernel-set.ts';
import { pairwise, recipeOf } from './recipe.ts';

const kernels: SubjectModule = kernelSet({
  name: 'pairwise',
  recipe: (round) => recipeOf(round, { sum: pairwise(round) }),
});
export default kernels;
