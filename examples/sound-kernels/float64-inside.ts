/** Sound: float32 data, computed in float64 from end to end, rounded once. */
import type { SubjectModule } from 'logitfuzz';
import { kernelSet } from './kernel-set.ts';
import { recipeOf } from './recipe.ts';

const kernels: SubjectModule = kernelSet({
  name: 'float64-inside',
  float32Only: 'it has no wider format for float64 data',
  recipe: () => recipeOf((value) => value),
});
export default kernels;
