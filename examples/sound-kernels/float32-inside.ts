/** Sound on float32 data: takes float64 data as well, but computes that in float32 too. */
import type { SubjectModule } from 'logitfuzz';
import { kernelSet } from './kernel-set.ts';
import { recipeOf } from './recipe.ts';

const kernels: SubjectModule = kernelSet({
  name: 'float32-inside',
  recipe: () => recipeOf(Math.fround, { load: Math.fround }),
});
export default kernels;
