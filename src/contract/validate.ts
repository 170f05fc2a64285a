/** The contract's rules for arguments: each error names the argument and its value. Computes nothing. */
import { numberText } from '../float/decimal.ts';
import {
  halfFormats,
  isFloatArray,
  isIndexArray,
  type FloatArray,
  type HalfFormat,
} from '../float/format.ts';
import { lanesOf, type Lanes } from '../tensor/lanes.ts';
import { floatsOf, isSameShape, tensorFormat, type FloatTensor, type IndexTensor } from '../tensor/tensor.ts';
import { reductions, type CrossEntropyOptions, type Reduction, type Target } from './subject.ts';

/**
 * @throws TypeError or RangeError unless it is a dense float tensor whose data has as many elements as its
 * shape, and which says what its bits are where those are all that it has.
 */
export function checkTensor(name: string, tensor: FloatTensor): void {
  const data: unknown = tensor?.data;
  const dtype: unknown = (tensor as { readonly dtype?: unknown } | undefined)?.dtype;
  if (isFloatArray(data)) {
    if (isHalfName(dtype))
      throw new TypeError(
        `${name}.dtype is ${describe(dtype)}, and ${name}.data a ${data.constructor.name}: of halves it is a Uint16Array of their bits`,
      );
    checkShape(name, tensor.shape, data.length);
    return;
  }
  if (data instanceof Uint16Array) {
    if (!isHalfName(dtype))
      throw new TypeError(
        `${name}.data is a Uint16Array, and ${name}.dtype is ${describe(dtype)}, not one of ${halfFormats.join(', ')}`,
      );
    checkShape(name, tensor.shape, data.length);
    return;
  }
  throw new TypeError(`${name}.data is ${describe(data)}, not a Float32Array or Float64Array`);
}

function isHalfName(dtype: unknown): dtype is HalfFormat {
  return (halfFormats as readonly unknown[]).includes(dtype);
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
export function resolveLanes(x: FloatTensor, axis: number | undefined): Lanes {
  checkTensor('x', x);
  return lanesOf(x.shape, axis ?? -1);
}

/** @throws unless `dy` is a float tensor of the logits' format and of the forward output's shape. */
export function checkCotangent(
  dy: FloatTensor,
  { like, shape }: { like: FloatTensor; shape: readonly number[] },
): void {
  checkTensor('dy', dy);
  checkSameFormat('dy', dy, like);
  if (!isSameShape(dy.shape, shape)) {
    throw new RangeError(`dy has shape [${dy.shape.join(', ')}], and the output has [${shape.join(', ')}]`);
  }
}

export function checkSameFormat(name: string, tensor: FloatTensor, logits: FloatTensor): void {
  if (tensorFormat(tensor) === tensorFormat(logits)) return;
  throw new TypeError(`${name} is ${tensorFormat(tensor)}, and the logits are ${tensorFormat(logits)}`);
}

/** The arguments of cross-entropy, checked, with the defaults filled in, and halves decoded. */
export interface ResolvedOptions {
  readonly lanes: Lanes;
  /** One of the two is null. */
  readonly indices: Int32Array | null;
  readonly probabilities: FloatArray | null;
  readonly reduction: Reduction;
  readonly labelSmoothing: number;
  readonly weight: FloatArray | null;
  readonly ignoreIndex: number | null;
  /** The shape of the loss. */
  readonly outputShape: readonly number[];
}

export function resolveLoss<T extends FloatTensor>(
  logits: T,
  target: Target<T>,
  options: CrossEntropyOptions<T>,
): ResolvedOptions {
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
  const weight =
    options.weight === undefined ? null : checkedWeight(options.weight, { logits, classes: lanes.length });
  const ignoreIndex = options.ignoreIndex ?? null;
  if (ignoreIndex !== null && !Number.isInteger(ignoreIndex)) {
    throw new RangeError(`ignoreIndex is ${describe(ignoreIndex)}, not an integer`);
  }
  const isIndex = isIndexArray(target?.data);
  if (isIndex) checkIndices(target as IndexTensor, { lanes, ignoreIndex });
  else checkProbabilities(target as T, { logits, ignoreIndex });
  return {
    lanes,
    indices: isIndex ? (target.data as Int32Array) : null,
    probabilities: isIndex ? null : floatsOf(target as T),
    reduction,
    labelSmoothing,
    weight,
    ignoreIndex,
    outputShape: reduction === 'none' ? lanes.outerShape : [],
  };
}

function checkedWeight(
  weight: FloatTensor,
  { logits, classes }: { logits: FloatTensor; classes: number },
): FloatArray {
  checkTensor('weight', weight);
  checkSameFormat('weight', weight, logits);
  if (weight.shape.length !== 1 || weight.shape[0] !== classes) {
    throw new RangeError(
      `weight has shape [${weight.shape.join(', ')}], not [${classes}], the number of classes`,
    );
  }
  const values = floatsOf(weight);
  for (let c = 0; c < values.length; c++) {
    const value = values[c]!;
    if (!(value >= 0 && value < Infinity))
      throw new RangeError(`weight[${c}] is ${numberText(value, tensorFormat(weight))}, not finite and ≥ 0`);
  }
  return values;
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
  target: FloatTensor,
  { logits, ignoreIndex }: { logits: FloatTensor; ignoreIndex: number | null },
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
