/** What ONNX's own reference evaluator gets wrong. */
import type { Case } from '../../../src/case/case.ts';
import { conductDivergence } from '../../../src/case/verdict.ts';
import { formatFacts, isHalf } from '../../../src/float/format.ts';
import type { LedgerEntry } from '../entry.ts';
import { gives, throws } from '../in-common.ts';
import { hasLane, maximumOf, widthOf } from '../lanes-behind.ts';
import { throwing, wrongValue, numpySumEntry } from '../library-entries.ts';
import { numpyHalfSumEntry } from '../numpy-half-sum.ts';
import { valueDivergence } from '../near-miss.ts';
import { smallCase } from '../small-case.ts';

const version = '1.23.2';
const affects = { 'onnx-reference': [version] };

/** Lines of a program that make a model of one node and ask it. */
const model = (node: string, type: string, feeds: string): string => `node = ${node}
inputs = [helper.make_tensor_value_info('x', ${type}, None)]
outputs = [helper.make_tensor_value_info('y', ${type}, None)]
graph = helper.make_graph([node], 'one', inputs, outputs)
model = helper.make_model(graph, opset_imports=[helper.make_opsetid('', 13)], ir_version=8)
got = ReferenceEvaluator(model).run(None, ${feeds})[0]`;

const logOfSoftmax: LedgerEntry = {
  id: 'onnx-log-of-softmax',
  stage: 'logarithm',
  title: 'LogSoftmax and SoftmaxCrossEntropyLoss take the logarithm of the softmax: −∞ for what is finite',
  affects,
  covers: {
    ...wrongValue,
    kernels: ['logSoftmax/forward', 'crossEntropy/forward', 'logSumExp/forward'],
    symptoms: ['inf', 'nan', 'ulps'],
  },
  when: 'A logit is so far below the maximum of its lane that its share is subnormal or 0: by 87 in float32 and bfloat16, by 708 in float64, by 9.7 in float16, less the logarithm of the width.',
  concerns(c, element) {
    const far = farOf(c);
    if (element === null) return false;
    // A law of logSumExp adds the logSoftmax of the lane to it.
    const lanes = c.operation === 'logSumExp' ? { ...c, direction: 'forward' as const } : c;
    return hasLane(lanes, element, (lane) => {
      const max = maximumOf(lane);
      return lane.some((x) => Number.isFinite(x) && max - x > far);
    });
  },
  smallest: smallCase({ kernel: 'logSoftmax/forward', shape: [2], logits: [0, 128] }),
  shown: { element: 0, exact: -128 },
  given: { 'onnx-reference': gives('-Infinity') },
  cause:
    '`LogSoftmax._run` in `onnx/reference/ops/op_log_softmax.py` is `np.log` of `Softmax._run`, and `softmaxcrossentropy` in ' +
    '`op_softmax_cross_entropy_loss.py` takes `np.log(p)`: a p that is 0 or subnormal has lost the logit. Reported, and mended on the ' +
    'main branch, as onnx/onnx#8423.',
  workaround: 'Take `x - ReduceLogSumExp(x)`.',
  snippet: {
    on: 'onnx-reference',
    code: `${model("helper.make_node('LogSoftmax', ['x'], ['y'], axis=0)", 'TensorProto.FLOAT', "{'x': np.array([0, 128], np.float32)}")}
print(got)  # [-128. 0.]
sys.exit(0 if got[0] == -128 else 1)`,
    prints: '[-inf   0.]',
  },
  nearMiss: {
    case: smallCase({ kernel: 'logSoftmax/forward', shape: [2], logits: [0, 80] }),
    blame: 'onnx-reference',
    version,
    divergence: valueDivergence('inf', { got: -Infinity, exact: -80 }),
    because: 'e^−80 is a normal number in float32',
  },
};

/** The gap from which on a share is no normal number, at most. */
function farOf(c: Case): number {
  const { format } = c;
  if (!isHalf(format)) return format === 'float32' ? 87 : 708;
  return Math.floor(-formatFacts(format).logOfSmallestNormal) - Math.log(widthOf(c));
}

const infiniteLane: LedgerEntry = {
  id: 'onnx-infinite-lane',
  stage: 'special values',
  title: 'ReduceLogSumExp of a lane with nothing finite in it is NaN',
  affects,
  covers: { ...wrongValue, kernels: ['logSumExp/forward'], symptoms: ['nan'] },
  when: 'Each element of the lane is −∞ or +∞.',
  concerns: (c, element) =>
    hasLane(c, element, (lane) => lane.length > 0 && lane.every((x) => Math.abs(x) === Infinity)),
  gives: () => ({ value: NaN, slack: 0 }),
  smallest: smallCase({ kernel: 'logSumExp/forward', shape: [1], logits: [-Infinity] }),
  shown: { element: 0, exact: '-Infinity' },
  given: { 'onnx-reference': gives('NaN') },
  cause:
    '`compute_log_sum_exp` in `onnx/reference/ops/op_reduce_log_sum_exp.py` takes the maximum of the finite elements, which is −∞ where there ' +
    'is none, and subtracts it: −∞ + ∞ is NaN. Reported as onnx/onnx#8441.',
  workaround: 'Take `np.logaddexp.reduce`.',
  snippet: {
    on: 'onnx-reference',
    code: `${model("helper.make_node('ReduceLogSumExp', ['x'], ['y'], axes=[0], keepdims=0)", 'TensorProto.FLOAT', "{'x': np.array([-np.inf], np.float32)}")}
print(got)  # -inf
sys.exit(0 if got == -np.inf else 1)`,
    prints: 'nan',
  },
  nearMiss: {
    case: smallCase({ kernel: 'logSumExp/forward', shape: [2], logits: [-Infinity, 0] }),
    blame: 'onnx-reference',
    version,
    divergence: valueDivergence('nan', { got: NaN, exact: 0 }),
    because: 'something finite is in the lane',
  },
};

