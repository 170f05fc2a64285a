/** What the shaders of tfjs-webgl and tfjs-webgpu get wrong, on SwiftShader and on any GPU. */
import type { Case } from '../../src/case/case.ts';
import { conductDivergence } from '../../src/case/verdict.ts';
import { lanesOf } from '../../src/tensor/lanes.ts';
import { knownLoss, webglFloor } from './composed-loss.ts';
import type { KnownAnswer, LedgerEntry } from './entry.ts';
import {
  byEach,
  gives,
  shadersAlone,
  throws,
  valueCoverage,
  webglAlone,
  webgpuAlone,
  everyKernel,
} from './in-common.ts';
import { hasLane, laneOf, lanesBehind, maximumOf, widthOf } from './lanes-behind.ts';
import { valueDivergence } from './near-miss.ts';
import { smallCase } from './small-case.ts';

const maximumFromFloor: LedgerEntry = {
  id: 'maximum-from-1e20',
  stage: 'shift',
  title: 'The maximum of a lane is no less than −1e20 (tfjs-webgl)',
  affects: webglAlone,
  covers: { ...valueCoverage, kernels: everyKernel },
  when: 'Every logit of the lane is below −1e20: −∞, or a mask of −3.4e38.',
  concerns: (c, element) => hasLane(c, element, (lane) => maximumOf(lane) < webglFloor),
  gives: flooredAnswer,
  smallest: smallCase({ kernel: 'softmax/forward', shape: [2], logits: [-(2 ** 127), -(2 ** 127)] }),
  shown: { element: 0, exact: 0.5 },
  given: { 'tfjs-webgl': gives(1) },
  cause:
    '`ReduceProgram` in `tfjs-backend-webgl/src/reduce_gpu.ts` begins a maximum with `-1.0 / 1e-20`, and not with −∞. Below it, ' +
    'every exp(x − max) is 0, and so is their sum; `DIV` in `src/kernels/RealDiv.ts` gives 1 where both sides are equal, so that ' +
    '0 ÷ 0 is 1: each class of a lane gets a probability of 1. `tf.max` of such a tensor is −1e20.',
  workaround: 'Mask with −1e9, and never with −∞ or the smallest float32.',
  snippet: {
    on: 'tfjs-webgl',
    code: `const got = await page.evaluate(async () => {
  const x = tf.tensor1d([-(2 ** 127), -(2 ** 127)]);
  return [...(await tf.softmax(x).data()), ...(await tf.max(x).data())];
}).finally(() => browser.close());
console.log(got); // two equal logits: [0.5, 0.5], and their maximum is -1.7e38
process.exitCode = got[0] === 0.5 ? 0 : 1;`,
    prints: '[ 1, 1, -100000002004087730000 ]',
  },
  nearMiss: {
    case: smallCase({ kernel: 'softmax/forward', shape: [2], logits: [-1e19, -1e19] }),
    blame: 'tfjs-webgl',
    version: '4.22.0',
    divergence: valueDivergence('ulps', { got: 1, exact: 0.5 }),
    because: '−1e19 is above what the maximum begins with',
  },
};

/** What is left of each formula where all of exp(x − max) is 0, the sum too, and 0 ÷ 0 is 1. */
function flooredAnswer(c: Case, element: number): KnownAnswer {
  if (c.operation === 'crossEntropy') return knownLoss(c, element, 'floored');
  const lane = lanesBehind(c, element)[0]!;
  const shifted = Math.fround(c.logits.data[element]! - webglFloor);
  const dy = c.cotangent === undefined ? [] : laneOf(c, lane, c.cotangent.data);
  const sum = (terms: Iterable<number>): number => [...terms].reduce((a, b) => a + b, 0);
  const rounding = 2 ** -24 * (widthOf(c) + 4);
  switch (`${c.operation}/${c.direction}`) {
    case 'softmax/forward':
      return { value: 1, slack: 0 };
    case 'softmax/backward':
      return {
        value: dy[placeOf(c, element)]! - sum(dy),
        slack: rounding * sum(dy.map(Math.abs)) + widthOf(c) * smallestNormal,
      };
    case 'logSoftmax/forward':
      return { value: shifted, slack: 128 + rounding * Math.abs(shifted) };
    case 'logSoftmax/backward':
      return { value: dy[placeOf(c, element)]!, slack: smallestNormal };
    case 'logSumExp/forward':
      return { value: webglFloor, slack: 0 };
    default:
      return { value: Math.abs(c.cotangent!.data[lane]!) < smallestNormal ? 0 : NaN, slack: 0 };
  }
}

/** Below it a shader may take a number for 0. */
const smallestNormal = 2 ** -126;

function placeOf(c: Case, element: number): number {
  const { stride, length } = lanesOf(c.logits.shape, c.axis);
  return Math.floor(element / stride) % length;
}

