/** The contract's rules for arguments: each error names the argument and its value. Computes nothing. */
import { numberText } from '../float/decimal.ts';
import { formatOf, isFloatArray, isIndexArray } from '../float/format.ts';
import { lanesOf, type Lanes } from '../tensor/lanes.ts';
import { isSameShape, type IndexTensor, type Tensor } from '../tensor/tensor.ts';
import { reductions, type CrossEntropyOptions, type Reduction, type Target } from './subject.ts';

/**
 * @throws TypeError or RangeError unless it is a dense float tensor whose data has as many elements as its
 * shape.
 */
export function checkTensor(name: string, tensor: Tensor): void {
  const data: unknown = tensor?.data;
  if (isFloatArray(data)) {
    checkShape(name, tensor.shape, data.length);
    return;
  }
  throw new TypeError(`${name}.data is ${describe(data)}, not a Float32Array or Float64Array`);
}

function checkShape(name: string, shape: readonly number[], elements: number): void {
  if (!Array.isArray(shape))
    throw new TypeError(`${name}.shape is ${describe(shape)}, not an array of sizes`);
  let count = 1;
  for (let i = 0; i < shape.length; i++) {
    const size = shape[i] as number;
    if (!Number.isInteger(size) || size < 0) {
      throw new RangeError(`${name}.shape has the size ${describe(size)}, which is no integer ≥ 0`);
    }
    count *= size;
  }
  if (count !== elements) {
    throw new RangeError(
      `${name}.data has ${elements} elements, and its shape [${shape.join(', ')}] asks for ${count}`,
    );
  }
}

/** Checks `x` and `axis`. */
export function resolveLanes(x: Tensor, axis: number | undefined): Lanes {
  checkTensor('x', x);
  return lanesOf(x.shape, axis ?? -1);
}

/** @throws unless `dy` is a float tensor of the logits' format and of the forward output's shape. */
export function checkCotangent(
  dy: Tensor,
  { like, shape }: { like: Tensor; shape: readonly number[] },
): void {
  checkTensor('dy', dy);
  checkSameFormat('dy', dy, like);
  if (!isSameShape(dy.shape, shape)) {
    throw new RangeError(`dy has shape [${dy.shape.join(', ')}], and the output has [${shape.join(', ')}]`);
  }
}

function checkSameFormat(name: string, tensor: Tensor, logits: Tensor): void {
  if (formatOf(tensor.data) === formatOf(logits.data)) return;
  throw new TypeError(`${name} is ${formatOf(tensor.data)}, and the logits are ${formatOf(logits.data)}`);
}

/** The arguments of cross-entropy, checked, with the defaults filled in. */
export interface ResolvedOptions {
  readonly lanes: Lanes;
  /** One of the two is null. */
  readonly indices: Int32Array | null;
  readonly probabilities: Float32Array | Float64Array | null;
  readonly reduction: Reduction;
  readonly labelSmoothing: number;
  readonly weight: Float32Array | Float64Array | null;
  readonly ignoreIndex: number | null;
  /** The shape of the loss. */
  readonly outputShape: readonly number[];
}

export function resolveLoss(logits: Tensor, target: Target, options: CrossEntropyOptions): ResolvedOptions {
  checkTensor('logits', logits);
  const lanes = lanesOf(logits.shape, options.axis ?? -1);
  const reduction = options.reduction ?? 'mean';
  if (reduction !== 'mean' && reduction !== 'sum' && reduction !== 'none') {
    throw new RangeError(`reduction is ${describe(reduction)}, not one of ${reductions.join(', ')}`);
  }
  const labelSmoothing = options.labelSmoothing ?? 0;
  if (!(labelSmoothing >= 0 && labelSmoothing <= 1)) {
    throw new RangeError(`labelSmoothing is ${describe(labelSmoothing)}, not within [0, 1]`);
  }
  const { weight } = options;
  if (weight !== undefined) checkWeight(weight, { logits, classes: lanes.length });
  const ignoreIndex = options.ignoreIndex ?? null;
  if (ignoreIndex !== null && !Number.isInteger(ignoreIndex)) {
    throw new RangeError(`ignoreIndex is ${describe(ignoreIndex)}, not an integer`);
  }
  const isIndex = isIndexArray(target?.data);
  if (isIndex) checkIndices(target as IndexTensor, { lanes, ignoreIndex });
  else checkProbabilities(target as Tensor, { logits, ignoreIndex });
  return {
    lanes,
    indices: isIndex ? (target.data as Int32Array) : null,
    probabilities: isIndex ? null : (target as Tensor).data,
    reduction,
    labelSmoothing,
    weight: weight === undefined ? null : weight.data,
    ignoreIndex,
    outputShape: reduction === 'none' ? lanes.outerShape : [],
  };
}

function checkWeight(weight: Tensor, { logits, classes }: { logits: Tensor; classes: number }): void {
  checkTensor('weight', weight);
  checkSameFormat('weight', weight, logits);
  if (weight.shape.length !== 1 || weight.shape[0] !== classes) {
    throw new RangeError(
      `weight has shape [${weight.shape.join(', ')}], not [${classes}], the number of classes`,
    );
  }
  const { data } = weight;
  for (let c = 0; c < data.length; c++) {
    const value = data[c]!;
    if (!(value >= 0 && value < Infinity))
      throw new RangeError(`weight[${c}] is ${numberText(value, formatOf(data))}, not finite and ≥ 0`);
  }
}

function checkIndices(
  target: IndexTensor,
  { lanes, ignoreIndex }: { lanes: Lanes; ignoreIndex: number | null },
): void {
  checkShape('target', target.shape, target.data.length);
  if (!isSameShape(target.shape, lanes.outerShape)) {
    const wanted = lanes.outerShape.join(', ');
    throw new RangeError(
      `target has shape [${target.shape.join(', ')}], not [${wanted}], the logits' without the class axis`,
    );
  }
  const { data } = target;
  for (let i = 0; i < data.length; i++) {
    const index = data[i]!;
    if ((index >= 0 && index < lanes.length) || index === ignoreIndex) continue;
    throw new RangeError(
      `target[${i}] is the class ${index}, not within [0, ${lanes.length}) and not ignoreIndex`,
    );
  }
}

function checkProbabilities(
  target: Tensor,
  { logits, ignoreIndex }: { logits: Tensor; ignoreIndex: number | null },
): void {
  checkTensor('target', target);
  checkSameFormat('target', target, logits);
  if (!isSameShape(target.shape, logits.shape)) {
    throw new RangeError(
      `target has shape [${target.shape.join(', ')}], and the logits have [${logits.shape.join(', ')}]`,
    );
  }
  if (ignoreIndex !== null)
    throw new RangeError(`ignoreIndex is ${ignoreIndex}, which goes with class indices only`);
}

/** @throws TypeError for class indices, which have no gradient. */
export function checkHasTargetGradient({ indices }: ResolvedOptions): void {
  if (indices !== null)
    throw new TypeError('target holds class indices (Int32Array), which have no gradient');
}

function describe(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value) : String(value);
}
