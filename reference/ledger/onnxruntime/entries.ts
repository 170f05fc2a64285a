/** What ONNX Runtime's CPU provider gets wrong. */
import { formats, nativeFormats } from '../../../src/float/format.ts';
import type { LedgerEntry } from '../entry.ts';
import { gives, throws } from '../in-common.ts';
import { hasLane, maximumOf, widthOf } from '../lanes-behind.ts';
import { carelessSum, givesRunningSum, wrongValue } from '../library-entries.ts';
import { valueDivergence } from '../near-miss.ts';
import { smallCase } from '../small-case.ts';

const version = '1.32.0';
/** The package for Python, and that for Node, whose provider is of an earlier version. */
const affects = { onnxruntime: [version], 'onnxruntime-node': ['1.30.0'] };

/** Lines of a program that ask a model of one node in x; where axes are an input, opset 18, along axis 0. */
const asked = (node: string, type: string, x: string, opset: 13 | 18 = 13): string => `node = ${node}
inputs = [helper.make_tensor_value_info('x', ${type}, None)]
outputs = [helper.make_tensor_value_info('y', ${type}, None)]
graph = helper.make_graph([node], 'one', inputs, outputs${opset === 13 ? '' : ", [helper.make_tensor('axes', TensorProto.INT64, [1], [0])]"})
model = helper.make_model(graph, opset_imports=[helper.make_opsetid('', ${opset})], ir_version=8)
session = onnxruntime.InferenceSession(model.SerializeToString(), providers=['CPUExecutionProvider'])
got = session.run(None, {'x': ${x}})[0]`;

/** The largest number whose exponential float64 holds, and the smallest whose is not 0. */
const [largestExponent, smallestExponent] = [Math.log(Number.MAX_VALUE), -1075 * Math.LN2];

const unshifted: LedgerEntry = {
  id: 'onnxruntime-half-unshifted',
  stage: 'shift',
  title: 'ReduceLogSumExp in float16 subtracts no maximum: ∞ from 709.78 on, −∞ below −745.13',
  affects,
  covers: { ...wrongValue, formats: ['float16'], kernels: ['logSumExp/forward'], symptoms: ['inf'] },
  when: 'In float16 the sum of e^x over the lane is beyond float64, or each e^x of it is below what float64 holds.',
  concerns: (c, element) =>
    hasLane(c, element, (lane) => {
      const largest = maximumOf(lane);
      if (!Number.isFinite(largest)) return false;
      return largest < smallestExponent || largest > largestExponent - Math.log(lane.length);
    }),
  gives: (_, __, { exact }) => ({ value: Math.sign(exact) * Infinity, slack: 0 }),
  smallest: smallCase({ kernel: 'logSumExp/forward', format: 'float16', shape: [1], logits: [710] }),
  shown: { element: 0, exact: 710 },
  given: { onnxruntime: gives('Infinity'), 'onnxruntime-node': gives('Infinity') },
  cause:
    'The CPU provider has no `ReduceLogSumExp` of float16, and takes the function body that ONNX gives for opset 18 (`onnx/defs/reduction/defs.cc`): ' +
    '`Cast` to double, `Exp`, `ReduceSum`, `Log`, `CastLike`, and no maximum is subtracted. In float32 it has a kernel of its own, which is right ' +
    '(30000 for 30000). Read in the schema of onnx 1.23.2; looked for, and not found reported (openvinotoolkit/openvino#35648 and ' +
    'NVIDIA/TensorRT#4772 are the same of others).',
  workaround: 'Cast to float32 before the node, or subtract `ReduceMax` in the model.',
  snippet: {
    on: 'onnxruntime',
    code: `${asked("helper.make_node('ReduceLogSumExp', ['x', 'axes'], ['y'], keepdims=0)", 'TensorProto.FLOAT16', 'np.array([710], np.float16)', 18)}
print(got)  # 710.0
sys.exit(0 if got == 710 else 1)`,
    prints: 'inf',
  },
  nearMiss: {
    case: smallCase({ kernel: 'logSumExp/forward', format: 'float16', shape: [1], logits: [709] }),
    blame: 'onnxruntime',
    version,
    divergence: valueDivergence('inf', { got: Infinity, exact: 709 }),
    because: 'e^709 is a number in float64',
  },
};

