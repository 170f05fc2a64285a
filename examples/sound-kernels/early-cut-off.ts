/**
 * Sound, and says that it flushes: no subnormal is read or made in any step, and exp is 0 where it would come
 * within twice of one.
 */
import type { SubjectModule } from 'logitfuzz';
import { kernelSet } from './kernel-set.ts';
import { recipeOf } from './recipe.ts';

const kernels: SubjectModule = kernelSet({
  name: 'early-cut-off',
  arithmetic: { flushesSubnormals: true },
  recipe(round, smallestNormal) {
    const flush = (value: number): number => (Math.abs(value) < smallestNormal ? 0 : value);
    const lowest = Math.log(2 * smallestNormal);
    return recipeOf((value) => flush(round(value)), {
      load: flush,
      exp: (x) => (x < lowest ? 0 : round(Math.exp(x))),
    });
  },
});
export default kernels;
