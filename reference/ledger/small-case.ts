/** A case written out by hand, as the JSON in which cases are kept. */
import { caseToJson, type CaseJson } from '../../src/case/case-json.ts';
import { forwardShape, type Case, type DrawnCheck, type Loss } from '../../src/case/case.ts';
import type { Direction, Operation, Reduction } from '../../src/contract/subject.ts';
import type { Format } from '../../src/float/format.ts';
import { lanesOf } from '../../src/tensor/lanes.ts';

interface Written {
  readonly kernel: `${Operation}/${Direction}`;
  /** Default float32. */
  readonly format?: Format;
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
  const { kernel, format = 'float32', shape, axis = -1, logits, dy, checks = [] } = written;
  const [operation, direction] = kernel.split('/') as [Operation, Direction];
  const loss = operation === 'crossEntropy' ? lossOf(written, axis) : undefined;
  const draft: Case = {
    operation,
    direction,
    format,
    axis,
    logits: { shape, data: floats(format, logits) },
    ...(loss === undefined ? {} : { loss }),
    regimes: [],
    checks,
  };
  if (dy === undefined) return caseToJson(draft);
  return caseToJson({ ...draft, cotangent: { shape: forwardShape(draft), data: floats(format, dy) } });
}

function lossOf(written: Written, axis: number): Loss {
  const {
    format = 'float32',
    shape,
    labels,
    classes,
    reduction = 'mean',
    labelSmoothing = 0,
    weight,
    ignoreIndex,
  } = written;
  const target =
    classes === undefined
      ? { shape, data: floats(format, labels!) }
      : { shape: lanesOf(shape, axis).outerShape, data: Int32Array.from(classes) };
  return {
    target,
    reduction,
    labelSmoothing,
    ...(weight === undefined ? {} : { weight: { shape: [weight.length], data: floats(format, weight) } }),
    ...(ignoreIndex === undefined ? {} : { ignoreIndex }),
  };
}

function floats(format: Format, values: ArrayLike<number>): Float32Array | Float64Array {
  return format === 'float32' ? Float32Array.from(values) : Float64Array.from(values);
}
