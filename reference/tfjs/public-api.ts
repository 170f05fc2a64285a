/**
 * TensorFlow.js's public API asked for each operation and direction, whatever backend computes. What it
 * answers is taken as it is: nothing is clamped or mended, and what it throws is what it did.
 */
import type { Scalar, Tensor as TfTensor } from '@tensorflow/tfjs-core';
import { outputShape, type Case } from '../../src/case/case.ts';
import type { Outcome } from '../../src/case/outcome.ts';
import { positionWeightsOf } from '../../src/subjects/stacking.ts';
import { isSameShape, sizeOf } from '../../src/tensor/tensor.ts';
import type { LoadOptions, Reference } from '../reference.ts';
import { activateBackend } from './activate-backend.ts';
import { inverse, toLast } from './axis-last.ts';
import type { TfjsModule } from './module.ts';
import { labelsOf } from './one-hot.ts';
import { poisonMemory } from './poison.ts';
import { labelStacking } from './stack-loss.ts';
import { publicApiDeclines, publicApiSupport } from './support.ts';

export const tfjsFamily = 'TensorFlow.js';

/** What the references that are asked by the public API have in common. */
export const publicApi: Pick<Reference, 'family' | 'support' | 'declines' | 'stacking' | 'kernelName'> = {
  family: tfjsFamily,
  support: publicApiSupport,
  declines: publicApiDeclines,
  stacking: labelStacking,
  kernelName({ operation, direction }) {
    const name = operation === 'crossEntropy' ? '`tf.losses.softmaxCrossEntropy`' : `\`tf.${operation}\``;
    switch (direction) {
      case 'forward':
        return name;
      case 'backward':
        return `the gradient of ${name}${operation === 'crossEntropy' ? ' to the logits' : ''}`;
      case 'targetBackward':
        return `the gradient of ${name} to the labels`;
    }
  },
};

/** `backend` is TensorFlow.js's name of it, and has been initialised. */
export function runPublicApi(
  tf: TfjsModule,
  backend: string,
  { poisons = false }: LoadOptions = {},
): (c: Case) => Outcome {
  return (c) => {
    activateBackend(tf, backend);
    if (poisons) poisonMemory(tf, c);
    return runTfjs(tf, c, (x) => askPublicApi(tf, c, x));
  };
}

/** Runs `ask` and frees every tensor it made, also where it throws. */
export function runTfjs(tf: TfjsModule, c: Case, ask: (x: TfTensor) => TfTensor): Outcome {
  const engine = tf.engine();
  engine.startScope();
  try {
    const result = ask(tensorOf(tf, c.logits.data as Float32Array, c.logits.shape));
    return outcomeOf(c, result, ownFloats(result));
  } catch (error) {
    return outcomeOfThrown(tf, error);
  } finally {
    engine.endScope();
  }
}

/** As `runTfjs`, of a backend whose answers have to be waited for. One call at a time. */
export async function runTfjsLater(
  tf: TfjsModule,
  c: Case,
  ask: (x: TfTensor) => TfTensor,
): Promise<Outcome> {
  const engine = tf.engine();
  engine.startScope();
  try {
    const result = ask(tensorOf(tf, c.logits.data as Float32Array, c.logits.shape));
    return outcomeOf(c, result, new Float32Array(await result.data()));
  } catch (error) {
    return outcomeOfThrown(tf, error);
  } finally {
    engine.endScope();
  }
}

/** No copy: what the result's tensor held is nobody else's once its scope has ended. */
function ownFloats(result: TfTensor): Float32Array {
  const data = result.dataSync();
  return result.dtype === 'float32' ? (data as Float32Array) : new Float32Array(data);
}

