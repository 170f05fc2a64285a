/** One call of a kernel as a loop makes it. Draws nothing and compares nothing. */
import type {
  CrossEntropyOptions,
  KernelName,
  Reduction,
  SubjectModule,
  Target,
} from '../../contract/subject.ts';
import type { FloatArray } from '../../float/format.ts';
import type { Tensor } from '../../tensor/tensor.ts';

/** What a loss takes beside the logits. */
export interface LoopLoss {
  /** The class indices or the probabilities: one of the two is null. */
  readonly indices: Int32Array | null;
  readonly probabilities: FloatArray | null;
  readonly reduction: Reduction;
  readonly labelSmoothing: number;
  readonly weight: FloatArray | null;
  readonly ignoreIndex: number | null;
}

export interface LoopCall {
  readonly kernel: KernelName;
  readonly shape: readonly number[];
  /** In [0, rank); 0 for rank 0. */
  readonly axis: number;
  /** As it is passed; null where it is left out. */
  readonly passedAxis: number | null;
  readonly logits: FloatArray;
  /** The cotangent; null in a forward. */
  readonly dy: FloatArray | null;
  readonly loss: LoopLoss | null;
}

export interface Answer {
  readonly shape: readonly number[];
  readonly data: ArrayLike<number>;
}

/** The shape without the axis. */
export function outerShape({ shape, axis }: Pick<LoopCall, 'shape' | 'axis'>): readonly number[] {
  return shape.filter((_, i) => i !== axis);
}

/** The shape of the forward's output, and so of the cotangent. */
export function forwardShapeOf(
  call: Pick<LoopCall, 'kernel' | 'shape' | 'axis' | 'loss'>,
): readonly number[] {
  const { kernel, shape, loss } = call;
  if (loss !== null) return loss.reduction === 'none' ? outerShape(call) : [];
  return kernel.startsWith('logSumExp') ? outerShape(call) : shape;
}

/**
 * What the kernel answers, or a promise of it. It is given copies, and a loop with some care looks whether
 * they are as they were.
 * @throws whatever it throws, and where it has written to its logits.
 */
export function askKernel(module: SubjectModule, call: LoopCall): unknown {
  const { kernel, shape, logits, dy, loss, passedAxis } = call;
  const x: Tensor = { shape: [...shape], data: logits.slice() as FloatArray };
  const cotangent: Tensor[] =
    dy === null ? [] : [{ shape: [...forwardShapeOf(call)], data: dy.slice() as FloatArray }];
  const axis = passedAxis === null ? {} : { axis: passedAxis };
  const rest =
    loss === null
      ? [...cotangent, axis]
      : [targetOf(call, loss), ...cotangent, { ...axis, ...optionsOf(loss) }];
  const answer = (module[kernel] as (...args: readonly unknown[]) => unknown)(x, ...rest);
  for (let i = 0; i < logits.length; i++)
    if (!Object.is(x.data[i], logits[i])) throw new Error('the logits were written to');
  return answer;
}

function targetOf(call: LoopCall, { indices, probabilities }: LoopLoss): Target {
  return indices === null
    ? { shape: [...call.shape], data: probabilities!.slice() as FloatArray }
    : { shape: outerShape(call), data: indices.slice() };
}

function optionsOf({ reduction, labelSmoothing, weight, ignoreIndex }: LoopLoss): CrossEntropyOptions {
  return {
    reduction,
    ...(labelSmoothing === 0 ? {} : { labelSmoothing }),
    ...(weight === null ? {} : { weight: { shape: [weight.length], data: weight.slice() as FloatArray } }),
    ...(ignoreIndex === null ? {} : { ignoreIndex }),
  };
}
