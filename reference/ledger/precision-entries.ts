/**
 * Where arithmetic coarser than a careful kernel's shows:
 * running sums in float32, and subnormals flushed to 0.
 */
import type { Case } from '../../src/case/case.ts';
import { gives, tensorflowAlone, wasmAlone } from './in-common.ts';
import { cotangentOf, knownLoss } from './composed-loss.ts';
import type { LedgerEntry } from './entry.ts';
import { laneOf, lanesBehind, maximumOf, widthOf } from './lanes-behind.ts';
import { lanesOf } from '../../src/tensor/lanes.ts';
import { valueDivergence } from './near-miss.ts';
import { smallCase } from './small-case.ts';

const zeroCotangent: LedgerEntry = {
  id: 'zero-cotangent',
  stage: 'special values',
  title: 'A cotangent of 0 times an infinite log p is NaN (TensorFlow)',
  affects: tensorflowAlone,
  covers: {
    kernels: ['crossEntropy/targetBackward'],
    oracles: ['exact', 'differential'],
    severities: ['wrong'],
    symptoms: ['nan'],
  },
  when: 'The cotangent of the position is 0, and log p is −∞.',
  concerns(c, element) {
    if (element === null) return false;
    const lane = lanesBehind(c, element)[0]!;
    const gap = Math.fround(c.logits.data[element]! - maximumOf(laneOf(c, lane)));
    return cotangentOf(c, lane) === 0 && gap === -Infinity;
  },
  gives: () => ({ value: NaN, slack: 0 }),
  smallest: smallCase({
    kernel: 'crossEntropy/targetBackward',
    shape: [1, 2],
    logits: [0, -Infinity],
    labels: [0, 0],
    dy: [0],
  }),
  shown: { element: 1, exact: 0 },
  given: { tensorflow: gives('NaN') },
  cause:
    '`_SoftmaxCrossEntropyWithLogitsGrad` in `tensorflow/python/ops/nn_grad.py` gives the labels dy·(−log p) as a plain product, ' +
    'and 0·∞ is NaN: a position that nobody reads spoils the gradient.',
  workaround:
    'Mask with a finite number such as −1e9, or select the positions that are read before the loss.',
  snippet: {
    on: 'tensorflow',
    code: `const logits = tf.tensor2d([[0, -Infinity]]);
const got = tf.mul(tf.scalar(0), tf.logSoftmax(logits)).arraySync()[0][1];
console.log(got); // nobody reads it: 0
process.exitCode = got === 0 ? 0 : 1;`,
    prints: 'NaN',
  },
  nearMiss: {
    case: smallCase({
      kernel: 'crossEntropy/targetBackward',
      shape: [1, 2],
      logits: [0, -Infinity],
      labels: [0, 0],
      dy: [1],
    }),
    blame: 'tensorflow',
    version: '4.22.0',
    divergence: valueDivergence('nan', { element: 1, got: NaN, exact: Infinity }),
    because: 'the cotangent is not 0, and 1·∞ is ∞',
  },
};

const runningSum: LedgerEntry = {
  id: 'running-sum',
  stage: 'sum',
  title: 'Sums are kept in one float32 from the first element to the last (tfjs-wasm)',
  affects: wasmAlone,
  covers: {
    kernels: [
      'softmax/forward',
      'softmax/backward',
      'logSoftmax/forward',
      'logSoftmax/backward',
      'logSumExp/forward',
      'crossEntropy/forward',
      'crossEntropy/backward',
    ],
    oracles: ['exact', 'gradient', 'differential'],
    severities: ['inaccurate'],
    symptoms: ['ulps', 'sign', 'zero'],
  },
  when: 'A lane has 64 elements or more, or a loss as many positions, and the error is no larger than a running sum’s.',
  concerns: (c) => widthOf(c) >= 64 || positionsSummed(c) >= 64,
  gives: (c, element, { exact }) =>
    c.operation === 'crossEntropy'
      ? knownLoss(c, element, 'composed')
      : { value: exact, slack: 2 * widthOf(c) * 2 ** -24 * sizeOfSum(c, element) },
  smallest: smallCase({
    kernel: 'logSoftmax/forward',
    shape: [169],
    logits: [0, ...Array.from({ length: 168 }, () => -0.3)],
  }),
  // −0.3 in float32 is −0.300000011920929: −0.300000011920929 − log(1 + 168·e^−0.300000011920929)
  shown: { element: 1, exact: -5.131966745626985 },
  given: { 'tfjs-wasm': gives(-5.131969451904297) },
  cause:
    '`tfjs-backend-wasm/src/cc/kernels/Sum.cc` adds up in the type of the tensor, one element after the other: its error grows ' +
    'with n, where a sum in pairs, or in float64 as tfjs-cpu has it, grows with log n or not at all. `tf.softmax` is XNNPACK’s own, ' +
    'which adds up in float32 too.',
  workaround: 'Use another backend for wide lanes, or sum in blocks: `x.reshape([-1, 64]).sum(1).sum()`.',
  snippet: {
    on: 'tfjs-wasm',
    code: `const x = tf.concat([tf.zeros([1]), tf.fill([168], -0.3)]);
const got = tf.min(tf.logSoftmax(x)).arraySync();
console.log(got); // -5.131966745627
process.exitCode = Math.abs(got + 5.131966745627) < 2e-6 ? 0 : 1;`,
    prints: '-5.131969451904297',
  },
  nearMiss: {
    case: smallCase({ kernel: 'logSoftmax/forward', shape: [3], logits: [0, 0, 0] }),
    blame: 'tfjs-wasm',
    version: '4.22.0',
    divergence: valueDivergence('ulps', { got: -1.0986, exact: -Math.log(3), severity: 'inaccurate' }),
    because: 'a sum of three has nothing to lose',
  },
};

