/**
 * The tensors of a case: one walk for whoever reads, copies, counts or maps them. Looks into none of them.
 */
import type { Target } from '../contract/subject.ts';
import type { ElementFormat, Format } from '../float/format.ts';
import type { AnyTensor, IndexTensor, Tensor } from '../tensor/tensor.ts';
import { forwardKind, isIndexTarget, type Case, type OutputKind } from './case.ts';

/** The names of a kernel's arguments. */
export type TensorName = 'logits' | 'target' | 'dy' | 'weight';

/** What there is one element for: as of an output, or for each class. */
export type TensorKind = OutputKind | 'per class';

interface CasePart {
  readonly name: TensorName;
  readonly kind: TensorKind;
  /** The format of its elements, which the case says and not the array. */
  readonly format: ElementFormat;
}

export interface FloatPart extends CasePart {
  readonly format: Format;
  readonly tensor: Tensor;
}

/** A target of class indices. */
export interface IndexPart extends CasePart {
  readonly name: 'target';
  readonly kind: 'per lane';
  readonly format: 'int32';
  readonly tensor: IndexTensor;
}

export type CaseTensor = FloatPart | IndexPart;

/**
 * Those that are there, in the order of a kernel's arguments:
 * logits, target, dy, and the weight among its options.
 */
export function tensorsOf(c: Case): readonly CaseTensor[] {
  const { format, logits, cotangent, loss } = c;
  const tensors: CaseTensor[] = [{ name: 'logits', kind: 'like logits', format, tensor: logits }];
  if (loss !== undefined) tensors.push(targetPart(loss.target, format));
  if (cotangent !== undefined) tensors.push({ name: 'dy', kind: forwardKind(c), format, tensor: cotangent });
  if (loss?.weight !== undefined)
    tensors.push({ name: 'weight', kind: 'per class', format, tensor: loss.weight });
  return tensors;
}

/** The bytes of all of its tensors: nearly all of the memory that it takes. */
export function caseBytesOf(c: Case): number {
  return tensorsOf(c).reduce((sum, { tensor }) => sum + tensor.data.byteLength, 0);
}

function targetPart(target: Target, format: Format): CaseTensor {
  return isIndexTarget(target)
    ? { name: 'target', kind: 'per lane', format: 'int32', tensor: target }
    : { name: 'target', kind: 'like logits', format, tensor: target };
}

/**
 * The case with each of its tensors mapped, to one of the same kind of elements:
 * class indices stay class indices.
 */
export function mapTensors(c: Case, map: (part: CaseTensor) => AnyTensor): Case {
  const mapped: { [N in TensorName]?: AnyTensor } = {};
  for (const part of tensorsOf(c)) mapped[part.name] = map(part);
  const { logits, target, dy, weight } = mapped as {
    logits: Tensor;
    target: Target;
    dy?: Tensor;
    weight?: Tensor;
  };
  return {
    ...c,
    logits,
    ...(dy === undefined ? {} : { cotangent: dy }),
    ...(c.loss === undefined
      ? {}
      : { loss: { ...c.loss, target, ...(weight === undefined ? {} : { weight }) } }),
  };
}
