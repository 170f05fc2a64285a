/** The subject contract: what an implementation exports to be fuzzed. Types only; fixed. */
import type { Format } from '../float/format.ts';
import type { IndexTensor, Tensor } from '../tensor/tensor.ts';

/** What is computed, whichever way: each operation has a forward and at least one gradient. */
export type Operation = 'softmax' | 'logSoftmax' | 'logSumExp' | 'crossEntropy';
/**
 * The result itself, or a gradient: backward is with respect to the logits, targetBackward to probability
 * targets.
 */
export type Direction = 'forward' | 'backward' | 'targetBackward';
/** How the losses of the positions become one result: their mean, their sum, or each as it is. */
export type Reduction = 'mean' | 'sum' | 'none';

/** All operations, in the order of `kernelTable`. */
export const operations: readonly Operation[] = ['softmax', 'logSoftmax', 'logSumExp', 'crossEntropy'];
/** All directions; which operation has which is in `kernelTable`. */
export const directions: readonly Direction[] = ['forward', 'backward', 'targetBackward'];
/** All reductions, the default first. */
export const reductions: readonly Reduction[] = ['mean', 'sum', 'none'];

/** The options of softmax, logSoftmax, logSumExp and their gradients. */
export interface AxisOptions {
  /** The axis of the lanes, in [−rank, rank − 1]; default −1. Rank 0 accepts 0 and −1. */
  readonly axis?: number;
}

/** The options of the three cross-entropy kernels. */
export interface CrossEntropyOptions extends AxisOptions {
  /** Default 'mean'. */
  readonly reduction?: Reduction;
  /** ε in [0, 1]; default 0. */
  readonly labelSmoothing?: number;
  /** Shape [C], the logits' format, finite and ≥ 0; default all 1. */
  readonly weight?: Tensor;
  /**
   * Positions whose class index equals it add nothing to loss, denominator or gradient. Index targets only.
   */
  readonly ignoreIndex?: number;
}

/**
 * Class indices (the logits' shape without the class axis), or probabilities (the logits' shape and format).
 */
export type Target = IndexTensor | Tensor;

type MaybePromise<T> = T | Promise<T>;
type ForwardKernel = (x: Tensor, options: AxisOptions) => MaybePromise<Tensor>;
type BackwardKernel = (x: Tensor, dy: Tensor, options: AxisOptions) => MaybePromise<Tensor>;
type LossKernel = (logits: Tensor, target: Target, options: CrossEntropyOptions) => MaybePromise<Tensor>;
type LossBackwardKernel = (
  logits: Tensor,
  target: Target,
  dy: Tensor,
  options: CrossEntropyOptions,
) => MaybePromise<Tensor>;

/** The nine kernels that a subject may export; what each computes is in docs/contract.md. */
export interface Kernels {
  readonly softmax?: ForwardKernel;
  /** `dy` has the output's shape, here and below; the result has the logits' shape. */
  readonly softmaxBackward?: BackwardKernel;
  readonly logSoftmax?: ForwardKernel;
  readonly logSoftmaxBackward?: BackwardKernel;
  /** The output's shape is x's without the axis. */
  readonly logSumExp?: ForwardKernel;
  readonly logSumExpBackward?: BackwardKernel;
  /** Shape [] for 'mean' and 'sum', the logits' shape without the class axis for 'none'. */
  readonly crossEntropy?: LossKernel;
  readonly crossEntropyBackward?: LossBackwardKernel;
  /** The gradient with respect to probability targets. */
  readonly crossEntropyTargetBackward?: LossBackwardKernel;
}

/** The name that a kernel is exported by. */
export type KernelName = keyof Kernels;

/** Where a kernel's exp and log are known to be coarser than 1 ULP, or it flushes subnormals. */
export interface Arithmetic {
  readonly expUlps?: number;
  readonly logUlps?: number;
  readonly flushesSubnormals?: boolean;
}

