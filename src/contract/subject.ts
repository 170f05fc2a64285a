/** The subject contract: what an implementation exports to be fuzzed. Types only; fixed. */
import type { Format } from '../float/format.ts';
import type { FloatTensor, IndexTensor, Tensor } from '../tensor/tensor.ts';

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

/**
 * The options of the three cross-entropy kernels. `T` is what holds floats: `Tensor`, or `FloatTensor` where
 * halves are taken, too; here and below.
 */
export interface CrossEntropyOptions<T extends FloatTensor = Tensor> extends AxisOptions {
  /** Default 'mean'. */
  readonly reduction?: Reduction;
  /** ε in [0, 1]; default 0. */
  readonly labelSmoothing?: number;
  /** Shape [C], the logits' format, finite and ≥ 0; default all 1. */
  readonly weight?: T;
  /**
   * Positions whose class index equals it add nothing to loss, denominator or gradient. Index targets only.
   */
  readonly ignoreIndex?: number;
}

/**
 * Class indices (the logits' shape without the class axis), or probabilities (the logits' shape and format).
 */
export type Target<T extends FloatTensor = Tensor> = IndexTensor | T;

type MaybePromise<T> = T | Promise<T>;
type ForwardKernel<T extends FloatTensor> = (x: T, options: AxisOptions) => MaybePromise<T>;
type BackwardKernel<T extends FloatTensor> = (x: T, dy: T, options: AxisOptions) => MaybePromise<T>;
/** The result is a Tensor, too, where `arithmetic.lossDtype` says so of halves. */
type LossKernel<T extends FloatTensor> = (
  logits: T,
  target: Target<T>,
  options: CrossEntropyOptions<T>,
) => MaybePromise<T | Tensor>;
type LossBackwardKernel<T extends FloatTensor> = (
  logits: T,
  target: Target<T>,
  dy: T,
  options: CrossEntropyOptions<T>,
) => MaybePromise<T>;

/** The nine kernels that a subject may export; what each computes is in docs/contract.md. */
export interface Kernels<T extends FloatTensor = Tensor> {
  readonly softmax?: ForwardKernel<T>;
  /** `dy` has the output's shape, here and below; the result has the logits' shape. */
  readonly softmaxBackward?: BackwardKernel<T>;
  readonly logSoftmax?: ForwardKernel<T>;
  readonly logSoftmaxBackward?: BackwardKernel<T>;
  /** The output's shape is x's without the axis. */
  readonly logSumExp?: ForwardKernel<T>;
  readonly logSumExpBackward?: BackwardKernel<T>;
  /** Shape [] for 'mean' and 'sum', the logits' shape without the class axis for 'none'. */
  readonly crossEntropy?: LossKernel<T>;
  readonly crossEntropyBackward?: LossBackwardKernel<T>;
  /** The gradient with respect to probability targets. */
  readonly crossEntropyTargetBackward?: LossBackwardKernel<T>;
}

/** The name that a kernel is exported by. */
export type KernelName = keyof Kernels;

/**
 * What intermediate results of halves are stored in. fused: float32 inside, one rounding at the end.
 * composed: each stored tensor is rounded, sums are in float32. storage: the sums are in the format, too.
 */
export type HalfLevel = 'fused' | 'composed' | 'storage';
/** All levels, the strictest first. */
export const halfLevels: readonly HalfLevel[] = ['fused', 'composed', 'storage'];

/** Where a kernel's exp and log are known to be coarser than 1 ULP, or it flushes subnormals. */
export interface Arithmetic {
  readonly expUlps?: number;
  readonly logUlps?: number;
  readonly flushesSubnormals?: boolean;
  /**
   * The level by which answers to halves are judged. Absent, outside what careful fused arithmetic comes to
   * is inaccurate, and outside what naive composed arithmetic comes to is wrong.
   */
  readonly halves?: HalfLevel;
  /** What the loss of halves is returned in, where not in the format of the logits. */
  readonly lossDtype?: 'float32';
}

/** What is assumed of a kernel's arithmetic: what it declares, with the defaults filled in. */
export type AssumedArithmetic = Required<Pick<Arithmetic, 'expUlps' | 'logUlps' | 'flushesSubnormals'>> &
  Pick<Arithmetic, 'halves' | 'lossDtype'>;

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
export interface SubjectModule<T extends FloatTensor = Tensor> extends Kernels<T> {
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
