/** A model's task, run by a session, as the module that the contract asks for. */
import type { AxisOptions, CrossEntropyOptions, SubjectModule, Target } from '../../contract/subject.ts';
import { UnsupportedError } from '../../contract/unsupported.ts';
import { createFloatData, type FloatData, oneIn } from '../../float/format.ts';
import { lanesOf } from '../../tensor/lanes.ts';
import { floatTensor, isIndexTensor, type FloatTensor, type IndexTensor } from '../../tensor/tensor.ts';
import type { OnnxFeed, OnnxResult, OnnxSession } from './engine.ts';
import { moveAxis, type Moved } from './move-axis.ts';
import { supportsOf, type ModelFormat, type OnnxLoss, type OnnxTask } from './task.ts';

export function onnxModule(
  task: OnnxTask,
  session: OnnxSession,
  head: { readonly name: string; readonly version: string },
): SubjectModule {
  const { operation, loss, halves } = task;
  const arithmetic = halves === undefined ? {} : { arithmetic: { halves } };
  const asked = { ...head, ...arithmetic, supports: supportsOf(task) };
  // Types say what a module of floats is given; halves come to one that supports them.
  if (loss !== null) {
    const run: LossKernel = (logits, target, options) =>
      runLoss({ task, session, loss }, logits, target, options);
    return { ...asked, crossEntropy: run } as unknown as SubjectModule;
  }
  const run = (x: FloatTensor, { axis = -1 }: AxisOptions): Promise<FloatTensor> =>
    runLanes(task, session, x, axis);
  return { ...asked, [operation]: run } as unknown as SubjectModule;
}

type LossKernel = NonNullable<SubjectModule<FloatTensor>['crossEntropy']>;

/** Where the lanes of so many axes lie in what the model is fed. */
function placeIn({ axis }: OnnxTask, rank: number): number {
  return axis < 0 ? axis + rank : axis;
}

async function runLanes(
  task: OnnxTask,
  session: OnnxSession,
  x: FloatTensor,
  axis: number,
): Promise<FloatTensor> {
  const { format, input, output, operation } = task;
  const { axis: from, outerShape } = lanesOf(x.shape, axis);
  const to = placeIn(task, x.shape.length);
  const fed = moveAxis(x, { from, to, format });
  const result = (await session.run({ [input]: feed(fed, format) }))[output]!;
  const data = dataOf(result, format);
  // A model may keep the axis that it reduces, as one of size 1.
  if (operation === 'logSumExp') return floatTensor(outerShape, data, format);
  const back = moveAxis({ shape: result.dims, data }, { from: to, to: from, format });
  return floatTensor([...back.shape], back.data, format);
}

interface LossRun {
  readonly task: OnnxTask;
  readonly session: OnnxSession;
  readonly loss: OnnxLoss;
}

async function runLoss(
  { task, session, loss }: LossRun,
  logits: FloatTensor,
  target: Target<FloatTensor>,
  { axis = -1, weight, ignoreIndex }: CrossEntropyOptions<FloatTensor>,
): Promise<FloatTensor> {
  const { format, input, output } = task;
  if (!isIndexTensor(target)) throw new UnsupportedError('no target of probabilities');
  const { axis: from, length } = lanesOf(logits.shape, axis);
  const fed = moveAxis(logits, { from, to: placeIn(task, logits.shape.length), format });
  const ones = (): Moved => ({ shape: [length], data: createFloatData(format, length).fill(oneIn(format)) });
  const feeds = {
    [input]: feed(fed, format),
    [loss.labels.name]: labelsOf(target, loss, ignoreIndex),
    ...(loss.weight === null ? {} : { [loss.weight]: feed(weight ?? ones(), format) }),
  };
  const result = (await session.run(feeds))[output]!;
  return floatTensor([...result.dims], dataOf(result, format), format);
}

/** A copy of what came out; of float16 the bits. */
function dataOf({ type, data }: OnnxResult, format: ModelFormat): FloatData {
  if (type !== format) throw new Error(`the model gave ${type}, and takes ${format}`);
  const copy = createFloatData(format, data.length);
  copy.set(data);
  return copy;
}

function feed({ shape, data }: Moved, type: ModelFormat): OnnxFeed {
  return { type, data, dims: shape };
}

/** What the case ignores, as what the model ignores: its index is part of it. */
function labelsOf(target: IndexTensor, { labels, ignoreIndex }: OnnxLoss, ignored?: number): OnnxFeed {
  const values = Array.from(target.data, (label) => {
    if (label === ignored && ignoreIndex !== null) return ignoreIndex;
    if (label === ignoreIndex) throw new UnsupportedError(`the model ignores the class ${label}`);
    return label;
  });
  const data = labels.type === 'int64' ? BigInt64Array.from(values, BigInt) : Int32Array.from(values);
  return { type: labels.type, data, dims: target.shape };
}