const maskedFirst: LedgerEntry = {
  id: 'onnxruntime-masked-first',
  stage: 'shift',
  title: 'ReduceLogSumExp subtracts 0 and not the maximum where the first element is −∞: −∞ for [−∞, −128]',
  affects,
  covers: {
    ...wrongValue,
    formats: nativeFormats,
    kernels: ['logSumExp/forward'],
    symptoms: ['inf', 'ulps'],
  },
  when: 'The first element of the lane is −∞, and the largest is so far below 0 that its exponential is subnormal or 0.',
  concerns(c, element) {
    const low = c.format === 'float32' ? -87 : -708;
    return hasLane(
      c,
      element,
      (lane) => lane[0] === -Infinity && maximumOf(lane) < low && maximumOf(lane) > -Infinity,
    );
  },
  smallest: smallCase({ kernel: 'logSumExp/forward', shape: [1, 2], axis: 1, logits: [-Infinity, -128] }),
  shown: { element: 0, exact: -128 },
  given: { onnxruntime: gives('-Infinity'), 'onnxruntime-node': gives('-Infinity') },
  cause:
    'The constructor of `ReduceAggregatorLogSumExp` in `onnxruntime/core/providers/cpu/reduction/reduction_ops.h` begins with the first element ' +
    'as the maximum, and with 0 where that is infinite; `update0` then keeps 0 where all others are below it, so that nothing is ' +
    'shifted and e^−128 is 0. (−∞ in other places was mended by microsoft/onnxruntime#5583, a lane of −∞ alone by #28461. This one was ' +
    'looked for and not found.)',
  workaround: 'Put a class that is never masked first, or subtract `ReduceMax` in the model.',
  snippet: {
    on: 'onnxruntime',
    code: `${asked("helper.make_node('ReduceLogSumExp', ['x'], ['y'], axes=[1], keepdims=0)", 'TensorProto.FLOAT', 'np.array([[-np.inf, -128]], np.float32)')}
print(got)  # [-128.]
sys.exit(0 if got[0] == -128 else 1)`,
    prints: '[-inf]',
  },
  nearMiss: {
    case: smallCase({ kernel: 'logSumExp/forward', shape: [1, 2], axis: 1, logits: [-128, -Infinity] }),
    blame: 'onnxruntime',
    version,
    divergence: valueDivergence('inf', { got: -Infinity, exact: -128 }),
    because: 'the first element is finite',
  },
};

const infinityBeforeNan: LedgerEntry = {
  id: 'onnxruntime-infinity-beside-nan',
  stage: 'special values',
  title: 'ReduceLogSumExp of all of a tensor is +∞ where there is a NaN beside +∞',
  affects,
  covers: { ...wrongValue, formats: nativeFormats, kernels: ['logSumExp/forward'], symptoms: ['nan'] },
  when: 'The lane holds +∞ and NaN, and all axes are reduced.',
  concerns: (c, element) =>
    hasLane(c, element, (lane) => lane.includes(Infinity) && lane.some((x) => Number.isNaN(x))),
  gives: () => ({ value: Infinity, slack: 0 }),
  smallest: smallCase({ kernel: 'logSumExp/forward', shape: [2], logits: [Infinity, NaN] }),
  shown: { element: 0, exact: 'NaN' },
  given: { onnxruntime: gives('Infinity'), 'onnxruntime-node': gives('Infinity') },
  cause:
    '`aggall` of `ReduceAggregatorLogSumExp` in `onnxruntime/core/providers/cpu/reduction/reduction_ops.h` returns the maximum at once where it ' +
    'is infinite, and Eigen’s `maxCoeff` does not see a NaN behind +∞. Not looked up.',
  workaround: 'Ask `IsNaN` of the input where that matters.',
  snippet: {
    on: 'onnxruntime',
    code: `${asked("helper.make_node('ReduceLogSumExp', ['x'], ['y'], axes=[0], keepdims=0)", 'TensorProto.FLOAT', 'np.array([np.inf, np.nan], np.float32)')}
print(got)  # nan
sys.exit(0 if np.isnan(got) else 1)`,
    prints: 'inf',
  },
  nearMiss: {
    case: smallCase({ kernel: 'logSumExp/forward', shape: [2], logits: [0, NaN] }),
    blame: 'onnxruntime',
    version,
    divergence: valueDivergence('nan', { got: Infinity, exact: NaN }),
    because: 'there is no +∞',
  },
};

