/** A model's task, run by a session, as the module that the contract asks for. */
import type { AxisOptions, CrossEntropyOptions, SubjectModule, Target } from '../../contract/subject.ts';
import { UnsupportedError } from '../../contract/unsupported.ts';
import { floatArrayFrom } from '../../float/format.ts';
import { lanesOf } from '../../tensor/lanes.ts';
import { isIndexTensor, type IndexTensor, type Tensor } from '../../tensor/tensor.ts';
import type { OnnxFeed, OnnxSession } from './engine.ts';
import { moveAxis, type Moved } from './move-axis.ts';
import { supportsOf, type OnnxLoss, type OnnxTask } from './task.ts';

export function onnxModule(
  task: OnnxTask,
  session: OnnxSession,
  head: { readonly name: string; readonly version: string },
): SubjectModule {
  const { operation, loss } = task;
  const asked = { ...head, supports: supportsOf(task) };
  if (loss !== null) {
    return {
      ...asked,
      crossEntropy: (logits, target, options) => runLoss({ task, session, loss }, logits, target, options),
    };
  }
  const run = (x: Tensor, { axis = -1 }: AxisOptions): Promise<Tensor> => runLanes(task, session, x, axis);
  return { ...asked, [operation]: run };
}

/** Where the lanes of so many axes lie in what the model is fed. */
function placeIn({ axis }: OnnxTask, rank: number): number {
  return axis < 0 ? axis + rank : axis;
}

async function runLanes(task: OnnxTask, session: OnnxSession, x: Tensor, axis: number): Promise<Tensor> {
  const { format, input, output, operation } = task;
  const { axis: from, outerShape } = lanesOf(x.shape, axis);
  const to = placeIn(task, x.shape.length);
  const fed = moveAxis(x, { from, to, format });
  const result = (await session.run({ [input]: feed(fed, format) }))[output]!;
  const data = floatArrayFrom(format, result.data);
  // A model may keep the axis that it reduces, as one of size 1.
  if (operation === 'logSumExp') return { shape: outerShape, data };
  const back = moveAxis({ shape: result.dims, data }, { from: to, to: from, format });
  return { shape: [...back.shape], data: back.data };
}

interface LossRun {
  readonly task: OnnxTask;
  readonly session: OnnxSession;
  readonly loss: OnnxLoss;
}

async function runLoss(
  { task, session, loss }: LossRun,
  logits: Tensor,
  target: Target,
  { axis = -1, weight, ignoreIndex }: CrossEntropyOptions,
): Promise<Tensor> {
  const { format, input, output } = task;
  if (!isIndexTensor(target)) throw new UnsupportedError('no target of probabilities');
  const { axis: from, length } = lanesOf(logits.shape, axis);
  const fed = moveAxis(logits, { from, to: placeIn(task, logits.shape.length), format });
  const ones = (): Tensor => ({ shape: [length], data: floatArrayFrom(format, Array(length).fill(1)) });
  const feeds = {
    [input]: feed(fed, format),
    [loss.labels.name]: labelsOf(target, loss, ignoreIndex),
    ...(loss.weight === null ? {} : { [loss.weight]: feed(weight ?? ones(), format) }),
  };
  const result = (await session.run(feeds))[output]!;
  return { shape: [...result.dims], data: floatArrayFrom(format, result.data) };
}

function feed({ shape, data }: Moved, type: 'float32' | 'float64'): OnnxFeed {
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
