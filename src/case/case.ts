/** The Case: one complete input. Plain readonly data; its canonical JSON is case-json.ts. */
import type { Direction, Operation, Reduction, Target } from '../contract/subject.ts';
import { formatFacts, type Format } from '../float/format.ts';
import { lanesOf } from '../tensor/lanes.ts';
import { isIndexTensor, type IndexTensor, type Tensor } from '../tensor/tensor.ts';
import type { CallForm } from './call-form.ts';
import type { Invalidity } from './invalidity.ts';

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
  /** The axis that the subject is called with: may be negative. */
  readonly axis: number;
  readonly logits: Tensor;
  /** `dy`, of the forward output's shape; there unless the direction is forward. */
  readonly cotangent?: Tensor;
  /** There for crossEntropy, and only there. */
  readonly loss?: Loss;
  /** How the subject is called; absent for the plain call. References are always called the plain way. */
  readonly call?: CallForm;
  /** What is made wrong of its arguments; absent for a valid case. Such a case is for the subject alone. */
  readonly invalid?: Invalidity;
  /** Names of the regimes its lanes were drawn from, sorted; [] for a case made by hand. */
  readonly regimes: readonly string[];
  readonly checks: readonly DrawnCheck[];
}

export function isIndexTarget(target: Target): target is IndexTensor {
  return isIndexTensor(target);
}

/** A lane's targets are a distribution where their sum is no further from 1: rounded shares are. */
export function distributionSlackOf(format: Format): number {
  return Math.max(2 ** -10, formatFacts(format).unitRoundoff);
}

/** What there is one value for: each logit, each lane, or all lanes together. */
export type OutputKind = 'like logits' | 'per lane' | 'reduced';

interface Forward extends Pick<Case, 'operation'> {
  readonly loss?: Pick<Loss, 'reduction'>;
}

/** The kind of the forward output, and so of the cotangent. */
export function forwardKind({ operation, loss }: Forward): OutputKind {
  switch (operation) {
    case 'softmax':
    case 'logSoftmax':
      return 'like logits';
    case 'logSumExp':
      return 'per lane';
    case 'crossEntropy':
      return loss?.reduction === 'none' ? 'per lane' : 'reduced';
  }
}

/** The kind of what the case's kernel returns: the forward output's, and of a gradient that of the logits. */
export function outputKind(c: Case): OutputKind {
  return c.direction === 'forward' ? forwardKind(c) : 'like logits';
}

/** The shape of the forward output. */
export function forwardShape(c: Forward & Pick<Case, 'logits' | 'axis'>): readonly number[] {
  return shapeFor(forwardKind(c), c);
}

/** The shape of what the case's kernel returns: the forward output's, or the logits' for a gradient. */
export function outputShape(c: Case): readonly number[] {
  return shapeFor(outputKind(c), c);
}

function shapeFor(kind: OutputKind, { logits, axis }: Pick<Case, 'logits' | 'axis'>): readonly number[] {
  switch (kind) {
    case 'like logits':
      return logits.shape;
    case 'per lane':
      return lanesOf(logits.shape, axis).outerShape;
    case 'reduced':
      return [];
  }
}

/** Elements of the logits: the measure of a case's size. */
export function caseSize(c: Case): number {
  return c.logits.data.length;
}
