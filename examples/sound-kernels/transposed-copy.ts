/**
 * Sound: copies the tensors so that the classes come last, works
 * there, with four accumulators, and copies the answer back.
 */
import type { CrossEntropyOptions, SubjectModule, Target, Tensor } from 'logitfuzz';
import { kernelSet } from './kernel-set.ts';
import { gather, lanesAlong, scatter, zeros } from './lanes.ts';
import { inAccumulators, recipeOf } from './recipe.ts';

const onRows = kernelSet({
  name: 'rows',
  recipe: (round) => recipeOf(round, { sum: inAccumulators(round, 4) }),
});

function toRows(x: Tensor, axis: number): Tensor {
  const lanes = lanesAlong(x.shape, axis);
  const shape = x.shape.length === 0 ? x.shape : [...lanes.outerShape, lanes.length];
  const rows = zeros(shape, x);
  for (let lane = 0; lane < lanes.count; lane++)
    rows.data.set(gather(x.data, lanes, lane), lane * lanes.length);
  return { shape, data: rows.data };
}

function fromRows(rows: Tensor, shape: readonly number[], axis: number): Tensor {
  const lanes = lanesAlong(shape, axis);
  const x = zeros(shape, rows);
  for (let lane = 0; lane < lanes.count; lane++)
    scatter(rows.data.subarray(lane * lanes.length, (lane + 1) * lanes.length), x.data, lanes, lane);
  return x;
}

type Kernel = (...args: readonly unknown[]) => Tensor;

/**
 * Arguments of the logits' shape go there and back;
 * what has no class axis stands in the same order either way.
 */
function onTransposed(kernel: Kernel, isPerLogit: boolean): (...args: readonly unknown[]) => Tensor {
  return (...args) => {
    const x = args[0] as Tensor;
    const { axis = -1, ...options } = args.at(-1) as CrossEntropyOptions;
    const tensors = (args.slice(0, -1) as Target[]).map((tensor) =>
      tensor.shape.length === x.shape.length && !(tensor.data instanceof Int32Array)
        ? toRows(tensor as Tensor, axis)
        : tensor,
    );
    const answer = kernel(...tensors, { ...options, axis: -1 });
    return isPerLogit ? fromRows(answer, x.shape, axis) : answer;
  };
}

const perLogit = new Set(['softmax', 'logSoftmax']);
const kernels: SubjectModule = {
  name: 'transposed-copy',
  ...Object.fromEntries(
    Object.entries(onRows)
      .filter(([, kernel]) => typeof kernel === 'function')
      .map(([name, kernel]) => [
        name,
        onTransposed(kernel as unknown as Kernel, perLogit.has(name) || name.endsWith('Backward')),
      ]),
  ),
};
export default kernels;
