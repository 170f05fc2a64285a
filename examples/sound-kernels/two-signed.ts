/**
 * Sound, and says how coarse it is: the exp of every second class is up to 2 ULPs too large, and of the
 * others as much too small, so that no quotient cancels it.
 */
import type { SubjectModule } from 'logitfuzz';
import { expAbove, expBelow } from './coarse-exp.ts';
import { kernelSet } from './kernel-set.ts';
import { recipeOf } from './recipe.ts';

const kernels: SubjectModule = kernelSet({
  name: 'two-signed',
  float32Only: 'its exp is of float32',
  arithmetic: { expUlps: 2 },
  recipe: (round) => recipeOf(round, { exp: (x, k) => (k % 2 === 0 ? expAbove(x) : expBelow(x)) }),
});
export default kernels;
