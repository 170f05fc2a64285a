/** Sound: carries what each addition loses to the next one. */
import type { SubjectModule } from 'logitfuzz';
import { kernelSet } from './kernel-set.ts';
import { kahan, recipeOf } from './recipe.ts';

const kernels: SubjectModule = kernelSet({
  name: 'kahan',
  recipe: (round) => recipeOf(round, { sum: kahan(round) }),
});
export default kernels;
