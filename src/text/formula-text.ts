/** The formula of a kernel, as a maintainer writes it: the one that the exact oracle evaluates. */
import { isIndexTarget, type Case } from '../case/case.ts';

/** A line or two of plain text. `p` and `log p` are over the lane of the element. */
export function formulaText(c: Case): string {
  switch (c.operation) {
    case 'softmax':
      return c.direction === 'forward'
        ? 'p_j = exp(x_j − max x) / Σ_k exp(x_k − max x)'
        : 'dx_j = p_j · (dy_j − Σ_k p_k·dy_k), p = softmax(x)';
    case 'logSoftmax':
      return c.direction === 'forward'
        ? 'log p_j = (x_j − max x) − log Σ_k exp(x_k − max x)'
        : 'dx_j = dy_j − p_j · Σ_k dy_k, p = softmax(x)';
    case 'logSumExp':
      return c.direction === 'forward'
        ? 'max x + log Σ_k exp(x_k − max x); −∞ for a lane of −∞ alone, or of nothing'
        : 'dx_j = dy · p_j, p = softmax(x)';
    case 'crossEntropy':
      return `${lossText(c)}; log p_j = (x_j − max x) − log Σ_k exp(x_k − max x)`;
  }
}

function lossText({ direction, loss }: Case): string {
  const { reduction, labelSmoothing, weight, target, ignoreIndex } = loss!;
  const w = weight === undefined ? '' : 'w_c·';
  const isIndex = isIndexTarget(target);
  const t = labelSmoothing === 0 ? 't_c' : `t'_c`;
  const where = [
    ...(isIndex ? ['t_c is 1 for the class of the position and 0 for the others'] : []),
    ...(labelSmoothing === 0 ? [] : [`t'_c = (1 − ε)·t_c + ε/C, ε = ${labelSmoothing}`]),
    ...(ignoreIndex === undefined ? [] : [`positions of class ${ignoreIndex} count for nothing`]),
  ];
  const positions =
    isIndex && weight !== undefined
      ? 'the sum of the weights of the positions’ classes'
      : 'the number of positions';
  const k = { none: 'dy of the position', sum: 'dy', mean: `dy / ${positions}` }[reduction];
  const total = { none: 'each', sum: 'summed over the positions', mean: `summed, over ${positions}` }[
    reduction
  ];
  const formula = {
    forward: `loss = −Σ_c ${w}${t}·log p_c, where a class of t_c = 0 adds 0; ${total}`,
    backward: `d/dx_j = k · (p_j · Σ_c ${w}${t} − ${w.replace('c', 'j')}${t.replace('_c', '_j')}), k = ${k}`,
    targetBackward: `d/dt_j = −k · ${labelSmoothing === 0 ? '' : '(1 − ε) · '}${w.replace('c', 'j')}log p_j, k = ${k}, and 0 where a factor is 0`,
  }[direction];
  return [formula, ...where].join('; ');
}
