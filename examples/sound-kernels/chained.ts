/**
 * Sound: gradients by the chain rule through the logarithm, as automatic differentiation composes them, each
 * part multiplied by the cotangent before it is added.
 */
import type { SubjectModule } from 'logitfuzz';
import { kernelSet } from './kernel-set.ts';
import { plainFormulas, type Formulas } from './formulas.ts';
import { pairwise, recipeOf } from './recipe.ts';

const throughLogSoftmax: Formulas = {
  ...plainFormulas,
  softmaxGradient({ p }, dy, { round, sum }) {
    const scaled = p.map((share, k) => round(share * dy[k]!));
    const total = sum(scaled);
    return scaled.map((value, k) => round(value - round(p[k]! * total)));
  },
  lossTerm: ({ w, t, logP }, { round }) => round(w * round(t * -logP)),
  lossGradient({ p }, { weighted, k }, { round, sum }) {
    const scaled = weighted.map((value) => round(k * value));
    const total = sum(scaled);
    return p.map((share, c) => round(round(share * total) - scaled[c]!));
  },
  targetGradient: ({ k, keep, w, logP }, { round }) => round(keep * round(round(k * w) * -logP)),
};

const kernels: SubjectModule = kernelSet({
  name: 'chained',
  recipe: (round) => recipeOf(round, { formulas: throughLogSoftmax, sum: pairwise(round) }),
});
export default kernels;