const infiniteLogit: LedgerEntry = {
  id: 'infinite-logit',
  stage: 'special values',
  title: 'logSumExp of a lane with a +∞ in it is NaN (tfjs-webgl)',
  affects: webglAlone,
  covers: {
    kernels: ['logSumExp/forward'],
    oracles: ['exact', 'differential'],
    severities: ['wrong'],
    symptoms: ['nan'],
  },
  when: 'The maximum of the lane is +∞.',
  concerns: (c, element) => hasLane(c, element, (lane) => maximumOf(lane) === Infinity),
  gives: () => ({ value: NaN, slack: 0 }),
  smallest: smallCase({ kernel: 'logSumExp/forward', shape: [1], logits: [Infinity] }),
  shown: { element: 0, exact: 'Infinity' },
  given: { 'tfjs-webgl': gives('NaN') },
  cause:
    'See infinite-maximum: `logSumExp_` in `tfjs-core/src/ops/log_sum_exp.ts` subtracts the maximum without asking whether it is ' +
    'finite. Of the two infinities only this one gets as far here: see maximum-from-1e20.',
  workaround: 'Ask for `tf.max` first, and use `tf.where` on whether it is finite.',
  snippet: {
    on: 'tfjs-webgl',
    code: `const [got] = await page.evaluate(async () => [...(await tf.logSumExp(tf.tensor1d([0, Infinity])).data())])
  .finally(() => browser.close());
console.log(got); // Infinity
process.exitCode = got === Infinity ? 0 : 1;`,
    prints: 'NaN',
  },
  nearMiss: {
    case: smallCase({ kernel: 'logSumExp/forward', shape: [1], logits: [2 ** 100] }),
    blame: 'tfjs-webgl',
    version: '4.22.0',
    divergence: valueDivergence('nan', { got: NaN, exact: 2 ** 100 }),
    because: 'the maximum is finite',
  },
};

const softmaxFloor: LedgerEntry = {
  id: 'softmax-from-largest',
  stage: 'shift',
  title: 'softmax of logits that are all the smallest float32 is NaN (tfjs-webgpu)',
  affects: webgpuAlone,
  covers: { ...valueCoverage, kernels: ['softmax/forward', 'softmax/backward'], symptoms: ['nan'] },
  when: 'Every logit of the lane is below −3.402823e38, which the smallest finite float32, −3.4028235e38, is: a usual mask.',
  concerns: (c, element) =>
    hasLane(c, element, (lane) => Number.isFinite(maximumOf(lane)) && maximumOf(lane) < webgpuFloor),
  gives: () => ({ value: NaN, slack: 0 }),
  smallest: smallCase({ kernel: 'softmax/forward', shape: [1], logits: [-largestFinite()] }),
  shown: { element: 0, exact: 1 },
  given: { 'tfjs-webgpu': gives('NaN') },
  cause:
    '`SoftmaxProgram` in `tfjs-backend-webgpu/src/softmax_webgpu.ts` begins the maximum with `-3.402823e+38f`, which is not the ' +
    'smallest float32. Below it, every exp(x − max) is 0, and 0 ÷ 0 is NaN.',
  workaround: 'Mask with −1e9, and not with the smallest float32.',
  snippet: {
    on: 'tfjs-webgpu',
    code: `const got = await page.evaluate(async () => [...(await tf.softmax(tf.fill([2], -3.4028234663852886e38)).data())])
  .finally(() => browser.close());
console.log(got); // two equal logits: [0.5, 0.5]
process.exitCode = got[0] === 0.5 ? 0 : 1;`,
    prints: '[ NaN, NaN ]',
  },
  nearMiss: {
    case: smallCase({ kernel: 'softmax/forward', shape: [1], logits: [-3.4e38] }),
    blame: 'tfjs-webgpu',
    version: '4.22.0',
    divergence: valueDivergence('nan', { got: NaN, exact: 1 }),
    because: '−3.4e38 is above what the maximum begins with',
  },
};

/** What the maximum begins with in the softmax of tfjs-webgpu. */
const webgpuFloor = Math.fround(-3.402823e38);

function largestFinite(): number {
  return (2 - 2 ** -23) * 2 ** 127;
}