/** Which axis lanes may lie along: any, or only the last. */
export type AxisSupport = 'any' | 'last';
/**
 * Which empty cases are asked: 'lanes' are those without a lane, 'classes' those whose lanes have no
 * elements.
 */
export type EmptySupport = 'none' | 'lanes' | 'classes' | 'any';
/** The two kinds of target that cross-entropy takes. */
export type TargetSupport = 'indices' | 'probabilities';

/** What a subject takes: what is drawn for it at all. Each key that is left out restricts nothing. */
export interface Supports {
  readonly formats?: readonly Format[];
  /** The least and the largest rank of the logits. */
  readonly rank?: readonly [number, number];
  readonly axis?: AxisSupport;
  readonly empty?: EmptySupport;
  readonly crossEntropy?: CrossEntropySupports;
  /** Most elements of the logits. */
  readonly maxElements?: number;
}

/** The options of cross-entropy: what is listed is drawn, and what is false is left out of every call. */
export interface CrossEntropySupports {
  readonly target?: readonly TargetSupport[];
  readonly reduction?: readonly Reduction[];
  readonly labelSmoothing?: boolean;
  readonly weight?: boolean;
  readonly ignoreIndex?: boolean;
}

/** A module with any subset of the kernels. A missing export is not asked. */
export interface SubjectModule extends Kernels {
  readonly name?: string;
  readonly version?: string;
  readonly arithmetic?: Arithmetic;
  readonly supports?: Supports;
  /** True where every kernel throws on invalid arguments: it is asked some then. */
  readonly refuses?: boolean;
}

/** Every operation and direction that exists, with the export that computes it. */
export const kernelTable: readonly { operation: Operation; direction: Direction; kernel: KernelName }[] = [
  { operation: 'softmax', direction: 'forward', kernel: 'softmax' },
  { operation: 'softmax', direction: 'backward', kernel: 'softmaxBackward' },
  { operation: 'logSoftmax', direction: 'forward', kernel: 'logSoftmax' },
  { operation: 'logSoftmax', direction: 'backward', kernel: 'logSoftmaxBackward' },
  { operation: 'logSumExp', direction: 'forward', kernel: 'logSumExp' },
  { operation: 'logSumExp', direction: 'backward', kernel: 'logSumExpBackward' },
  { operation: 'crossEntropy', direction: 'forward', kernel: 'crossEntropy' },
  { operation: 'crossEntropy', direction: 'backward', kernel: 'crossEntropyBackward' },
  { operation: 'crossEntropy', direction: 'targetBackward', kernel: 'crossEntropyTargetBackward' },
];

/** The names of all kernels, in the order of `kernelTable`. */
export const kernelNames: readonly KernelName[] = kernelTable.map(({ kernel }) => kernel);

/**
 * The place in `kernelTable` of each operation and direction, which is asked for several times in every case.
 */
const kernelPlaces: Readonly<Record<Operation, Partial<Record<Direction, number>>>> = {
  softmax: placesOf('softmax'),
  logSoftmax: placesOf('logSoftmax'),
  logSumExp: placesOf('logSumExp'),
  crossEntropy: placesOf('crossEntropy'),
};

function placesOf(operation: Operation): Partial<Record<Direction, number>> {
  const places: Partial<Record<Direction, number>> = {};
  for (const [place, row] of kernelTable.entries())
    if (row.operation === operation) places[row.direction] = place;
  return places;
}

/**
 * The place of a kernel in `kernelTable`.
 * @throws RangeError if the operation has no such direction.
 */
export function kernelPlaceOf(operation: Operation, direction: Direction): number {
  const place = kernelPlaces[operation][direction];
  if (place === undefined) throw new RangeError(`${operation} has no ${direction}`);
  return place;
}

/**
 * The name of the kernel that computes an operation in a direction.
 * @throws RangeError if the operation has no such direction.
 */
export function kernelNameOf(operation: Operation, direction: Direction): KernelName {
  return kernelTable[kernelPlaceOf(operation, direction)]!.kernel;
}
