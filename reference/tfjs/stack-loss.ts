/**
 * The losses of a stack as TensorFlow.js is asked for them:
 * labels, made as tfjs makes them, or class indices as they are.
 */
import { isIndexTarget, type Loss } from '../../src/case/case.ts';
import { pool } from '../../src/float/pool.ts';
import { toRows, type Matrix, type Rows, type Stacking } from '../../src/subjects/stacking.ts';
import { smoothLabel, smoothingOf } from './smoothing.ts';

const plain = { reduction: 'none', labelSmoothing: 0 } as const;

/** Losses of all options in one stack, whatever their targets are. */
export const labelStacking: Stacking = {
  loss: {
    kindOf: () => null,
    stackLoss: (_parts, _rows, matrix) => ({ ...plain, target: matrix(writeLabels) }),
    finish: scaleByKept,
  },
};

/** Class indices apart from probabilities: the kernels for them are two. */
export const indexStacking: Stacking = {
  loss: {
    kindOf: ({ target }) => (isIndexTarget(target) ? 'index' : 'probability'),
    stackLoss,
    finish: () => undefined, // smoothing, which alone leaves something to be done, is declined
  },
};

/** `parts` are of one kind. */
function stackLoss(parts: readonly Rows[], rows: number, matrix: Matrix): Loss {
  if (!isIndexTarget(parts[0]!.case.loss!.target)) return { ...plain, target: matrix(writeLabels) };
  const data = pool.int32(rows);
  let at = 0;
  for (const { case: c } of parts) for (const index of c.loss!.target.data) data[at++] = index;
  return { ...plain, target: { shape: [rows], data } };
}

/**
 * Writes the labels that tfjs makes of its arguments:
 * one-hot for an index, then smoothed, each step rounded to float32.
 */
function writeLabels({ case: c, lanes }: Rows, to: Float32Array, at: number): void {
  const { target, labelSmoothing, ignoreIndex } = c.loss!;
  const { length, count } = lanes;
  if (!isIndexTarget(target)) toRows(target.data, lanes, to, at);
  else {
    for (let lane = 0; lane < count; lane++) {
      const index = target.data[lane]!;
      if (index !== ignoreIndex) to[at + lane * length + index] = 1;
    }
  }
  if (labelSmoothing === 0) return;
  const smoothing = smoothingOf(labelSmoothing, length);
  for (let i = at; i < at + count * length; i++) to[i] = smoothLabel(to[i]!, smoothing);
}

/** The gradient to the labels before they were smoothed, of that to the smoothed ones. */
function scaleByKept({ case: { direction, loss }, lanes }: Rows, output: Float32Array): void {
  if (direction !== 'targetBackward' || loss!.labelSmoothing === 0) return;
  const { kept } = smoothingOf(loss!.labelSmoothing, lanes.length);
  for (let i = 0; i < output.length; i++) output[i]! *= kept;
}
