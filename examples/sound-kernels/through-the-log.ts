/** Sound: the softmax is e^logSoftmax, in the gradients too, as PyTorch and TensorFlow.js have it. */
import type { SubjectModule } from 'logitfuzz';
import { kernelSet } from './kernel-set.ts';
import { inThreePasses, recipeOf } from './recipe.ts';

const kernels: SubjectModule = kernelSet({
  name: 'through-the-log',
  recipe: (round) =>
    recipeOf(round, {
      workLane(x, recipe) {
        const worked = inThreePasses(x, recipe);
        return { ...worked, p: worked.logP.map((value, k) => recipe.exp(value, k, x.length)) };
      },
    }),
});
export default kernels;
