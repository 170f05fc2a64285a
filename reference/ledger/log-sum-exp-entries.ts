/** What tfjs-core's logSumExp, and the gradient that comes of it, get wrong. */
import { byEach, cpuAlone, everyBackend, gives, outsideOfBrowsers } from './in-common.ts';
import type { LedgerEntry } from './entry.ts';
import { hasLane, isEmptyAxis, laneOf, lanesBehind, maximumOf, widthOf } from './lanes-behind.ts';
import { valueDivergence } from './near-miss.ts';
import { smallCase } from './small-case.ts';

const source = '`logSumExp_` in `tfjs-core/src/ops/log_sum_exp.ts`';

const infiniteMaximum: LedgerEntry = {
  id: 'infinite-maximum',
  stage: 'special values',
  title: 'logSumExp of a lane of −∞ alone, or with a +∞ in it, is NaN',
  affects: outsideOfBrowsers,
  covers: {
    kernels: ['logSumExp/forward'],
    oracles: ['exact', 'differential'],
    severities: ['wrong'],
    symptoms: ['nan'],
  },
  when: 'The maximum of the lane is −∞ or +∞, and there is no NaN in it.',
  concerns: (c, element) =>
    widthOf(c) > 0 && hasLane(c, element, (lane) => Math.abs(maximumOf(lane)) === Infinity),
  gives: () => ({ value: NaN, slack: 0 }),
  smallest: smallCase({ kernel: 'logSumExp/forward', shape: [1], logits: [-Infinity] }),
  shown: { element: 0, exact: '-Infinity' },
  given: byEach(outsideOfBrowsers, gives('NaN')),
  cause:
    `${source} subtracts the maximum without asking whether it is finite: ∞ − ∞ is NaN. NumPy’s and PyTorch’s logsumexp ` +
    'subtract 0 instead where it is not.',
  workaround:
    'Where a lane may be masked whole, ask for `tf.max` first, and use `tf.where` on whether it is finite.',
  snippet: {
    on: 'tfjs-cpu',
    code: `const got = tf.logSumExp(tf.tensor1d([-Infinity])).arraySync();
console.log(got); // log 0 is -Infinity
console.log(tf.logSumExp(tf.tensor1d([0, Infinity])).arraySync()); // Infinity
process.exitCode = got === -Infinity ? 0 : 1;`,
    prints: 'NaN\nNaN',
  },
  nearMiss: {
    case: smallCase({ kernel: 'logSumExp/forward', shape: [2], logits: [0, -Infinity] }),
    blame: 'tfjs-cpu',
    version: '4.22.0',
    divergence: valueDivergence('nan', { got: NaN, exact: 0 }),
    because: 'the maximum is 0, and −∞ − 0 is no NaN',
  },
};