const nanDropped: LedgerEntry = {
  id: 'onnxruntime-nan-dropped',
  stage: 'special values',
  title: 'LogSoftmax in float64 takes the logarithm of 1e-20 for a sum that is NaN: 46.05 for [0, NaN]',
  affects,
  covers: {
    ...wrongValue,
    formats: ['float64'],
    kernels: ['logSoftmax/forward', 'crossEntropy/forward'],
    symptoms: ['nan'],
  },
  when: 'There is a NaN in the lane, and the format is float64.',
  concerns: (c, element) => hasLane(c, element, (lane) => lane.some((x) => Number.isNaN(x))),
  smallest: smallCase({ kernel: 'logSoftmax/forward', format: 'float64', shape: [2], logits: [0, NaN] }),
  shown: { element: 0, exact: 'NaN' },
  given: { onnxruntime: gives(46.051701891615394), 'onnxruntime-node': gives(46.051701891615394) },
  cause:
    '`SoftmaxCPU` in `onnxruntime/core/providers/cpu/math/softmax_shared.cc` takes `log(fmax(sum, 1e-20f))`, and `fmax` of NaN and a number is the ' +
    'number: −log 1e-20 is 46.05. In float32 MLAS computes, and gives NaN. `SoftmaxCrossEntropyLoss` is made of it, and gives a ' +
    'finite loss. Not looked up.',
  workaround: 'Use float32, or ask `IsNaN` of the logits.',
  snippet: {
    on: 'onnxruntime',
    code: `${asked("helper.make_node('LogSoftmax', ['x'], ['y'], axis=0)", 'TensorProto.DOUBLE', 'np.array([0, np.nan])')}
print(got)  # [nan nan]
sys.exit(0 if np.isnan(got[0]) else 1)`,
    prints: '[46.05170189         nan]',
  },
  nearMiss: {
    case: smallCase({
      kernel: 'logSoftmax/forward',
      format: 'float64',
      shape: [2],
      logits: [-Infinity, -Infinity],
    }),
    blame: 'onnxruntime',
    version,
    divergence: valueDivergence('nan', { got: 46, exact: NaN }),
    because: 'there is no NaN in the lane',
  },
};

