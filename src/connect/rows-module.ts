/**
 * Kernels that work on rows × cols values, as the module that the contract asks for: any axis is brought to
 * the end, options get their defaults, and the result its shape. How one is called is not known here.
 */
import { answerFormat } from '../case/answer-format.ts';
import {
  kernelTable,
  reductions,
  type Arithmetic,
  type AxisOptions,
  type CrossEntropyOptions,
  type CrossEntropySupports,
  type KernelName,
  type Reduction,
  type SubjectModule,
  type Supports,
  type Target,
  type TargetSupport,
} from '../contract/subject.ts';
import { UnsupportedError } from '../contract/unsupported.ts';
import { createFloatData, formats as allFormats, type FloatData, type Format } from '../float/format.ts';
import { floatTensor, isIndexTensor, tensorFormat, type FloatTensor } from '../tensor/tensor.ts';
import { rowsOf, type Rows } from './rows.ts';

/** What one call is made of. */
export interface RowsCall {
  readonly format: Format;
  readonly rows: number;
  readonly cols: number;
  /** rows × cols; may be the caller's own memory. Of halves the bits, here and below. */
  readonly x: FloatData;
  /** rows × cols, or one value for each row, or one value: as many as the forward result has. */
  readonly dy?: FloatData;
  /** One class for each row, or rows × cols shares. */
  readonly target?: Int32Array | FloatData;
  readonly weight?: FloatData;
  readonly labelSmoothing: number;
  readonly ignoreIndex?: number;
  readonly reduction: Reduction;
  /** Zeros, as many as the result has elements: rows × cols, rows, or 1. */
  readonly y: FloatData;
  /** That of y: float32 of the loss of halves, where that is declared, and else the call's. */
  readonly yFormat: Format;
}

/** One kernel for one format. */
export interface RowsKernel {
  readonly kernel: KernelName;
  readonly format: Format;
  /** For a kernel of cross-entropy alone. */
  readonly loss?: LossTaken;
  /** The result, in memory of its own; `call.y` will do. */
  run(call: RowsCall): FloatData | Promise<FloatData>;
}

/** What a kernel of cross-entropy takes. */
export interface LossTaken {
  readonly target: TargetSupport;
  /** Those that it computes. */
  readonly reductions: readonly Reduction[];
  readonly labelSmoothing: boolean;
  readonly weight: boolean;
  readonly ignoreIndex: boolean;
}

export interface RowsModuleHead {
  readonly name: string;
  readonly version?: string | undefined;
  readonly arithmetic?: Arithmetic | undefined;
  /** What it takes beside what follows from the kernels; without a word of it, no empty case. */
  readonly supports?: Supports | undefined;
}

export function rowsModule(kernels: readonly RowsKernel[], head: RowsModuleHead): SubjectModule {
  const { name, version, arithmetic } = head;
  const exported = kernelTable
    .filter(({ kernel }) => kernels.some((one) => one.kernel === kernel))
    .map(({ kernel }) => [
      kernel,
      exportOf(
        kernels.filter((one) => one.kernel === kernel),
        arithmetic ?? {},
      ),
    ]);
  return {
    name,
    ...(version === undefined ? {} : { version }),
    ...(arithmetic === undefined ? {} : { arithmetic }),
    supports: supportsOf(kernels, head.supports ?? {}),
    ...(Object.fromEntries(exported) as SubjectModule),
  };
}

/** What the kernels take is declared; a key that somebody wrote comes before what follows from them. */
function supportsOf(kernels: readonly RowsKernel[], written: Supports): Supports {
  const losses = kernels.flatMap(({ loss }) => loss ?? []);
  const crossEntropy: CrossEntropySupports = {
    target: (['indices', 'probabilities'] as const).filter((kind) =>
      losses.some(({ target }) => target === kind),
    ),
    reduction: reductions.filter((one) => losses.some((loss) => loss.reductions.includes(one))),
    labelSmoothing: losses.some(({ labelSmoothing }) => labelSmoothing),
    weight: losses.some(({ weight }) => weight),
    ignoreIndex: losses.some(({ ignoreIndex }) => ignoreIndex),
  };
  return {
    formats: allFormats.filter((one) => kernels.some(({ format }) => format === one)),
    empty: 'none',
    ...written,
    ...(losses.length === 0 ? {} : { crossEntropy: { ...crossEntropy, ...written.crossEntropy } }),
  };
}

type Result = FloatTensor | Promise<FloatTensor>;

