/** What tfjs-core's softmaxCrossEntropy, and TensorFlow's fused kernels with it, make of labels. */
import type { Case } from '../../src/case/case.ts';
import { byEveryBackend, everyBackend, gives, tensorflowAlone, valueCoverage } from './in-common.ts';
import { assumedClasses, cotangentOf, knownLoss, smoothedLabels } from './composed-loss.ts';
import type { LedgerEntry } from './entry.ts';
import { laneOf, lanesBehind, maximumOf, widthOf } from './lanes-behind.ts';
import { valueDivergence } from './near-miss.ts';
import { smallCase } from './small-case.ts';

const source = '`tfjs-core/src/ops/losses/softmax_cross_entropy.ts`';

const labelsGradient: LedgerEntry = {
  id: 'labels-gradient',
  stage: 'product',
  title: 'The gradient of softmaxCrossEntropy to its labels is the one to its logits, turned round',
  affects: everyBackend,
  covers: { ...valueCoverage, kernels: ['crossEntropy/targetBackward'] },
  when: 'The cotangent of the position is not 0, and the answer is dy·(labels − p).',
  concerns: (c, element) =>
    element !== null && lanesBehind(c, element).some((lane) => cotangentOf(c, lane) !== 0),
  gives: (c, element, { isStacked }) => knownLoss(c, element, isStacked ? 'stacked' : 'composed'),
  smallest: smallCase({
    kernel: 'crossEntropy/targetBackward',
    shape: [1, 2],
    logits: [0, 0],
    labels: [0, 0],
    dy: [1],
  }),
  shown: { element: 0, exact: Math.LN2 },
  given: byEveryBackend(gives(-0.5)),
  cause:
    `\`softmaxCrossEntropyWithLogits_\` in ${source}: the custom gradient returns \`dy·(labels − exp(logResult))\` for the ` +
    'labels. The loss is −Σ labels·logResult, so it is `−dy·logResult`. All backends share the code, so they agree with each other.',
  workaround:
    'Keep the labels out of the gradient, or compose the loss: `tf.neg(tf.sum(tf.mul(labels, tf.logSoftmax(logits)), -1))`.',
  snippet: {
    on: 'tfjs-cpu',
    code: `const logits = tf.tensor2d([[0, 0]]);
const loss = (labels) => tf.losses.softmaxCrossEntropy(labels, logits, undefined, 0, tf.Reduction.MEAN);
const got = tf.grad(loss)(tf.tensor2d([[0, 0]])).arraySync();
console.log(got); // −log p is [[0.693, 0.693]]
process.exitCode = Math.abs(got[0][0] - Math.LN2) < 1e-3 ? 0 : 1;`,
    prints: '[ [ -0.5, -0.5 ] ]',
  },
  nearMiss: {
    case: smallCase({
      kernel: 'crossEntropy/targetBackward',
      shape: [1, 2],
      logits: [0, 0],
      labels: [0, 0],
      dy: [1],
    }),
    blame: 'tfjs-wasm',
    version: '4.22.0',
    divergence: valueDivergence('ulps', { got: 0.25, exact: Math.LN2 }),
    because: '0.25 is not dy·(labels − p) either, which is −0.5',
  },
};

const zeroTimesInfinity: LedgerEntry = {
  id: 'zero-times-infinity',
  stage: 'special values',
  title: 'A class with a label of 0 and a logit of −∞ (a mask) makes the loss NaN',
  affects: { ...everyBackend, ...tensorflowAlone },
  covers: { ...valueCoverage, kernels: ['crossEntropy/forward'], symptoms: ['nan'] },
  when: 'A lane holds a finite maximum and, with a label of 0, a logit that is −∞ or further below the maximum than float32 reaches.',
  concerns: (c, element) =>
    element !== null &&
    lanesBehind(c, element).some((lane) => {
      const x = laneOf(c, lane);
      const max = maximumOf(x);
      const labels = smoothedLabels(c, lane);
      return (
        Number.isFinite(max) &&
        x.some((logit, j) => labels[j] === 0 && Math.fround(logit - max) === -Infinity)
      );
    }),
  gives: () => ({ value: NaN, slack: 0 }),
  smallest: smallCase({
    kernel: 'crossEntropy/forward',
    shape: [1, 2],
    logits: [0, -Infinity],
    labels: [1, 0],
  }),
  shown: { element: 0, exact: 0 },
  given: { ...byEveryBackend(gives('NaN')), tensorflow: gives('NaN') },
  cause:
    `\`softmaxCrossEntropyWithLogits_\` in ${source} multiplies log p by the labels whatever they are, and 0·(−∞) is NaN; ` +
    'TensorFlow’s `SoftmaxCrossEntropyWithLogits` (`tensorflow/core/kernels/xent_op.h`) does the same. Its sparse kernel, which ' +
    'reads the class’s own logit alone, is right.',
  workaround:
    'Mask with a finite number such as −1e9; or use `tf.logSoftmax` and `tf.where(labels > 0, …, 0)`.',
  snippet: {
    on: 'tfjs-cpu',
    code: `const labels = tf.tensor2d([[1, 0]]);
const logits = tf.tensor2d([[0, -Infinity]]);
const got = tf.losses.softmaxCrossEntropy(labels, logits).arraySync();
console.log(got); // −log 1 is 0
process.exitCode = Math.abs(got) < 1e-3 ? 0 : 1;`,
    prints: 'NaN',
  },
  nearMiss: {
    case: smallCase({ kernel: 'crossEntropy/forward', shape: [1, 2], logits: [0, -1e9], labels: [1, 0] }),
    blame: 'tfjs-cpu',
    version: '4.22.0',
    divergence: valueDivergence('nan', { got: NaN, exact: 0 }),
    because: 'the mask is finite, and 0·(−1e9) is 0',
  },
};

