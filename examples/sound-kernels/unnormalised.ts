/** Sound: keeps e^(x − max), and divides by the sum as late as it can, in the gradients too. */
import type { SubjectModule } from 'logitfuzz';
import { kernelSet } from './kernel-set.ts';
import { plainFormulas, type Formulas } from './formulas.ts';
import { pairwise, recipeOf } from './recipe.ts';

const late: Formulas = {
  ...plainFormulas,
  softmaxGradient({ powers: e, total }, dy, { round, dot, divide }) {
    const mean = divide(dot(e!, dy), total!);
    return e!.map((power, k) => divide(round(power * round(dy[k]! - mean)), total!));
  },
  logSoftmaxGradient({ powers: e, total }, dy, { round, sum, divide }) {
    const share = divide(sum(dy), total!);
    return e!.map((power, k) => round(dy[k]! - round(power * share)));
  },
  logSumExpGradient({ powers: e, total }, dy, { round, divide }) {
    const share = divide(dy, total!);
    return e!.map((power) => round(share * power));
  },
  lossGradient({ powers: e, total }, { weighted, k }, { round, sum, divide }) {
    const share = divide(sum(weighted), total!);
    return e!.map((power, c) => round(k * round(round(power * share) - weighted[c]!)));
  },
};

const kernels: SubjectModule = kernelSet({
  name: 'unnormalised',
  recipe: (round) => recipeOf(round, { formulas: late, sum: pairwise(round) }),
});
export default kernels;
