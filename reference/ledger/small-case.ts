/** A float32 case written out by hand, as the JSON in which cases are kept. */
import { caseToJson, type CaseJson } from '../../src/case/case-json.ts';
import { forwardShape, type Case, type DrawnCheck, type Loss } from '../../src/case/case.ts';
import type { Direction, Operation, Reduction } from '../../src/contract/subject.ts';
import { lanesOf } from '../../src/tensor/lanes.ts';

interface Written {
  readonly kernel: `${Operation}/${Direction}`;
  readonly shape: readonly number[];
  /** Default −1. */
  readonly axis?: number;
  readonly logits: ArrayLike<number>;
  /** Labels of the logits' shape. */
  readonly labels?: ArrayLike<number>;
  /** Class indices, of the logits' shape without the class axis. */
  readonly classes?: readonly number[];
  /** Default mean. */
  readonly reduction?: Reduction;
  readonly labelSmoothing?: number;
  /** The weights of the classes. */
  readonly weight?: readonly number[];
  readonly ignoreIndex?: number;
  readonly dy?: ArrayLike<number>;
  readonly checks?: readonly DrawnCheck[];
}

export function smallCase(written: Written): CaseJson {
  const { kernel, shape, axis = -1, logits, dy, checks = [] } = written;
  const [operation, direction] = kernel.split('/') as [Operation, Direction];
  const loss = operation === 'crossEntropy' ? lossOf(written, axis) : undefined;
  const draft: Case = {
    operation,
    direction,
    format: 'float32',
    axis,
    logits: { shape, data: Float32Array.from(logits) },
    ...(loss === undefined ? {} : { loss }),
    regimes: [],
    checks,
  };
  if (dy === undefined) return caseToJson(draft);
  return caseToJson({ ...draft, cotangent: { shape: forwardShape(draft), data: Float32Array.from(dy) } });
}

function lossOf(written: Written, axis: number): Loss {
  const { shape, labels, classes, reduction = 'mean', labelSmoothing = 0, weight, ignoreIndex } = written;
  const target =
    classes === undefined
      ? { shape, data: Float32Array.from(labels!) }
      : { shape: lanesOf(shape, axis).outerShape, data: Int32Array.from(classes) };
  return {
    target,
    reduction,
    labelSmoothing,
    ...(weight === undefined ? {} : { weight: { shape: [weight.length], data: Float32Array.from(weight) } }),
    ...(ignoreIndex === undefined ? {} : { ignoreIndex }),
  };
}
