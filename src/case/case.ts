/** The Case: one complete input. Plain readonly data; its canonical JSON is case-json.ts. */
import type { Direction, Operation, Reduction, Target } from '../contract/subject.ts';
import type { Format } from '../float/format.ts';
import { lanesOf } from '../tensor/lanes.ts';
import type { IndexTensor, Tensor } from '../tensor/tensor.ts';

/** The costly oracles that a case was drawn for; the others always judge it. */
export type DrawnCheck = 'gradient' | 'property' | 'repeat';

/** What cross-entropy takes beside logits and axis, with its defaults filled in. */
export interface Loss {
  readonly target: Target;
  readonly reduction: Reduction;
  readonly labelSmoothing: number;
  /** Shape [C], the logits' format. */
  readonly weight?: Tensor;
  readonly ignoreIndex?: number;
}

/** One complete input. Immutable: whoever runs an implementation on a case hands it copies of the tensors. */
export interface Case {
  readonly operation: Operation;
  readonly direction: Direction;
  readonly format: Format;
  /** As the subject is called with it: may be negative. */
  readonly axis: number;
  readonly logits: Tensor;
  /** `dy`, of the forward output's shape; there unless the direction is forward. */
  readonly cotangent?: Tensor;
  /** There for crossEntropy, and only there. */
  readonly loss?: Loss;
  /** Names of the regimes its lanes were drawn from, sorted; [] for a case made by hand. */
  readonly regimes: readonly string[];
  readonly checks: readonly DrawnCheck[];
}

export function isIndexTarget(target: Target): target is IndexTensor {
  return target.data instanceof Int32Array;
}

/** The shape of the forward output. */
export function forwardShape(
  c: Pick<Case, 'operation' | 'logits' | 'axis'> & { readonly loss?: Pick<Loss, 'reduction'> },
): readonly number[] {
  switch (c.operation) {
    case 'softmax':
    case 'logSoftmax':
      return c.logits.shape;
    case 'logSumExp':
      return lanesOf(c.logits.shape, c.axis).outerShape;
    case 'crossEntropy':
      return c.loss?.reduction === 'none' ? lanesOf(c.logits.shape, c.axis).outerShape : [];
  }
}

/** The shape of what the case's kernel returns: the forward output's, or the logits' for a gradient. */
export function outputShape(c: Case): readonly number[] {
  return c.direction === 'forward' ? forwardShape(c) : c.logits.shape;
}

/** Elements of the logits: the measure of a case's size. */
export function caseSize(c: Case): number {
  return c.logits.data.length;
}
