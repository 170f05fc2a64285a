/**
 * Sound, and says how coarse it is: every exp is up to 2 ULPs too large,
 * that of 0 too, and every log up to 1.5.
 */
import type { SubjectModule } from 'logitfuzz';
import { expAbove, stepped } from './coarse-exp.ts';
import { kernelSet } from './kernel-set.ts';
import { recipeOf } from './recipe.ts';

const kernels: SubjectModule = kernelSet({
  name: 'one-signed',
  float32Only: 'its library functions are of float32',
  arithmetic: { expUlps: 2, logUlps: 1.5 },
  recipe: (round) =>
    recipeOf(round, {
      exp: expAbove,
      log: (x) => (x > 1 ? stepped(round(Math.log(x)), 1) : round(Math.log(x))),
    }),
});
export default kernels;
