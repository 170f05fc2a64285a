/** Mutants that look for a lane in the wrong place. */
import { resolveAxis } from '../../tensor/lanes.ts';
import { gather } from '../host/lane-steps.ts';
import { withSteps } from '../host/mutate.ts';
import type { Mutant } from './mutant.ts';

export const axisMutants: readonly Mutant[] = [
  {
    name: 'reshape-not-transpose',
    class: 'axis and stride',
    stage: 'strides',
    change: 'softmax reads each lane from neighbouring positions, as if its axis were the last.',
    seen: 'tracel-ai/burn#4815: softmax of a transposed tensor was that of the underlying storage',
    isGradient: false,
    isSubtle: true,
    create: withSteps('softmax', () => ({ position: ({ length }, lane, k) => lane * length + k })),
  },
  {
    name: 'stride-of-the-first-axis',
    class: 'axis and stride',
    stage: 'strides',
    change: 'logSoftmax along the middle axis of rank 3 takes the size of the first axis for the stride.',
    seen: 'pytorch/executorch#8595: the optimized log_softmax was wrong along a dimension that is not contiguous',
    isGradient: false,
    isSubtle: true,
    create: withSteps('logSoftmax', (sound) => ({
      lanes(shape, axis) {
        const lanes = sound.lanes(shape, axis);
        const isMiddle = shape.length === 3 && lanes.axis === 1 && lanes.count > 0;
        return isMiddle ? { ...lanes, stride: shape[0]! } : lanes;
      },
    })),
  },
  {
    name: 'negative-axis-is-last',
    class: 'axis and stride',
    stage: 'strides',
    change: 'logSoftmaxBackward takes every negative axis for the last one.',
    seen: 'tensorflow/tensorflow#14920: tf.nn.softmax knew −1 as the only negative axis',
    isGradient: true,
    isSubtle: true,
    create: withSteps('logSoftmaxBackward', (sound) => ({
      lanes: (shape, axis) => sound.lanes(shape, axis < 0 ? -1 : axis),
    })),
  },
  {
    name: 'lowest-axis-is-last',
    class: 'axis and stride',
    stage: 'strides',
    change: 'softmaxBackward takes the axis −rank, the first, for the last.',
    seen: 'chainer/chainer#5496: a shape was cut at axis + 1, which is wrong for one of the negative axes',
    isGradient: true,
    isSubtle: true,
    create: withSteps('softmaxBackward', (sound) => ({
      lanes: (shape, axis) => sound.lanes(shape, axis === -shape.length ? -1 : axis),
    })),
  },
  {
    name: 'stride-of-the-last-axis',
    class: 'axis and stride',
    stage: 'strides',
    change:
      'logSumExp along axis 0 takes the size of the last axis alone for the stride, which rank 3 and more feel.',
    seen: 'ROCm/rocm-libraries#11387: the geometry of softmax was derived from a few lengths, and addressed the wrong elements',
    isGradient: false,
    isSubtle: true,
    create: withSteps('logSumExp', (sound) => ({
      lanes(shape, axis) {
        const lanes = sound.lanes(shape, axis);
        const isFirst = shape.length >= 3 && lanes.axis === 0 && lanes.count > 0;
        return isFirst ? { ...lanes, stride: shape[shape.length - 1]! } : lanes;
      },
    })),
  },
  {
    name: 'pairs-share-a-maximum',
    class: 'axis and stride',
    stage: 'shift',
    change: "crossEntropy shifts every second lane by the lane before's maximum.",
    seen: 'KarhouTam/cuda-kernels#1: threads of a warp summed with maxima of their own',
    isGradient: false,
    isSubtle: true,
    create: withSteps('crossEntropy', (sound) => ({
      max(x, place) {
        const { data, lanes, lane } = place;
        return sound.max(lane % 2 === 0 ? x : gather(sound, data, lanes, lane - 1), place);
      },
    })),
  },
  {
    name: 'rank-five-is-flat',
    class: 'axis and stride',
    stage: 'strides',
    change: 'crossEntropyBackward of rank 5 and more takes any axis for the last.',
    seen: 'none found',
    isGradient: true,
    isSubtle: true,
    create: withSteps('crossEntropyBackward', (sound) => ({
      position: (lanes, lane, k) =>
        lanes.outerShape.length >= 4 ? lane * lanes.length + k : sound.position(lanes, lane, k),
    })),
  },
  {
    name: 'coerced-to-two-axes',
    class: 'axis and stride',
    stage: 'strides',
    change: 'softmax normalises over its axis and all that follow, as ONNX did before opset 13.',
    seen: 'openvinotoolkit/openvino#37823, apache/tvm#19420: softmax of ONNX opsets before and after 13 confused',
    isGradient: false,
    isSubtle: true,
    create: withSteps('softmax', (sound) => ({
      lanes(shape, axis) {
        const lanes = sound.lanes(shape, axis);
        const { length, stride, count } = lanes;
        return count === 0 ? lanes : { ...lanes, length: length * stride, stride: 1, count: count / stride };
      },
    })),
  },
  {
    name: 'axis-counted-without-ones',
    class: 'axis and stride',
    stage: 'strides',
    change: 'logSoftmax counts an axis from the front among the sizes that are not 1.',
    seen: 'none found',
    isGradient: false,
    isSubtle: true,
    create: withSteps('logSoftmax', (sound) => ({
      lanes(shape, axis) {
        const squeezed = [...shape.keys()].filter((at) => shape[at] !== 1);
        return sound.lanes(shape, squeezed[axis] ?? resolveAxis(axis, shape.length));
      },
    })),
  },
];
