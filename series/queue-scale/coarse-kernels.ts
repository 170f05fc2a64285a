/** Kernels that are a little wrong everywhere: as many findings as a subject can have. */
import * as exact from '../../src/kernels/index.ts';

export const name = 'coarse';
export const version = '1';

type Kernel = (...args: never[]) => unknown;

/** What it answers, with every number too large by a part in 64. */
function coarse<K extends Kernel>(kernel: K): K {
  return ((...args: Parameters<K>) => coarsened(kernel(...args))) as K;
}

function coarsened(value: unknown): unknown {
  if (typeof value === 'number') return value * tooLarge;
  if (ArrayBuffer.isView(value)) return (value as Float64Array).map((element) => element * tooLarge);
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, part]) => [key, ArrayBuffer.isView(part) ? coarsened(part) : part]),
  );
}

const tooLarge = 1 + 1 / 64;

export const softmax: typeof exact.softmax = coarse(exact.softmax);
export const softmaxBackward: typeof exact.softmaxBackward = coarse(exact.softmaxBackward);
export const logSoftmax: typeof exact.logSoftmax = coarse(exact.logSoftmax);
export const logSoftmaxBackward: typeof exact.logSoftmaxBackward = coarse(exact.logSoftmaxBackward);
export const logSumExp: typeof exact.logSumExp = coarse(exact.logSumExp);
export const logSumExpBackward: typeof exact.logSumExpBackward = coarse(exact.logSumExpBackward);
export const crossEntropy: typeof exact.crossEntropy = coarse(exact.crossEntropy);
export const crossEntropyBackward: typeof exact.crossEntropyBackward = coarse(exact.crossEntropyBackward);
export const crossEntropyTargetBackward: typeof exact.crossEntropyTargetBackward = coarse(
  exact.crossEntropyTargetBackward,
);