function exportOf(
  kernels: readonly RowsKernel[],
  arithmetic: Arithmetic,
): (...args: readonly never[]) => Result {
  const [{ kernel }] = kernels as readonly [RowsKernel];
  const pick = (x: FloatTensor, accepts: (one: RowsKernel) => string | null = () => null): RowsKernel =>
    pickKernel(kernels, tensorFormat(x), accepts);
  switch (kernel) {
    case 'softmax':
    case 'logSoftmax':
    case 'logSumExp':
      return (x: FloatTensor, { axis = -1 }: AxisOptions) => runPlain(pick(x), { x, axis });
    case 'softmaxBackward':
    case 'logSoftmaxBackward':
    case 'logSumExpBackward':
      return (x: FloatTensor, dy: FloatTensor, { axis = -1 }: AxisOptions) =>
        runPlain(pick(x), { x, dy, axis });
    case 'crossEntropy':
      return (x: FloatTensor, target: Target<FloatTensor>, options: CrossEntropyOptions<FloatTensor>) =>
        runLoss(pick(x, whyNot(target, options)), { x, target, options, arithmetic });
    case 'crossEntropyBackward':
    case 'crossEntropyTargetBackward':
      return (
        x: FloatTensor,
        target: Target<FloatTensor>,
        dy: FloatTensor,
        options: CrossEntropyOptions<FloatTensor>,
      ) => runLoss(pick(x, whyNot(target, options)), { x, target, dy, options, arithmetic });
  }
}

/** @throws UnsupportedError with what the last of them does not take. */
function pickKernel(
  kernels: readonly RowsKernel[],
  format: Format,
  accepts: (one: RowsKernel) => string | null,
): RowsKernel {
  let why = `no kernel for ${format}`;
  for (const one of kernels.filter((candidate) => candidate.format === format)) {
    const objection = accepts(one);
    if (objection === null) return one;
    why = objection;
  }
  throw new UnsupportedError(why);
}

function whyNot(
  target: Target<FloatTensor>,
  options: CrossEntropyOptions<FloatTensor>,
): (one: RowsKernel) => string | null {
  const { reduction = 'mean', labelSmoothing = 0, weight, ignoreIndex } = options;
  const kind = isIndexTensor(target) ? 'indices' : 'probabilities';
  return ({ loss }) => {
    if (loss === undefined) return null;
    if (loss.target !== kind) return `no target of ${kind}`;
    if (!loss.reductions.includes(reduction)) return `no reduction '${reduction}'`;
    if (labelSmoothing !== 0 && !loss.labelSmoothing) return 'no labelSmoothing';
    if (weight !== undefined && !loss.weight) return 'no weight';
    return ignoreIndex !== undefined && !loss.ignoreIndex ? 'no ignoreIndex' : null;
  };
}

function runPlain(
  one: RowsKernel,
  { x, dy, axis }: { readonly x: FloatTensor; readonly dy?: FloatTensor; readonly axis: number },
): Result {
  const rows = rowsOf(x.shape, axis);
  const isPerRow = one.kernel === 'logSumExp';
  const call: RowsCall = {
    format: one.format,
    rows: rows.rows,
    cols: rows.cols,
    x: rows.toRows(x.data),
    ...(dy === undefined ? {} : { dy: one.kernel === 'logSumExpBackward' ? dy.data : rows.toRows(dy.data) }),
    labelSmoothing: 0,
    reduction: 'none',
    y: createFloatData(one.format, isPerRow ? rows.rows : x.data.length),
    yFormat: one.format,
  };
  const shape = isPerRow ? rows.outerShape : x.shape;
  return finish(one.run(call), { rows, shape, isPerRow, format: one.format });
}

interface LossArguments {
  readonly x: FloatTensor;
  readonly target: Target<FloatTensor>;
  readonly dy?: FloatTensor;
  readonly options: CrossEntropyOptions<FloatTensor>;
  readonly arithmetic: Arithmetic;
}

function runLoss(one: RowsKernel, { x, target, dy, options, arithmetic }: LossArguments): Result {
  const { axis = -1, reduction = 'mean', labelSmoothing = 0, weight, ignoreIndex } = options;
  const rows = rowsOf(x.shape, axis);
  const isForward = dy === undefined;
  const shape = !isForward ? x.shape : reduction === 'none' ? rows.outerShape : [];
  const length = !isForward ? x.data.length : reduction === 'none' ? rows.rows : 1;
  const { format } = one;
  const direction = isForward ? 'forward' : 'backward';
  const yFormat = answerFormat({ operation: 'crossEntropy', direction, format }, arithmetic);
  const call: RowsCall = {
    format,
    rows: rows.rows,
    cols: rows.cols,
    x: rows.toRows(x.data),
    target: isIndexTensor(target) ? target.data : rows.toRows(target.data),
    ...(isForward ? {} : { dy: dy.data }),
    ...(weight === undefined ? {} : { weight: weight.data }),
    ...(ignoreIndex === undefined ? {} : { ignoreIndex }),
    labelSmoothing,
    reduction,
    y: createFloatData(yFormat, length),
    yFormat,
  };
  return finish(one.run(call), { rows, shape, isPerRow: isForward, format: yFormat });
}

interface Place {
  readonly rows: Rows;
  readonly shape: readonly number[];
  /** One value for each row, or one at all: nothing to bring back. */
  readonly isPerRow: boolean;
  /** That of the result. */
  readonly format: Format;
}

function finish(result: FloatData | Promise<FloatData>, place: Place): Result {
  if (result instanceof Promise) return result.then((values) => placed(values, place));
  return placed(result, place);
}

function placed(values: FloatData, { rows, shape, isPerRow, format }: Place): FloatTensor {
  return floatTensor(shape, isPerRow ? values : rows.fromRows(values), format);
}