const noElements: LedgerEntry = {
  id: 'onnx-empty-loss',
  stage: 'special values',
  title: 'SoftmaxCrossEntropyLoss of no elements raises',
  affects,
  covers: {
    ...throwing,
    kernels: ['crossEntropy/forward'],
    message: /zero-size array to reduction|cannot reshape array of size 0/,
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
  given: { 'onnx-reference': throws('ValueError: cannot reshape array of size 0 into shape (0,1,newaxis)') },
  cause:
    '`softmaxcrossentropy` in `onnx/reference/ops/op_softmax_cross_entropy_loss.py` reshapes to `(N, C, -1)`, which says nothing of the last ' +
    'size where N or C is 0, and takes `np.max` over classes that may be none. `Softmax` returns its input there, since onnx/onnx#7206. ' +
    'Whether the loss is reported was not looked up.',
  workaround: 'Ask for `x.size` first.',
  snippet: {
    on: 'onnx-reference',
    code: `node = helper.make_node('SoftmaxCrossEntropyLoss', ['x', 'target'], ['y'], reduction='sum')
inputs = [
    helper.make_tensor_value_info('x', TensorProto.FLOAT, [0, 1]),
    helper.make_tensor_value_info('target', TensorProto.INT64, [0]),
]
outputs = [helper.make_tensor_value_info('y', TensorProto.FLOAT, None)]
graph = helper.make_graph([node], 'one', inputs, outputs)
model = helper.make_model(graph, opset_imports=[helper.make_opsetid('', 13)], ir_version=8)
try:
    feeds = {'x': np.zeros((0, 1), np.float32), 'target': np.zeros(0, np.int64)}
    print(ReferenceEvaluator(model).run(None, feeds)[0])  # 0.0
except ValueError as error:
    print(error)
    sys.exit(1)`,
    prints: 'cannot reshape array of size 0 into shape (0,1,newaxis)',
  },
  nearMiss: {
    case: smallCase({
      kernel: 'crossEntropy/forward',
      shape: [1, 1],
      logits: [0],
      classes: [0],
      reduction: 'sum',
    }),
    blame: 'onnx-reference',
    version,
    divergence: conductDivergence(
      'threw',
      'ValueError: cannot reshape array of size 0 into shape (0,1,newaxis)',
    ),
    because: 'there is an element',
  },
};

const runningSum = numpySumEntry('onnx-reference', version, {
  id: 'onnx-running-sum',
  alsoOf: ['crossEntropy/forward'],
  cause:
    'The evaluator adds by NumPy’s `sum`, which adds in pairs along the fastest axis only, as [its page](https://numpy.org/doc/stable/reference/generated/numpy.sum.html) ' +
    'says. A choice, and told as inaccurate, not as wrong.',
  workaround: 'Transpose, so that the axis is the last.',
  snippet: {
    on: 'onnx-reference',
    code: `x = np.full((178, 2), -0.3, np.float32)
x[0] = 0
${model("helper.make_node('Softmax', ['x'], ['y'], axis=0)", 'TensorProto.FLOAT', "{'x': x}")}
print(float(got[0, 0]))  # 0.007568600460750372
sys.exit(0 if abs(got[0, 0] / 0.007568600460750372 - 1) < 1e-6 else 1)`,
    prints: '0.00756858428940177',
  },
});

const halfSum = numpyHalfSumEntry('onnx-reference', version, {
  id: 'onnx-half-sum',
  takes: ['float16', 'bfloat16'],
  alsoOf: ['crossEntropy/forward'],
  isLogOfShare: true,
  given: { 'onnx-reference': gives(2 ** -8) },
  cause:
    'The evaluator adds by NumPy’s `sum`. Of ml_dtypes’ bfloat16 that rounds after each addition: from 256 ones on it stays where it is. Of float16 it does so ' +
    'along another axis than the fastest, and stays at 2,048. Not looked up.',
  workaround: 'Cast to float32 before the node.',
  snippet: {
    on: 'onnx-reference',
    code: `import ml_dtypes
${model("helper.make_node('Softmax', ['x'], ['y'], axis=0)", 'TensorProto.BFLOAT16', "{'x': np.zeros(4096, ml_dtypes.bfloat16)}")}
print(float(got[0]))  # 0.000244140625
sys.exit(0 if float(got[0]) == 2**-12 else 1)`,
    prints: '0.00390625',
  },
});

export const onnxEntries: readonly LedgerEntry[] = [
  logOfSoftmax,
  infiniteLane,
  noElements,
  halfSum,
  runningSum,
];
