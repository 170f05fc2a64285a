/** A Case written by hand, from nested arrays or tensors: what a test need not say is filled in. */
import type { CallForm } from '../case/call-form.ts';
import { whyInvalid } from '../case/case-check.ts';
import { forwardShape, type Case, type Loss } from '../case/case.ts';
import type { Direction, Operation, Reduction, Target } from '../contract/subject.ts';
import {
  createFloatArray,
  decodedHalves,
  floatArrayFrom,
  formatFacts,
  formatOf,
  isHalf,
  isIndexArray,
  type Format,
} from '../float/format.ts';
import { sizeOf, type FloatTensor, type IndexTensor, type Tensor } from '../tensor/tensor.ts';

/** Numbers nested as the shape is: `[[1, 2], [3, 4]]` is [2, 2], a number alone is []. */
export type Numbers = number | readonly Numbers[];
/** A tensor, or numbers, which are rounded to the case's format: a finite one is to stay finite. */
export type GivenTensor = FloatTensor | Numbers;

/** What `kernelCase` makes a case of. */
export interface GivenCase {
  readonly operation: Operation;
  /** Default forward. */
  readonly direction?: Direction;
  /** The format that nested numbers are rounded to; default float32. A tensor of logits has its own. */
  readonly format?: Format;
  /** Default −1. */
  readonly axis?: number;
  readonly logits: GivenTensor;
  /** The cotangent, of the forward output's shape; default all 1. Only for gradients. */
  readonly dy?: GivenTensor;
  /**
   * The target of crossEntropy, and only there: class indices where
   * nested one level less than the logits, else probabilities.
   */
  readonly target?: IndexTensor | GivenTensor;
  readonly reduction?: Reduction;
  readonly labelSmoothing?: number;
  readonly weight?: GivenTensor;
  readonly ignoreIndex?: number;
  /** How the kernel is called; default the plain way. */
  readonly call?: CallForm;
}

/**
 * A Case written by hand.
 * @throws RangeError naming what is wrong with it: no implementation is asked a case that the contract
 * forbids.
 */
export function kernelCase(given: GivenCase): Case {
  const { operation, direction = 'forward', axis = -1 } = given;
  const format = formatIn(given);
  const logits = tensorFrom('logits', given.logits, format);
  const loss = lossFrom(given, { logits, format });
  const call = given.call === undefined ? {} : { call: given.call };
  const base = { operation, direction, format, axis, logits, ...(loss === null ? {} : { loss }), ...call };
  const c: Case = { ...base, regimes: [], checks: [] };
  const reason = whyInvalid(direction === 'forward' ? c : withCotangent(c, given.dy));
  if (reason !== null) throw new RangeError(reason);
  if (direction !== 'forward') return withCotangent(c, given.dy);
  if (given.dy !== undefined) throw new RangeError('dy is there for forward');
  return c;
}

/** @throws RangeError where a half is asked for, and the logits are a tensor of something else. */
function formatIn({ logits, format }: GivenCase): Format {
  if (!isTensor(logits)) return format ?? 'float32';
  const own = formatOfTensor(logits);
  if (format !== undefined && format !== own && (isHalf(format) || isHalf(own)))
    throw new RangeError(`format is ${format}, and logits is a tensor of ${own}`);
  return own;
}

function formatOfTensor(tensor: FloatTensor): Format {
  return 'dtype' in tensor ? tensor.dtype : formatOf(tensor.data);
}

function withCotangent(c: Case, dy: GivenTensor | undefined): Case {
  if (dy !== undefined) return { ...c, cotangent: tensorFrom('dy', dy, c.format) };
  const shape = forwardShape(c);
  return { ...c, cotangent: { shape, data: createFloatArray(c.format, sizeOf(shape)).fill(1) } };
}

function lossFrom(
  given: GivenCase,
  { logits, format }: { readonly logits: Tensor; readonly format: Format },
): Loss | null {
  const { target, reduction = 'mean', labelSmoothing = 0, weight, ignoreIndex } = given;
  const named = {
    target,
    reduction: given.reduction,
    labelSmoothing: given.labelSmoothing,
    weight,
    ignoreIndex,
  };
  if (given.operation !== 'crossEntropy') {
    const stray = Object.entries(named).find(([, value]) => value !== undefined);
    if (stray !== undefined) throw new RangeError(`${stray[0]} is there for ${given.operation}`);
    return null;
  }
  if (target === undefined) throw new RangeError('target is missing for crossEntropy');
  return {
    target: targetFrom(target, { logits, format }),
    reduction,
    labelSmoothing,
    ...(weight === undefined ? {} : { weight: tensorFrom('weight', weight, format) }),
    ...(ignoreIndex === undefined ? {} : { ignoreIndex }),
  };
}

function targetFrom(
  target: IndexTensor | GivenTensor,
  { logits, format }: { readonly logits: Tensor; readonly format: Format },
): Target {
  if (isTensor(target))
    return isIndexArray(target.data)
      ? (target as IndexTensor)
      : tensorFrom('target', target as FloatTensor, format);
  const shape = shapeOf('target', target);
  if (shape.length >= Math.max(logits.shape.length, 1)) return tensorFrom('target', target, format);
  const indices = flat(target);
  const stray = indices.find((index) => !Number.isInteger(index));
  if (stray !== undefined) throw new RangeError(`target ${stray} is no class index`);
  return { shape, data: Int32Array.from(indices) };
}

function isTensor<T extends FloatTensor | IndexTensor>(given: T | Numbers): given is T {
  return typeof given === 'object' && 'data' in given;
}

function tensorFrom(name: string, given: GivenTensor, format: Format): Tensor {
  if (isTensor(given)) return valuesFrom(name, given, format);
  const shape = shapeOf(name, given);
  const numbers = flat(given);
  const data = floatArrayFrom(format, numbers);
  const at = data.findIndex((value, i) => Number.isFinite(numbers[i]) && !Number.isFinite(value));
  if (at >= 0)
    throw new RangeError(
      `${name} holds ${numbers[at]}, which is beyond the largest number of ${format}, ${formatFacts(format).largestFinite}`,
    );
  return { shape, data };
}

/** The tensor as cases hold it: the bits of halves as the numbers that they are. */
function valuesFrom(name: string, tensor: FloatTensor, format: Format): Tensor {
  if (!('dtype' in tensor) && !isHalf(format)) return tensor;
  const own = formatOfTensor(tensor);
  if (own !== format) throw new RangeError(`${name} is a tensor of ${own}, and the logits are ${format}`);
  if (!isHalf(own)) return tensor as Tensor;
  return { shape: tensor.shape, data: decodedHalves(tensor.data, own) };
}

/** @throws RangeError where the nesting is uneven. */
function shapeOf(name: string, numbers: Numbers): readonly number[] {
  if (typeof numbers === 'number') return [];
  const [first] = numbers;
  const inner = first === undefined ? [] : shapeOf(name, first);
  for (const other of numbers) {
    if (shapeOf(name, other).join() !== inner.join())
      throw new RangeError(`${name} is nested unevenly: its parts differ in shape`);
  }
  return [numbers.length, ...inner];
}

function flat(numbers: Numbers): readonly number[] {
  return typeof numbers === 'number' ? [numbers] : numbers.flatMap((part) => flat(part));
}