function outcomeOf(c: Case, { shape }: TfTensor, data: Float32Array): Outcome {
  const expected = outputShape(c);
  if (isSameShape(shape, expected))
    return { kind: 'values', tensor: { shape: expected, data }, violations: [] };
  const detail = `the output has shape [${shape.join(', ')}], not [${expected.join(', ')}]`;
  const tensor = data.length === sizeOf(expected) ? { shape: expected, data } : null;
  return { kind: 'values', tensor, violations: [{ kind: 'shape', detail }] };
}

function outcomeOfThrown(tf: TfjsModule, error: unknown): Outcome {
  freeTape(tf);
  return { kind: 'threw', message: error instanceof Error ? error.message : String(error) };
}

interface Taped {
  readonly state: { activeTape: readonly { readonly saved?: readonly TfTensor[] }[] | null };
}

/** What a gradient keeps for its way back, tfjs 4.22.0 frees at its end, and so not where it throws. */
function freeTape(tf: TfjsModule): void {
  const { state } = tf.engine() as unknown as Taped;
  for (const { saved } of state.activeTape ?? []) for (const tensor of saved ?? []) tensor.dispose();
  state.activeTape = null;
}

/** A copy: the cpu backend keeps the array that it is given. */
export function tensorOf(tf: TfjsModule, data: ArrayLike<number>, shape: readonly number[]): TfTensor {
  return tf.tensor(new Float32Array(data), [...shape], 'float32');
}

/** What the public API makes of the case, on the backend that is active. */
export function askPublicApi(tf: TfjsModule, c: Case, x: TfTensor): TfTensor {
  switch (c.direction) {
    case 'forward':
      return forward(tf, c)(x, () => labels(tf, c));
    case 'backward': {
      const target = c.loss === undefined ? null : labels(tf, c);
      return tf.grad((logits) => forward(tf, c)(logits, () => target!))(x, cotangent(tf, c));
    }
    case 'targetBackward':
      return tf.grad((target) => forward(tf, c)(x, () => target))(labels(tf, c), cotangent(tf, c));
  }
}

function cotangent(tf: TfjsModule, c: Case): TfTensor {
  return tensorOf(tf, c.cotangent!.data, c.cotangent!.shape);
}

function labels(tf: TfjsModule, c: Case): TfTensor {
  return tensorOf(tf, labelsOf(c, c.loss!), c.logits.shape);
}

type Forward = (x: TfTensor, target: () => TfTensor) => TfTensor;

function forward(tf: TfjsModule, c: Case): Forward {
  switch (c.operation) {
    case 'softmax':
      return (x) => alongLast(tf, c, x, (last) => tf.softmax(last));
    case 'logSoftmax':
      return (x) => alongLast(tf, c, x, (last) => tf.logSoftmax(last));
    case 'logSumExp':
      return (x) => (x.rank === 0 ? tf.logSumExp(x) : tf.logSumExp(x, c.axis));
    case 'crossEntropy':
      return (x, target) => crossEntropy(tf, c, { x, target: target() });
  }
}

function alongLast(tf: TfjsModule, c: Case, x: TfTensor, f: (last: TfTensor) => TfTensor): TfTensor {
  const order = toLast(x.rank, c.axis);
  return order === null ? f(x) : tf.transpose(f(tf.transpose(x, order)), inverse(order));
}

function crossEntropy(tf: TfjsModule, c: Case, { x, target }: { x: TfTensor; target: TfTensor }): TfTensor {
  const { labelSmoothing, reduction } = c.loss!;
  const order = toLast(x.rank, c.axis);
  const [lastX, lastTarget] =
    order === null ? [x, target] : [tf.transpose(x, order), tf.transpose(target, order)];
  const weights = positionWeightsOf(c.loss!);
  const weight = weights === null ? undefined : tensorOf(tf, weights, lastX.shape.slice(0, -1));
  const how = { none: tf.Reduction.NONE, sum: tf.Reduction.SUM, mean: tf.Reduction.MEAN }[reduction];
  return tf.losses.softmaxCrossEntropy(lastTarget, lastX, weight as Scalar | undefined, labelSmoothing, how);
}
