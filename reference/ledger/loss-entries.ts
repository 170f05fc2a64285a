/** What the loss of tfjs-core's softmaxCrossEntropy loses on its way, whatever the labels. */
import { lanesOf } from '../../src/tensor/lanes.ts';
import { byEveryBackend, cpuAlone, everyBackend, gives, valueCoverage } from './in-common.ts';
import { knownLoss, overflowsBeforeWeight } from './composed-loss.ts';
import type { LedgerEntry } from './entry.ts';
import { hasLane, lanesBehind, maximumOf } from './lanes-behind.ts';
import { valueDivergence } from './near-miss.ts';
import { smallCase } from './small-case.ts';

const overflowedMean: LedgerEntry = {
  id: 'overflowed-mean',
  stage: 'reduction',
  title: 'A position with a weight of 0 gets a gradient of NaN where dy ÷ Σ weights overflows',
  affects: everyBackend,
  covers: { ...valueCoverage, kernels: ['crossEntropy/backward'], symptoms: ['nan'] },
  when: 'The reduction is mean, the position has a weight of 0 (it is ignored), and dy ÷ Σ weights is beyond float32.',
  concerns: (c, element) => element !== null && overflowsBeforeWeight(c, lanesBehind(c, element)[0]!),
  gives: () => ({ value: NaN, slack: 0 }),
  smallest: smallCase({
    kernel: 'crossEntropy/backward',
    shape: [2, 2],
    logits: [0, 0, 0, 0],
    classes: [-1, 0],
    weight: [2 ** -20, 1],
    ignoreIndex: -1,
    dy: [2 ** 120],
  }),
  shown: { element: 0, exact: 0 },
  given: byEveryBackend(gives('NaN')),
  cause:
    '`computeWeightedLoss_` in `tfjs-core/src/ops/losses/compute_weighted_loss.ts` divides the sum of the weighted losses by the ' +
    'sum of the weights, so that its gradient divides dy first and multiplies by the weight of the position then: ∞·0 is NaN, ' +
    'where dy·(weight ÷ Σ weights) is 0.',
  workaround: 'Divide the weights by their sum before the call, and use `tf.Reduction.SUM`.',
  snippet: {
    on: 'tfjs-cpu',
    code: `const labels = tf.tensor2d([[1, 0], [1, 0]]);
const weights = tf.tensor1d([0, 2 ** -20]);
const loss = (logits) => tf.losses.softmaxCrossEntropy(labels, logits, weights, 0, tf.Reduction.MEAN);
const got = tf.grad(loss)(tf.zeros([2, 2]), tf.scalar(2 ** 120)).arraySync()[0];
console.log(got); // a weight of 0: [0, 0]
process.exitCode = got[0] === 0 ? 0 : 1;`,
    prints: '[ NaN, NaN ]',
  },
  nearMiss: {
    case: smallCase({
      kernel: 'crossEntropy/backward',
      shape: [2, 2],
      logits: [0, 0, 0, 0],
      classes: [-1, 0],
      weight: [2 ** -20, 1],
      ignoreIndex: -1,
      dy: [2 ** 100],
    }),
    blame: 'tfjs-node',
    version: '4.22.0',
    divergence: valueDivergence('nan', { got: NaN, exact: 0 }),
    because: '2^100 ÷ 2^-20 is a float32, and 0 times it is 0',
  },
};

/**
 * The size of logits from which on half an ULP of the
 * log-sum-exp is more than a careful kernel's rounding of log p.
 */
const offsetMin = 4;

