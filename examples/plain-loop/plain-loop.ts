/**
 * The loop that people write instead of a harness: fast-check draws an array, TensorFlow.js is asked once a case, an allclose
 * compares. The peer of `logitfuzz bench`. Not a good test: its tolerance passes all zeros for a wide softmax, it draws
 * numbers of which few are hard, and where the two disagree it cannot say who is wrong.
 */
import fc from 'fast-check';
import type * as Tfjs from '@tensorflow/tfjs-core';

type Matrix = { readonly shape: readonly number[]; readonly data: Float32Array };

export interface Kernels {
  softmax(x: Matrix, options: { axis: number }): { data: ArrayLike<number> };
  softmaxBackward(x: Matrix, dy: Matrix, options: { axis: number }): { data: ArrayLike<number> };
  logSoftmax(x: Matrix, options: { axis: number }): { data: ArrayLike<number> };
  logSoftmaxBackward(x: Matrix, dy: Matrix, options: { axis: number }): { data: ArrayLike<number> };
  logSumExp(x: Matrix, options: { axis: number }): { data: ArrayLike<number> };
  logSumExpBackward(x: Matrix, dy: Matrix, options: { axis: number }): { data: ArrayLike<number> };
  crossEntropy(x: Matrix, target: Matrix, options: { axis: number }): { data: ArrayLike<number> };
  crossEntropyBackward(
    x: Matrix,
    target: Matrix,
    dy: Matrix,
    options: { axis: number },
  ): { data: ArrayLike<number> };
}

export interface PlainRun {
  readonly cases: number;
  readonly elements: number;
  readonly seconds: number;
}

/** Rows of 1 to 8 and 1 to 16 classes: 38 elements a case on average, as in logitfuzz's generator. */
const rowsMax = 8;
const classesMax = 16;

const cases = fc
  .record({ rows: fc.integer({ min: 1, max: rowsMax }), classes: fc.integer({ min: 1, max: classesMax }) })
  .chain(({ rows, classes }) => {
    const matrix = fc
      .float32Array({
        minLength: rows * classes,
        maxLength: rows * classes,
        min: -100,
        max: 100,
        noNaN: true,
      })
      .map((data): Matrix => ({ shape: [rows, classes], data }));
    return fc.record({ x: matrix, other: matrix });
  });

const names = [
  'softmax',
  'softmaxBackward',
  'logSoftmax',
  'logSoftmaxBackward',
  'logSumExp',
  'logSumExpBackward',
  'crossEntropy',
  'crossEntropyBackward',
] as const;

/**
 * `runs` cases for each backend, one backend after the other, each operation and direction its share. Without backends only
 * that every value is a number: what such a loop can say without a reference.
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
      const property = fc.property(cases, ({ x, other }) => {
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

function ask(kernels: Kernels, name: (typeof names)[number], x: Matrix, other: Matrix): ArrayLike<number> {
  const axis = -1;
  switch (name) {
    case 'softmax':
    case 'logSoftmax':
    case 'logSumExp':
      return kernels[name](x, { axis }).data;
    case 'softmaxBackward':
    case 'logSoftmaxBackward':
      return kernels[name](x, other, { axis }).data;
    case 'logSumExpBackward':
      return kernels.logSumExpBackward(x, perRow(other), { axis }).data;
    case 'crossEntropy':
      return kernels.crossEntropy(x, probabilities(other), { axis }).data;
    case 'crossEntropyBackward':
      return kernels.crossEntropyBackward(x, probabilities(other), one, { axis }).data;
  }
}

function askTfjs(tf: typeof Tfjs, name: (typeof names)[number], x: Matrix, other: Matrix): ArrayLike<number> {
  return tf.tidy(() => {
    const tensor = ({ shape, data }: Matrix): Tfjs.Tensor => tf.tensor(data, [...shape]);
    const loss = (logits: Tfjs.Tensor): Tfjs.Tensor =>
      tf.losses.softmaxCrossEntropy(tensor(probabilities(other)), logits, undefined, 0, tf.Reduction.MEAN);
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
          .grad((t) => tf.logSumExp(t, -1))(tensor(x), tensor(perRow(other)))
          .dataSync();
      case 'crossEntropy':
        return loss(tensor(x)).dataSync();
      case 'crossEntropyBackward':
        return tf.grad(loss)(tensor(x)).dataSync();
    }
  });
}

const one: Matrix = { shape: [], data: Float32Array.of(1) };

function perRow({ shape, data }: Matrix): Matrix {
  return { shape: [shape[0]!], data: data.slice(0, shape[0]!) };
}

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

/** As `numpy.allclose`, with TensorFlow.js's own test tolerance. */
function isClose(a: ArrayLike<number>, b: ArrayLike<number>): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) {
    if (Math.abs(a[i]! - b[i]!) > 1e-3 + 1e-3 * Math.abs(b[i]!)) return false;
  }
  return true;
}