const throughTheMaximum: LedgerEntry = {
  id: 'gradient-through-the-maximum',
  stage: 'product',
  title: 'The gradient of logSumExp goes through the maximum, and leaves its rounding on every tie',
  affects: everyBackend,
  covers: {
    kernels: ['logSumExp/backward'],
    oracles: ['exact', 'gradient', 'differential'],
    severities: ['wrong', 'inaccurate'],
    symptoms: ['ulps', 'sign', 'zero'],
  },
  when:
    'The element is the maximum of its lane, or ties with it (all subnormals do, where they are flushed to 0), and is off by no ' +
    'more than the rounding of Σ p is.',
  concerns: (c, element) =>
    element !== null &&
    maximumOf(laneOf(c, lanesBehind(c, element)[0]!)) - c.logits.data[element]! < 2 ** -126,
  // 1 − Σ p: a running sum of n shares, each of them rounded three times, of a whole of 1.
  gives: (c, element, { exact }) => ({
    value: exact,
    slack:
      Math.abs(c.cotangent!.data[lanesBehind(c, element)[0]!]!) * 2 ** -24 * (2 * widthOf(c) + 8) + 2 ** -126,
  }),
  smallest: smallCase({
    kernel: 'logSumExp/backward',
    shape: [180],
    logits: Array.from({ length: 180 }, () => 0),
    dy: [1.5],
  }),
  shown: { element: 0, exact: 1.5 / 180 },
  given: {
    'tfjs-cpu': gives(0.008333214558660984),
    'tfjs-wasm': gives(0.008334406651556492),
    'tfjs-node': gives(0.008333214558660984),
    'tfjs-webgl': gives(0.008333095349371433),
    'tfjs-webgpu': gives(0.008333095349371433),
  },
  cause:
    `${source} has no gradient of its own, so that \`tf.grad\` differentiates \`max + log Σ exp(x − max)\` step by step. The ` +
    'maximum’s own gradient, dy·(1 − Σ p), should be 0. `gradForMinAndMax` in `tfjs-core/src/gradients/min_max_grad_util.ts` ' +
    'adds what rounding leaves of it to every element that ties for the maximum: in ULPs of a share of 1/n, it grows with n².',
  workaround: 'The gradient is dy·`tf.softmax(x)`: give it with `tf.customGrad`.',
  snippet: {
    on: 'tfjs-cpu',
    code: `const gradient = tf.grad((x) => tf.logSumExp(x))(tf.zeros([180]), tf.scalar(1.5));
const got = tf.max(gradient).arraySync();
console.log(got); // 1.5/180 is 0.008333333333, in float32 0.008333333767950535
process.exitCode = Math.abs(got - 1.5 / 180) < 1e-8 ? 0 : 1;`,
    prints: '0.008333214558660984',
  },
  nearMiss: {
    case: smallCase({ kernel: 'logSumExp/backward', shape: [2], logits: [0, -1], dy: [1] }),
    blame: 'tfjs-wasm',
    version: '4.22.0',
    divergence: valueDivergence('ulps', { element: 1, got: 0.26895, exact: 0.2689414213699951 }),
    because: 'the element is not the maximum, whose gradient it has no part in',
  },
};

const maximumOfNothing: LedgerEntry = {
  id: 'maximum-of-nothing',
  stage: 'special values',
  title: 'logSumExp over an empty axis is NaN (tfjs-cpu)',
  affects: cpuAlone,
  covers: {
    kernels: ['logSumExp/forward'],
    oracles: ['exact', 'differential'],
    severities: ['wrong'],
    symptoms: ['nan'],
  },
  when: 'The axis has size 0, and there is a lane.',
  concerns: (c) => isEmptyAxis(c),
  gives: () => ({ value: NaN, slack: 0 }),
  smallest: smallCase({ kernel: 'logSumExp/forward', shape: [0], logits: [] }),
  shown: { element: 0, exact: '-Infinity' },
  given: { 'tfjs-cpu': gives('NaN') },
  cause:
    '`maxImpl` in `tfjs-backend-cpu/src/kernels/Max_impl.ts` starts from the first element of the lane, which is `undefined` ' +
    'where there is none, and NaN as a float32. tfjs-node gives −∞.',
  workaround: 'Ask for the size of the axis first: the log of an empty sum is −∞.',
  snippet: {
    on: 'tfjs-cpu',
    code: `const got = tf.logSumExp(tf.zeros([0])).arraySync();
console.log(got); // the log of an empty sum is -Infinity
console.log(tf.max(tf.zeros([0])).arraySync()); // the cause: TensorFlow has -Infinity
process.exitCode = got === -Infinity ? 0 : 1;`,
    prints: 'NaN\nNaN',
  },
  nearMiss: {
    case: smallCase({ kernel: 'logSumExp/forward', shape: [0, 1], axis: 1, logits: [] }),
    blame: 'tfjs-cpu',
    version: '4.22.0',
    divergence: valueDivergence('nan', { got: NaN, exact: -Infinity }),
    because: 'the axis has a class, and it is the lanes that are none',
  },
};

export const logSumExpEntries: readonly LedgerEntry[] = [
  infiniteMaximum,
  maximumOfNothing,
  throughTheMaximum,
];