const emptyShader: LedgerEntry = {
  id: 'empty-shader-reduction',
  stage: 'conduct',
  title: 'Reducing over nothing throws (tfjs-webgl and tfjs-webgpu)',
  affects: shadersAlone,
  covers: {
    oracles: ['conduct'],
    severities: ['wrong'],
    symptoms: ['threw'],
    kernels: everyKernel,
    message: /The new shape \(NaN,0\)|Failed to execute 'createBuffer'/,
  },
  when: 'There are no logits: the axis has size 0, or a loss is reduced over no positions.',
  concerns: (c) => c.logits.data.length === 0,
  smallest: smallCase({ kernel: 'logSumExp/forward', shape: [0], logits: [] }),
  shown: { element: 0, exact: '-Infinity' },
  given: {
    'tfjs-webgl': throws('The new shape (NaN,0) has NaN elements'),
    'tfjs-webgpu': throws("Failed to execute 'createBuffer' on 'GPUDevice'"),
  },
  cause:
    '`maxImpl` and `sumImpl` in `tfjs-backend-webgl/src/kernels`, and `reduce` in `tfjs-backend-webgpu/src/kernel_utils/reduce.ts`, ' +
    'divide the number of elements by that of each reduction to learn how many there are: 0 ÷ 0 is no size.',
  workaround:
    'Ask for `tensor.size` first: the log of an empty sum is −∞, and the softmax of nothing is empty.',
  snippet: {
    on: 'tfjs-webgl',
    code: `const got = await page.evaluate(() => {
  try {
    return tf.sum(tf.zeros([0])).arraySync();
  } catch (error) {
    return error.message;
  }
}).finally(() => browser.close());
console.log(got); // an empty sum is 0
process.exitCode = got === 0 ? 0 : 1;`,
    prints:
      'The new shape (NaN,0) has NaN elements and the old shape (0) has 0 elements. The new shape and old shape must have the same number of elements.',
  },
  nearMiss: {
    case: smallCase({ kernel: 'logSumExp/forward', shape: [1], logits: [0] }),
    blame: 'tfjs-webgl',
    version: '4.22.0',
    divergence: conductDivergence(
      'threw',
      'it threw on a valid case: The new shape (NaN,0) has NaN elements',
    ),
    because: 'the axis has an element',
  },
};

const shaderExp: LedgerEntry = {
  id: 'shader-exp',
  stage: 'exponent',
  title: 'exp of a shader is coarser the smaller it is (tfjs-webgl and tfjs-webgpu)',
  affects: shadersAlone,
  covers: {
    kernels: [
      'softmax/forward',
      'softmax/backward',
      'logSoftmax/backward',
      'logSumExp/backward',
      'crossEntropy/backward',
    ],
    oracles: ['exact', 'gradient', 'differential'],
    severities: ['inaccurate'],
    symptoms: ['ulps', 'zero', 'sign'],
  },
  when: 'The error is no larger than what the shading languages allow of exp(x): 3 + 2·|x| ULP.',
  concerns: (_, element) => element !== null,
  gives: (c, element, { exact }) => ({ value: exact, slack: 2 * expSlack(c, element) }),
  smallest: smallCase({ kernel: 'softmax/forward', shape: [2], logits: [0, -45] }),
  shown: { element: 1, exact: 2.8625185805493937e-20 },
  given: byEach(shadersAlone, gives(2.8625279799865097e-20)),
  cause:
    'GLSL ES 3.00 and WGSL ask of exp(x) no more than 3 + 2·|x| ULP, so that it may be exp2(x·log2 e) with a product that is ' +
    'rounded to float32: SwiftShader’s is, and many GPUs’ are. tfjs has no exp of its own.',
  workaround: 'Where small probabilities matter, take `tf.logSoftmax`.',
  snippet: {
    on: 'tfjs-webgl',
    code: `const got = await page.evaluate(async () => (await tf.softmax(tf.tensor1d([0, -45])).data())[1])
  .finally(() => browser.close());
console.log(got); // exp(−45) is 2.8625185805493937e-20
process.exitCode = Math.abs(got / 2.8625185805493937e-20 - 1) < 1e-6 ? 0 : 1;`,
    prints: '2.8625279799865097e-20',
  },
  nearMiss: {
    case: smallCase({ kernel: 'softmax/forward', shape: [2], logits: [0, 0] }),
    blame: 'tfjs-webgl',
    version: '4.22.0',
    divergence: valueDivergence('ulps', { got: 0.50001, exact: 0.5, severity: 'inaccurate' }),
    because: '3 ULP of 0.5 are 2e-7',
  },
};

/** How far an exp that the shading languages allow takes the element from the exact answer. */
function expSlack(c: Case, element: number): number {
  const lane = lanesBehind(c, element)[0]!;
  const x = laneOf(c, lane);
  const max = maximumOf(x);
  const coarse = x.map((value) => {
    const power = Math.exp(value - max);
    return power === 0 ? 0 : power * (3 + 2 * (max - value)) * 2 ** -23;
  });
  const whole = x.reduce((sum, value) => sum + Math.exp(value - max), 0);
  const coarseSum = coarse.reduce((sum, value) => sum + value, 0) / whole;
  const at = placeOf(c, element);
  const p = Math.exp(x[at]! - max) / whole;
  const share = coarse[at]! / whole + p * coarseSum;
  if (c.direction === 'forward') return share;
  const dy = Array.from(c.cotangent!.data);
  const size = dy.reduce((sum, value) => sum + Math.abs(value), 0);
  return c.operation === 'softmax' ? (share + p * coarseSum) * 2 * size : share * size;
}

export const shaderEntries: readonly LedgerEntry[] = [
  maximumFromFloor,
  infiniteLogit,
  softmaxFloor,
  emptyShader,
  shaderExp,
];
