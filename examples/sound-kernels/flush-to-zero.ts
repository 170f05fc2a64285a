/** Sound: what is below the smallest normal number is 0, as it is read and as it is made. */
import type { SubjectModule } from 'logitfuzz';
import { kernelSet } from './kernel-set.ts';
import { recipeOf } from './recipe.ts';

const kernels: SubjectModule = kernelSet({
  name: 'flush-to-zero',
  arithmetic: { flushesSubnormals: true },
  recipe(round, smallestNormal) {
    const flush = (value: number): number => (Math.abs(value) < smallestNormal ? 0 : value);
    return recipeOf((value) => flush(round(value)), { load: flush });
  },
});
export default kernels;
