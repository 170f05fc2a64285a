/**
 * What an ONNX model computes, read from its last node: which operation of the contract, along which axis,
 * with which options. The nodes before it are the model's own business, and are judged with it.
 */
import type { Operation, Reduction, Supports } from '../../contract/subject.ts';
import { formats, type Format } from '../../float/format.ts';
import { elementTypes, type OnnxModel, type OnnxNode, type OnnxValue } from './model.ts';

/** The formats of the logits of a model that can be asked: ONNX Runtime has no kernels of bfloat16. */
export type ModelFormat = Exclude<Format, 'bfloat16'>;

/** A model as something that can be asked cases. */
export interface OnnxTask {
  readonly operation: Operation;
  readonly format: ModelFormat;
  readonly opset: number;
  /** The name of the logits' input, and of the one output. */
  readonly input: string;
  readonly output: string;
  /** Where the lanes lie in what the model is fed; below 0 from the end. */
  readonly axis: number;
  readonly rank: readonly [number, number];
  /** Whether lanes along any axis of a case are brought there: where the place is no last one. */
  readonly isMoved: boolean;
  readonly loss: OnnxLoss | null;
  /** There for losses in float16: ONNX defines them by nodes, and what is between two of them is stored. */
  readonly halves?: 'composed';
}

export interface OnnxLoss {
  readonly reduction: Reduction;
  readonly labels: { readonly name: string; readonly type: 'int32' | 'int64' };
  /** The weights' input. */
  readonly weight: string | null;
  readonly ignoreIndex: number | null;
}

/** Why a model cannot be asked: the end of a sentence that begins with it. */
class NoTask extends Error {}

const operators: Readonly<Record<string, (model: OnnxModel, node: OnnxNode) => OnnxTask>> = {
  Softmax: (model, node) => softmaxTask(model, node, 'softmax'),
  LogSoftmax: (model, node) => softmaxTask(model, node, 'logSoftmax'),
  ReduceLogSumExp: reductionTask,
  SoftmaxCrossEntropyLoss: lossTask,
  NegativeLogLikelihoodLoss: negativeLikelihoodTask,
};
const rankMax = 6;

/** The task, or why there is none. */
export function taskOf(model: OnnxModel): OnnxTask | string {
  try {
    const [output, ...others] = model.outputs;
    if (output === undefined) throw new NoTask('has no output');
    if (others.length > 0)
      throw new NoTask(`has ${model.outputs.length} outputs, and one is judged: leave the others out`);
    const node = producerOf(model, output.name);
    const known = node.domain === '' || node.domain === 'ai.onnx' ? operators[node.op] : undefined;
    if (known === undefined)
      throw new NoTask(
        `ends with the operator ${node.op}, and is judged where it ends with ${Object.keys(operators).join(', ')}`,
      );
    return known(model, node);
  } catch (error) {
    if (error instanceof NoTask) return error.message;
    throw error;
  }
}

function producerOf({ nodes }: OnnxModel, name: string): OnnxNode {
  const node = nodes.find(({ outputs }) => outputs.includes(name));
  if (node === undefined) throw new NoTask(`has no operator that computes ${JSON.stringify(name)}`);
  return node;
}

function softmaxTask(model: OnnxModel, node: OnnxNode, operation: Operation): OnnxTask {
  const isFlattening = model.opset < 13;
  const axis = intOf(node, 'axis') ?? (isFlattening ? 1 : -1);
  // All axes from this one on are one lane: that is a lane of the contract where it is the last axis.
  if (isFlattening && axis < -1) throw new NoTask(`makes one lane of its last ${-axis} axes, by its opset`);
  const only = isFlattening && axis >= 0 ? axis + 1 : null;
  return task(model, { operation, axis, only, loss: null });
}

function reductionTask(model: OnnxModel, node: OnnxNode): OnnxTask {
  const axes = intsOf(model, node, 'axes', 1);
  const keepsAll = (intOf(node, 'noop_with_empty_axes') ?? 0) !== 0;
  if (axes.length === 0 && keepsAll) throw new NoTask('reduces nothing: noop_with_empty_axes, and no axes');
  if (axes.length > 1) throw new NoTask(`reduces over ${axes.length} axes, and lanes lie along one`);
  const [axis = 0] = axes;
  return task(model, {
    operation: 'logSumExp',
    axis,
    only: axes.length === 0 ? 1 : null,
    loss: null,
  });
}

function negativeLikelihoodTask(model: OnnxModel, node: OnnxNode): OnnxTask {
  const before = model.nodes.find(({ outputs }) => outputs.includes(node.inputs[0]!));
  if (before?.op !== 'LogSoftmax')
    throw new NoTask('takes log-probabilities: put a LogSoftmax along axis 1 before it');
  return lossTask(model, node);
}