const noElements: LedgerEntry = {
  id: 'onnxruntime-empty-loss',
  stage: 'special values',
  title: 'SoftmaxCrossEntropyLoss of no elements fails in a Reshape, or is 0 where a mean of nothing is NaN',
  affects,
  covers: {
    formats,
    kernels: ['crossEntropy/forward'],
    oracles: ['conduct', 'exact', 'differential'],
    severities: ['wrong'],
    symptoms: ['threw', 'nan'],
  },
  when: 'The scores have no elements: no positions, or no classes where all are ignored.',
  concerns: (c) => c.logits.data.length === 0,
  smallest: smallCase({
    kernel: 'crossEntropy/forward',
    shape: [0, 1],
    logits: [],
    classes: [],
    reduction: 'sum',
  }),
  shown: null,
  given: {
    onnxruntime: throws(
      '[ONNXRuntimeError] : 1 : FAIL : Non-zero status code returned while running Reshape node',
    ),
    'onnxruntime-node': throws('Error: Non-zero status code returned while running Reshape node'),
  },
  cause:
    'The operator is expanded by the function body that ONNX gives for it, which reshapes to `(N, C, -1)`: where N or C is 0, −1 says nothing of ' +
    'the last size, and ONNX Runtime’s `reshape_helper.h` refuses it; where another size is 0 it goes through, and the mean over ' +
    'nothing is 0. Not looked up.',
  workaround: 'Do not run the loss on an empty batch.',
  snippet: {
    on: 'onnxruntime',
    code: `node = helper.make_node('SoftmaxCrossEntropyLoss', ['x', 'target'], ['y'], reduction='sum')
inputs = [
    helper.make_tensor_value_info('x', TensorProto.FLOAT, ['n', 'c']),
    helper.make_tensor_value_info('target', TensorProto.INT64, ['n']),
]
outputs = [helper.make_tensor_value_info('y', TensorProto.FLOAT, None)]
graph = helper.make_graph([node], 'one', inputs, outputs)
model = helper.make_model(graph, opset_imports=[helper.make_opsetid('', 13)], ir_version=8)
options = onnxruntime.SessionOptions()
options.log_severity_level = 4
session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=['CPUExecutionProvider'])
try:
    print(session.run(None, {'x': np.zeros((0, 1), np.float32), 'target': np.zeros(0, np.int64)})[0])  # 0.0
except Exception as error:
    print(str(error)[:86])
    sys.exit(1)`,
    prints: '[ONNXRuntimeError] : 1 : FAIL : Non-zero status code returned while running Reshape no',
  },
  nearMiss: {
    case: smallCase({ kernel: 'crossEntropy/forward', shape: [1, 1], logits: [0], classes: [0] }),
    blame: 'onnxruntime',
    version,
    divergence: valueDivergence('nan', { got: NaN, exact: 0 }),
    because: 'there is an element',
  },
};

const runningSum: LedgerEntry = {
  id: 'onnxruntime-running-sum',
  stage: 'sum',
  title:
    'Sums are kept in one number from the first element to the last (ReduceLogSumExp; Softmax in float64)',
  affects,
  covers: {
    ...carelessSum,
    kernels: ['logSumExp/forward', 'softmax/forward', 'logSoftmax/forward', 'crossEntropy/forward'],
  },
  when: 'A lane has 64 elements or more, and the error is no larger than a running sum’s.',
  concerns: (c) => widthOf(c) >= 64,
  gives: givesRunningSum,
  smallest: smallCase({
    kernel: 'logSumExp/forward',
    shape: [311],
    logits: Array.from({ length: 311 }, (_, i) => ((i >= 64 && i < 129) || (i >= 151 && i < 173) ? 1 : 0)),
  }),
  // log(224 + 87·e)
  shown: { element: 0, exact: 6.132292267157549 },
  given: { onnxruntime: gives(6.132289409637451), 'onnxruntime-node': gives(6.132289409637451) },
  cause:
    '`update` of `ReduceAggregatorLogSumExp` in `onnxruntime/core/providers/cpu/reduction/reduction_ops.h` adds one exponential after the other, and `SoftmaxCPU` in `math/softmax_shared.cc` by a product with a vector of ones in float64: ' +
    'the error grows with n, where a sum in pairs grows with log n. A choice, and told as inaccurate, not as wrong.',
  workaround: 'Reduce in two steps, or in float64.',
  snippet: {
    on: 'onnxruntime',
    code: `x = np.zeros(311, np.float32)
x[64:129] = x[151:173] = 1
${asked("helper.make_node('ReduceLogSumExp', ['x'], ['y'], axes=[0], keepdims=0)", 'TensorProto.FLOAT', 'x')}
print(float(got))  # 6.132292267157549
sys.exit(0 if abs(got - 6.132292267157549) < 1.5e-6 else 1)`,
    prints: '6.132289409637451',
  },
  nearMiss: {
    case: smallCase({ kernel: 'logSumExp/forward', shape: [5], logits: [0, 0, 1, 1, 0] }),
    blame: 'onnxruntime',
    version,
    divergence: valueDivergence('ulps', { got: 2.1319, exact: 2.1319003, severity: 'inaccurate' }),
    because: 'five numbers are added exactly enough in any order',
  },
};

export const onnxruntimeEntries: readonly LedgerEntry[] = [
  unshifted,
  maskedFirst,
  infinityBeforeNan,
  nanDropped,
  noElements,
  runningSum,
];