/** The positions whose losses are added up into the element of a forward. */
function positionsSummed(c: Case): number {
  return c.operation === 'crossEntropy' && c.direction === 'forward' ? lanesBehind(c, 0).length : 0;
}

const runningSumOfRows: LedgerEntry = {
  id: 'running-sum-of-rows',
  stage: 'sum',
  title:
    'Sums over another axis than the last are kept in one float32 from the first to the last (tfjs-node)',
  affects: { 'tfjs-node': ['4.22.0'] },
  covers: {
    kernels: ['logSumExp/forward'],
    oracles: ['exact', 'differential'],
    severities: ['inaccurate'],
    symptoms: ['ulps'],
  },
  when: 'The axis is not the last, the lane has 64 elements or more, and the error is no larger than a running sum’s.',
  concerns(c) {
    const { length, stride } = lanesOf(c.logits.shape, c.axis);
    return length >= 64 && stride > 1;
  },
  gives: (c, _element, { exact }) => ({ value: exact, slack: 2 * widthOf(c) * 2 ** -24 }),
  smallest: smallCase({
    kernel: 'logSumExp/forward',
    shape: [237, 2],
    axis: 0,
    logits: Array.from({ length: 474 }, (_, i) => (i === 331 ? 1.5 : 0)),
  }),
  // 1.5 + log(1 + 236·e^−1.5)
  shown: { element: 1, exact: 5.482643949725582 },
  given: { 'tfjs-node': gives(5.482641220092773) },
  cause:
    'Eigen’s reduction that keeps the innermost dimension (`InnerMostDimPreserver` in `unsupported/Eigen/CXX11/src/Tensor/TensorReduction.h`), ' +
    'by which TensorFlow’s `Sum` adds over an outer axis, adds row after row in the type of the tensor. Over the last axis it adds in a ' +
    'tree, and the same lane comes out as 5.482644.',
  workaround: 'Bring the axis last: `tf.logSumExp(x.transpose(), 1)`.',
  snippet: {
    on: 'tfjs-node',
    code: `const x = tf.concat([tf.zeros([165, 2]), tf.tensor2d([[0, 1.5]]), tf.zeros([71, 2])]);
const got = tf.logSumExp(x, 0).arraySync()[1];
console.log(got); // 5.482643949725582
process.exitCode = Math.abs(got - 5.482643949725582) < 2e-6 ? 0 : 1;`,
    prints: '5.482641220092773',
  },
  nearMiss: {
    case: smallCase({
      kernel: 'logSumExp/forward',
      shape: [2, 237],
      logits: Array.from({ length: 474 }, (_, i) => (i === 402 ? 1.5 : 0)),
    }),
    blame: 'tfjs-node',
    version: '4.22.0',
    divergence: valueDivergence('ulps', {
      element: 1,
      got: 5.482641220092773,
      exact: 5.482643949725582,
      severity: 'inaccurate',
    }),
    because: 'over the last axis the sum is a tree',
  },
};

/** What a relative error of the lane's sum is multiplied by on its way into the element. */
function sizeOfSum(c: Case, element: number): number {
  if (c.direction === 'forward' && c.operation !== 'softmax') return 1;
  const lane = lanesBehind(c, element)[0]!;
  const x = laneOf(c, lane);
  const max = maximumOf(x);
  const whole = x.reduce((sum, value) => sum + Math.exp(value - max), 0);
  const p = Math.exp(c.logits.data[element]! - max) / whole;
  if (c.direction === 'forward') return p;
  const dy = laneOf(c, lane, c.cotangent!.data);
  const shares = c.operation === 'softmax' ? x.map((value) => Math.exp(value - max) / whole) : x.fill(1);
  return 2 * p * dy.reduce((sum, value, j) => sum + Math.abs(value) * shares[j]!, 0);
}

export const precisionEntries: readonly LedgerEntry[] = [zeroCotangent, runningSum, runningSumOfRows];