/** Classes lie along axis 1, whatever the rank. */
function lossTask(model: OnnxModel, node: OnnxNode): OnnxTask {
  const [, labels, weight = ''] = node.inputs;
  const own = model.inputs.map(({ name }) => name);
  const target = model.inputs.find(({ name }) => name === labels);
  const type = (['int32', 'int64'] as const).find((one) => elementTypes[one] === target?.elementType);
  if (target === undefined || type === undefined) throw new NoTask('has no input of labels, int32 or int64');
  if (weight !== '' && !own.includes(weight))
    throw new NoTask('brings its own weights: make them an input, as the weights of each case are its own');
  const reduction = textOf(node, 'reduction') ?? 'mean';
  if (reduction !== 'mean' && reduction !== 'sum' && reduction !== 'none')
    throw new NoTask(`has the unknown reduction ${JSON.stringify(reduction)}`);
  const loss = {
    reduction,
    labels: { name: target.name, type },
    weight: weight === '' ? null : weight,
    ignoreIndex: intOf(node, 'ignore_index') ?? null,
  } as const;
  return task(model, { operation: 'crossEntropy', axis: 1, only: null, loss });
}

interface Asked extends Pick<OnnxTask, 'operation' | 'axis' | 'loss'> {
  /** The one rank that it can be asked, where there is but one. */
  readonly only: number | null;
}

function task(model: OnnxModel, { operation, axis, only, loss }: Asked): OnnxTask {
  const of = loss === null ? [] : [loss.labels.name, loss.weight];
  const inputs = model.inputs.filter(({ name }) => !of.includes(name));
  const [input, ...others] = inputs;
  if (input === undefined) throw new NoTask('has no input of logits');
  if (others.length > 0)
    throw new NoTask(`has ${inputs.length} inputs beside those of the loss, and logits are one`);
  const format = formats.find((one) => elementTypes[one] === input.elementType);
  if (format === undefined)
    throw new NoTask(
      `takes logits of ONNX's element type ${input.elementType}: float16, float and double are judged`,
    );
  if (format === 'bfloat16')
    throw new NoTask(
      'takes logits of bfloat16, which ONNX Runtime has no kernels for on the CPU: float16, float and double are judged',
    );
  const least = axis < 0 ? -axis : axis + 1;
  const rank = rankOf(input, { least: Math.max(least, only ?? 1), most: only ?? rankMax });
  const isLast = axis === -1 || (rank[0] === rank[1] && axis === rank[0] - 1);
  return {
    operation,
    format,
    opset: model.opset,
    input: input.name,
    output: model.outputs[0]!.name,
    axis,
    rank,
    isMoved: !isLast,
    loss,
    ...(loss !== null && format === 'float16' ? { halves: 'composed' } : {}),
  };
}

/** @throws NoTask where the model has fixed sizes, or a rank that it cannot be asked. */
function rankOf(
  { name, dims }: OnnxValue,
  { least, most }: { readonly least: number; readonly most: number },
): readonly [number, number] {
  const fixed = dims?.find((dim) => typeof dim === 'number');
  if (fixed !== undefined)
    throw new NoTask(
      `takes ${JSON.stringify(name)} with the fixed size ${fixed}: export it with sizes that have names (dynamic axes)`,
    );
  const rank = [dims?.length ?? least, dims?.length ?? most] as const;
  if (rank[0] < least || rank[0] > most)
    throw new NoTask(
      `takes ${JSON.stringify(name)} of rank ${rank[0]}, where its lanes are not along one axis`,
    );
  return rank;
}

function intOf({ attributes }: OnnxNode, name: string): number | undefined {
  const value = attributes[name];
  return typeof value === 'bigint' ? Number(value) : undefined;
}

function textOf({ attributes }: OnnxNode, name: string): string | undefined {
  const value = attributes[name];
  return typeof value === 'string' ? value : undefined;
}

/** An attribute, or since some opset an input that the model brings. */
function intsOf(model: OnnxModel, node: OnnxNode, name: string, place: number): readonly number[] {
  const attribute = node.attributes[name];
  if (Array.isArray(attribute)) return (attribute as readonly bigint[]).map(Number);
  const input = node.inputs[place] ?? '';
  if (input === '') return [];
  const ints = model.initializers.find((one) => one.name === input)?.ints;
  if (ints === undefined || ints === null) throw new NoTask(`does not say its ${name}: they are no constant`);
  return ints.map(Number);
}

/** What it can be asked. */
export function supportsOf({ format, rank, isMoved, loss }: OnnxTask): Supports {
  return {
    formats: [format],
    rank: [rank[0], rank[1]],
    axis: isMoved ? 'any' : 'last',
    ...(loss === null
      ? {}
      : {
          crossEntropy: {
            target: ['indices'],
            reduction: [loss.reduction],
            labelSmoothing: false,
            weight: loss.weight !== null,
            ignoreIndex: loss.ignoreIndex !== null,
          },
        }),
  };
}