const smoothingShare: LedgerEntry = {
  id: 'smoothing-share',
  stage: 'smoothing',
  title: 'Label smoothing takes the second size of the labels for the number of classes',
  affects: everyBackend,
  covers: { ...valueCoverage, kernels: ['crossEntropy/forward', 'crossEntropy/backward'] },
  when: 'There is label smoothing, the rank is 3 or more, and the second size (the class axis brought last) is not the number of classes.',
  concerns: (c) =>
    c.loss!.labelSmoothing > 0 && c.logits.shape.length > 2 && assumedClasses(c) !== widthOf(c),
  gives: (c, element) => knownLoss(c, element, 'composed'),
  smallest: smallCase({
    kernel: 'crossEntropy/forward',
    shape: [1, 1, 2],
    logits: [0, 0],
    labels: [1, 0],
    labelSmoothing: 0.5,
  }),
  shown: { element: 0, exact: Math.LN2 },
  given: byEveryBackend(gives(1.0397207736968994)),
  cause:
    `\`softmaxCrossEntropy_\` in ${source}: \`const numClasses = scalar($onehotLabels.shape[1])\`. It is the number of classes ` +
    'for labels of [batch, classes] only.',
  workaround:
    'Smooth the labels before the call: labels·(1 − ε) + ε/C; or reshape labels and logits to [batch, classes].',
  snippet: {
    on: 'tfjs-cpu',
    code: `const labels = tf.tensor3d([[[1, 0]]]);
const logits = tf.tensor3d([[[0, 0]]]);
const got = tf.losses.softmaxCrossEntropy(labels, logits, undefined, 0.5).arraySync();
console.log(got); // the labels are [3/4, 1/4]: log 2 is 0.693
process.exitCode = Math.abs(got - Math.LN2) < 1e-3 ? 0 : 1;`,
    prints: '1.0397207736968994',
  },
  nearMiss: {
    case: smallCase({
      kernel: 'crossEntropy/forward',
      shape: [1, 2, 2],
      logits: [0, 0, 0, 0],
      labels: [1, 0, 0, 1],
      labelSmoothing: 0.5,
    }),
    blame: 'tfjs-cpu',
    version: '4.22.0',
    divergence: valueDivergence('ulps', { got: 1.0397207736968994, exact: Math.LN2 }),
    because: 'the second size is the number of classes here, so that ε is shared out rightly',
  },
};

const unnormalizedLabels: LedgerEntry = {
  id: 'unnormalized-labels',
  stage: 'target',
  title: 'The gradient to the logits is p − labels also where the labels do not sum to 1',
  affects: { ...everyBackend, ...tensorflowAlone },
  covers: { ...valueCoverage, kernels: ['crossEntropy/backward'] },
  when: 'The labels of the lane do not sum to 1.',
  concerns: (c, element) => element !== null && !isDistribution(c, lanesBehind(c, element)[0]!),
  gives: (c, element, { blame }) => knownLoss(c, element, blame === 'tensorflow' ? 'fused' : 'composed'),
  smallest: smallCase({
    kernel: 'crossEntropy/backward',
    shape: [1, 2],
    logits: [0, 0],
    labels: [0, -1],
    dy: [1],
  }),
  shown: { element: 0, exact: -0.5 },
  given: { ...byEveryBackend(gives(0.5)), tensorflow: gives(0.5) },
  cause:
    `\`softmaxCrossEntropyWithLogits_\` in ${source} returns dy·(exp(logResult) − labels), and TensorFlow’s ` +
    '`SoftmaxCrossEntropyWithLogits` (`tensorflow/core/kernels/xent_op.h`) p − labels. The derivative of −Σ labels·log p is ' +
    'p·Σ labels − labels. Both document that rows of labels must be distributions; what they give otherwise is not the ' +
    'derivative of the loss that they compute.',
  workaround:
    'Divide the labels by their sum and multiply the loss by it, or compose the loss from `tf.logSoftmax`.',
  snippet: {
    on: 'tfjs-cpu',
    code: `const labels = tf.tensor2d([[0, -1]]);
const loss = (logits) => tf.losses.softmaxCrossEntropy(labels, logits, undefined, 0, tf.Reduction.MEAN);
const got = tf.grad(loss)(tf.tensor2d([[0, 0]])).arraySync();
console.log(got); // of log p₂: [[−0.5, 0.5]]
process.exitCode = Math.abs(got[0][0] + 0.5) < 1e-3 ? 0 : 1;`,
    prints: '[ [ 0.5, 1.5 ] ]',
  },
  nearMiss: {
    case: smallCase({
      kernel: 'crossEntropy/backward',
      shape: [1, 2],
      logits: [0, 0],
      labels: [0, 1],
      dy: [1],
    }),
    blame: 'tensorflow',
    version: '4.22.0',
    divergence: valueDivergence('ulps', { got: 1.5, exact: 0.5 }),
    because: 'the labels sum to 1, where p − labels is right',
  },
};

export const labelEntries: readonly LedgerEntry[] = [
  labelsGradient,
  zeroTimesInfinity,
  smoothingShare,
  unnormalizedLabels,
];

/**
 * Whether the sum is within what rounding to float32 makes of a sum of 1:
 * once each label itself, four times what smoothing makes of it.
 */
function isDistribution(c: Case, lane: number): boolean {
  const labels = smoothedLabels(c, lane);
  const roundings = c.loss!.labelSmoothing === 0 ? 1 : 5;
  const size = labels.reduce((sum, label) => sum + Math.abs(label), 0);
  return Math.abs(labels.reduce((sum, label) => sum + label, 0) - 1) <= roundings * 2 ** -24 * size;
}
