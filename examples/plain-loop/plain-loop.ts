/**
 * The loop that people write instead of a harness: fast-check draws an array, TensorFlow.js is asked once a
 * case, an allclose compares. The peer of `logitfuzz bench`. Not a good test: its tolerance passes all zeros
 * for a wide softmax, it draws numbers of which few are hard, and where the two disagree it cannot say who is
 * wrong.
 *
 * It does the work of the harness in what takes time: the same nine kernels, equally often, on as many
 * numbers. In the rest it is spared: it draws no array that a kernel does not take, has matrices and their
 * last axis alone, so that nothing is transposed, labels that need not be made of class indices, no options
 * of a loss, and no numbers for which the references are known to be wrong, at which `fc.assert` would stop.
 */
import fc from 'fast-check';
import type * as Tfjs from '@tensorflow/tfjs-core';

type Matrix = { readonly shape: readonly number[]; readonly data: Float32Array };

type LossBackward = (
  x: Matrix,
  target: Matrix,
  dy: Matrix,
  options: { axis: number },
) => { data: ArrayLike<number> };

export interface Kernels {
  softmax(x: Matrix, options: { axis: number }): { data: ArrayLike<number> };
  softmaxBackward(x: Matrix, dy: Matrix, options: { axis: number }): { data: ArrayLike<number> };
  logSoftmax(x: Matrix, options: { axis: number }): { data: ArrayLike<number> };
  logSoftmaxBackward(x: Matrix, dy: Matrix, options: { axis: number }): { data: ArrayLike<number> };
  logSumExp(x: Matrix, options: { axis: number }): { data: ArrayLike<number> };
  logSumExpBackward(x: Matrix, dy: Matrix, options: { axis: number }): { data: ArrayLike<number> };
  crossEntropy(x: Matrix, target: Matrix, options: { axis: number }): { data: ArrayLike<number> };
  crossEntropyBackward: LossBackward;
  crossEntropyTargetBackward: LossBackward;
}

export interface PlainRun {
  readonly cases: number;
  readonly elements: number;
  readonly seconds: number;
}

/** Rows of 1 to 8 and 1 to 16 classes: 38 elements a case on average, as in logitfuzz's generator. */
const rowsMax = 8;
const classesMax = 16;

const names = [
  'softmax',
  'softmaxBackward',
  'logSoftmax',
  'logSoftmaxBackward',
  'logSumExp',
  'logSumExpBackward',
  'crossEntropy',
  'crossEntropyBackward',
  'crossEntropyTargetBackward',
] as const;
type Name = (typeof names)[number];

/** The logits, and what the kernel takes beside them: labels, a cotangent, or nothing. */
interface Drawn {
  readonly x: Matrix;
  readonly other: Matrix;
}

function casesFor(name: Name): fc.Arbitrary<Drawn> {
  const sizes = fc.record({
    rows: fc.integer({ min: 1, max: rowsMax }),
    classes: fc.integer({ min: 1, max: classesMax }),
  });
  return sizes.chain(({ rows, classes }) => {
    const x = floats([rows, classes]);
    switch (name) {
      case 'softmax':
      case 'logSoftmax':
      case 'logSumExp':
        return x.map((drawn) => ({ x: drawn, other: one }));
      case 'logSumExpBackward':
        return fc.record({ x, other: floats([rows]) });
      case 'softmaxBackward':
      case 'logSoftmaxBackward':
        return fc.record({ x, other: floats([rows, classes]) });
      case 'crossEntropy':
      case 'crossEntropyBackward':
      case 'crossEntropyTargetBackward':
        return fc.record({ x, other: floats([rows, classes]).map(probabilities) });
    }
  });
}

function floats(shape: readonly number[]): fc.Arbitrary<Matrix> {
  const length = shape.reduce((a, b) => a * b, 1);
  const values = fc.float32Array({ minLength: length, maxLength: length, min: -100, max: 100, noNaN: true });
  return values.map((data) => ({ shape, data }));
}

/**
 * `runs` cases for each backend, one backend after the other, each operation and direction its share. Without
 * backends only that every value is a number: what such a loop can say without a reference.
 */