const commonOffset: LedgerEntry = {
  id: 'common-offset',
  stage: 'shift',
  title: 'Logits far from 0 lose their log-probabilities to the rounding of log-sum-exp',
  affects: everyBackend,
  covers: { ...valueCoverage, kernels: ['crossEntropy/forward', 'crossEntropy/backward'] },
  when: `The maximum of a lane is ${offsetMin} or more from 0, and the answer is no further off than an ULP or two of it explains.`,
  concerns: (c, element) =>
    hasLane(c, element, (lane) => {
      const size = Math.abs(maximumOf(lane));
      return size >= offsetMin && size < Infinity;
    }),
  gives: (c, element) => knownLoss(c, element, 'composed'),
  smallest: smallCase({
    kernel: 'crossEntropy/forward',
    shape: [1, 2],
    logits: [2 ** 25, 2 ** 25],
    labels: [1, 0],
  }),
  shown: { element: 0, exact: Math.LN2 },
  given: byEveryBackend(gives(0)),
  cause:
    `\`softmaxCrossEntropyWithLogits_\` in \`tfjs-core/src/ops/losses/softmax_cross_entropy.ts\` takes log p as \`logits − logSumExp(logits)\`. log-sum-exp is max + log Σ, ` +
    'rounded to float32 at the size of the maximum: the rounding, up to half an ULP of it, is all in log p. From 2^24 on nothing ' +
    'of log Σ is left. `tf.logSoftmax` subtracts the maximum first, and is right. The gradient takes exp of the same log p.',
  workaround: 'Subtract the maximum of each lane first: `logits.sub(logits.max(-1, true))`.',
  snippet: {
    on: 'tfjs-cpu',
    code: `const labels = tf.tensor2d([[1, 0]]);
const logits = tf.tensor2d([[33554432, 33554432]]);
const got = tf.losses.softmaxCrossEntropy(labels, logits).arraySync();
console.log(got); // log 2 is 0.693
process.exitCode = Math.abs(got - Math.LN2) < 1e-3 ? 0 : 1;`,
    prints: '0',
  },
  nearMiss: {
    case: smallCase({ kernel: 'crossEntropy/forward', shape: [1, 2], logits: [32, 32], labels: [1, 0] }),
    blame: 'tfjs-node',
    version: '4.22.0',
    divergence: valueDivergence('zero', { got: 0, exact: Math.LN2 }),
    because: 'an ULP at 32 is 4e-6, which takes nothing as far as 0',
  },
};

const meanOfNothing: LedgerEntry = {
  id: 'mean-of-nothing',
  stage: 'reduction',
  title: 'The mean of no losses is 0 (tfjs-cpu)',
  affects: cpuAlone,
  covers: { ...valueCoverage, kernels: ['crossEntropy/forward'], symptoms: ['nan'] },
  when: 'There are no positions, and the reduction is mean.',
  concerns: (c) => c.loss!.reduction === 'mean' && lanesOf(c.logits.shape, c.axis).count === 0,
  gives: () => ({ value: 0, slack: 0 }),
  smallest: smallCase({ kernel: 'crossEntropy/forward', shape: [0, 1], logits: [], labels: [] }),
  shown: { element: 0, exact: 'NaN' },
  given: { 'tfjs-cpu': gives(0) },
  cause:
    '`mean` in `tfjs-backend-cpu/src/kernels/Mean.ts` divides each element by their number and adds them up: with none there is ' +
    'nothing that 0 divides, and the empty sum is 0. tfjs-node, NumPy and PyTorch give 0/0, NaN: a batch that lost all its rows shows.',
  workaround: 'Ask for the number of positions first.',
  snippet: {
    on: 'tfjs-cpu',
    code: `console.log(tf.mean(tf.zeros([0])).arraySync()); // 0/0 is NaN
const got = tf.losses.softmaxCrossEntropy(tf.zeros([0, 1]), tf.zeros([0, 1]), undefined, 0, tf.Reduction.MEAN).arraySync();
console.log(got); // NaN, too
process.exitCode = Number.isNaN(got) ? 0 : 1;`,
    prints: '0\n0',
  },
  nearMiss: {
    case: smallCase({ kernel: 'crossEntropy/forward', shape: [0, 1], logits: [], labels: [] }),
    blame: 'tfjs-cpu',
    version: '4.22.0',
    divergence: valueDivergence('nan', { got: 1, exact: NaN }),
    because: '1 is not the empty sum either',
  },
};

export const lossEntries: readonly LedgerEntry[] = [overflowedMean, commonOffset, meanOfNothing];