export async function runPlainLoop(
  tf: typeof Tfjs | null,
  kernels: Kernels,
  {
    backends,
    runs,
    seed,
  }: { readonly backends: readonly string[]; readonly runs: number; readonly seed: number },
): Promise<PlainRun> {
  let [done, elements] = [0, 0];
  const start = performance.now();
  for (const backend of backends.length === 0 ? [null] : backends) {
    if (backend !== null) await tf!.setBackend(backend);
    for (const name of names) {
      const property = fc.property(casesFor(name), ({ x, other }) => {
        done++;
        elements += x.data.length;
        const got = ask(kernels, name, x, other);
        return backend === null ? isFinite(got) : isClose(got, askTfjs(tf!, name, x, other));
      });
      fc.assert(property, { numRuns: Math.ceil(runs / names.length), seed });
    }
  }
  // A case is one for every backend, as in the harness: the cases of all backends together count once.
  const rounds = Math.max(1, backends.length);
  return { cases: done / rounds, elements: elements / rounds, seconds: (performance.now() - start) / 1000 };
}

function ask(kernels: Kernels, name: Name, x: Matrix, other: Matrix): ArrayLike<number> {
  const axis = -1;
  switch (name) {
    case 'softmax':
    case 'logSoftmax':
    case 'logSumExp':
      return kernels[name](x, { axis }).data;
    case 'softmaxBackward':
    case 'logSoftmaxBackward':
    case 'logSumExpBackward':
    case 'crossEntropy':
      return kernels[name](x, other, { axis }).data;
    case 'crossEntropyBackward':
    case 'crossEntropyTargetBackward':
      return kernels[name](x, other, one, { axis }).data;
  }
}

function askTfjs(tf: typeof Tfjs, name: Name, x: Matrix, other: Matrix): ArrayLike<number> {
  return tf.tidy(() => {
    const tensor = ({ shape, data }: Matrix): Tfjs.Tensor => tf.tensor(data, [...shape]);
    const loss = (logits: Tfjs.Tensor): Tfjs.Tensor =>
      tf.losses.softmaxCrossEntropy(tensor(other), logits, undefined, 0, tf.Reduction.MEAN);
    switch (name) {
      case 'softmax':
        return tf.softmax(tensor(x)).dataSync();
      case 'softmaxBackward':
        return tf
          .grad((t) => tf.softmax(t))(tensor(x), tensor(other))
          .dataSync();
      case 'logSoftmax':
        return tf.logSoftmax(tensor(x)).dataSync();
      case 'logSoftmaxBackward':
        return tf
          .grad((t) => tf.logSoftmax(t))(tensor(x), tensor(other))
          .dataSync();
      case 'logSumExp':
        return tf.logSumExp(tensor(x), -1).dataSync();
      case 'logSumExpBackward':
        return tf
          .grad((t) => tf.logSumExp(t, -1))(tensor(x), tensor(other))
          .dataSync();
      case 'crossEntropy':
        return loss(tensor(x)).dataSync();
      case 'crossEntropyBackward':
        return tf.grad(loss)(tensor(x)).dataSync();
      case 'crossEntropyTargetBackward': {
        // Composed: the gradient of softmaxCrossEntropy to its labels is not their derivative, which the
        // first case shows.
        const logP = tf.logSoftmax(tensor(x));
        return tf
          .grad((t) => tf.neg(tf.mean(tf.sum(tf.mul(t, logP), -1))))(tensor(other))
          .dataSync();
      }
    }
  });
}

const one: Matrix = { shape: [], data: Float32Array.of(1) };

/** Rows that sum to 1. */
function probabilities({ shape, data }: Matrix): Matrix {
  const classes = shape[1]!;
  const result = new Float32Array(data.length);
  for (let start = 0; start < data.length; start += classes) {
    let sum = 0;
    for (let k = 0; k < classes; k++) sum += Math.abs(data[start + k]!) + 1;
    for (let k = 0; k < classes; k++) result[start + k] = (Math.abs(data[start + k]!) + 1) / sum;
  }
  return { shape, data: result };
}

function isFinite(values: ArrayLike<number>): boolean {
  for (let i = 0; i < values.length; i++) if (!Number.isFinite(values[i]!)) return false;
  return true;
}

/** Compares as `numpy.allclose` does, with TensorFlow.js's own test tolerance. */
function isClose(a: ArrayLike<number>, b: ArrayLike<number>): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) {
    if (Math.abs(a[i]! - b[i]!) > 1e-3 + 1e-3 * Math.abs(b[i]!)) return false;
  }
  return true;
}
