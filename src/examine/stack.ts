/**
 * Many small cases as one: their lanes are rows of a single matrix, so that a reference is called once for all of them.
 * Stacking can hide a bug and cause one: some cases are never stacked, and before a finding is made of what diverges in a
 * stack it is asked again alone.
 */
import { isIndexTarget, outputShape, type Case, type Loss } from '../case/case.ts';
import { pool } from '../float/pool.ts';
import { positionWeightsOf } from '../../reference/tfjs/one-hot.ts';
import { smoothLabel, smoothingOf } from '../../reference/tfjs/smoothing.ts';
import { takesIndices } from '../../reference/tfjs/support.ts';
import { lanesOf, laneStart, type Lanes } from '../tensor/lanes.ts';
import type { Tensor } from '../tensor/tensor.ts';

/** A larger case gains nothing by company. */
const caseElementsMax = 2048;
/** Of one stack: a slow reference answers it well within a case's time limit. */
export const stackElementsMax = 16_384;

/**
 * Cases of one key stack when this reference is asked: the same kernel and width. Null for a case that does not: empty, of
 * rank 0, large, or float64, which no reference takes; or a loss whose cotangent its weights take out of the format.
 */
export function stackKeyOf(c: Case, reference: string): string | null {
  const { logits, loss } = c;
  const elements = logits.data.length;
  if (c.format !== 'float32' || elements === 0 || elements > caseElementsMax || logits.shape.length === 0)
    return null;
  if (loss !== undefined && c.cotangent !== undefined && !hasFiniteCotangents(c)) return null;
  const { length } = lanesOf(logits.shape, c.axis);
  const kernel = `${c.operation}/${c.direction}/${length}`;
  if (loss === undefined || !takesIndices(reference)) return kernel;
  return `${kernel}/${isIndexTarget(loss.target) ? 'index' : 'probability'}`;
}

export interface Stack {
  /** Of shape [rows, width], axis −1; a loss has no options, is not reduced, and where labels are taken is of labels. */
  readonly case: Case;
  /** The output of the stack, taken apart into the outputs of the cases; what a loss leaves to be done is done here. */
  unstack(output: Tensor): Tensor[];
}

/** A case as rows of a stack. */
interface Rows {
  readonly case: Case;
  readonly lanes: Lanes;
  /** Of the positions of a loss; null where all are 1. */
  readonly weights: Float32Array | null;
  /** What a mean divides by; 1 where there is none. */
  readonly whole: number;
}

/** `cases` have one key for the reference, which declines none of them; at least one of them there is. */
export function stackOf(cases: readonly Case[], reference: string): Stack {
  const parts = cases.map(rowsOf);
  const { operation, direction, format, loss } = cases[0]!;
  const width = parts[0]!.lanes.length;
  const rows = parts.reduce((sum, { lanes }) => sum + lanes.count, 0);
  const matrix = (write: (part: Rows, to: Float32Array, at: number) => void): Tensor => {
    const data = pool.float32(rows * width);
    let at = 0;
    for (const part of parts) {
      write(part, data, at);
      at += part.lanes.count * width;
    }
    return { shape: [rows, width], data };
  };
  const logits = matrix((part, to, at) => toRows(part.case.logits.data, part.lanes, to, at));
  const base = { operation, direction, format, axis: -1, logits, regimes: [], checks: [] } as const;
  const cotangent = direction === 'forward' ? {} : { cotangent: stackCotangents(parts, rows, matrix) };
  const target = loss === undefined ? {} : { loss: stackLoss(parts, rows, matrix, reference) };
  return { case: { ...base, ...cotangent, ...target }, unstack: (output) => unstack(parts, output) };
}

function rowsOf(c: Case): Rows {
  const lanes = lanesOf(c.logits.shape, c.axis);
  const weights = c.loss === undefined ? null : positionWeightsOf(c.loss);
  if (c.loss?.reduction !== 'mean') return { case: c, lanes, weights, whole: 1 };
  const whole = weights === null ? lanes.count : weights.reduce((sum, weight) => sum + weight, 0);
  return { case: c, lanes, weights, whole };
}

function toRows(from: Tensor['data'], lanes: Lanes, to: Float32Array, at: number): void {
  const { length, stride, count } = lanes;
  if (stride === 1) {
    for (let i = 0; i < from.length; i++) to[at + i] = from[i]!;
    return;
  }
  let next = at;
  for (let lane = 0; lane < count; lane++) {
    for (let k = 0, i = laneStart(lanes, lane); k < length; k++, i += stride) to[next++] = from[i]!;
  }
}

type Matrix = (write: (part: Rows, to: Float32Array, at: number) => void) => Tensor;

/** Without weights a cotangent only shrinks. */
function hasFiniteCotangents(c: Case): boolean {
  const { weight, ignoreIndex, target } = c.loss!;
  if (!isIndexTarget(target) || (weight === undefined && ignoreIndex === undefined)) return true;
  const rows = rowsOf(c);
  for (let lane = 0; lane < rows.lanes.count; lane++)
    if (!Number.isFinite(Math.fround(rowCotangent(rows, lane)))) return false;
  return true;
}

/** Of a kernel with one output for each lane: dy, times what the lane counts in the case's output. */
function rowCotangent({ case: c, weights, whole }: Rows, lane: number): number {
  const dy = c.cotangent!.data;
  const isPerLane = c.loss === undefined || c.loss.reduction === 'none';
  return ((isPerLane ? dy[lane]! : dy[0]!) * (weights?.[lane] ?? 1)) / whole;
}

/** One per logit where the output has that shape, else one per row: dy, times what the row counts in the output. */
function stackCotangents(parts: readonly Rows[], rows: number, matrix: Matrix): Tensor {
  const { operation } = parts[0]!.case;
  if (operation === 'softmax' || operation === 'logSoftmax')
    return matrix((part, to, at) => toRows(part.case.cotangent!.data, part.lanes, to, at));
  const data = pool.float32(rows);
  let at = 0;
  for (const part of parts)
    for (let lane = 0; lane < part.lanes.count; lane++) data[at++] = rowCotangent(part, lane);
  return { shape: [rows], data };
}

function stackLoss(parts: readonly Rows[], rows: number, matrix: Matrix, reference: string): Loss {
  const base = { reduction: 'none', labelSmoothing: 0 } as const;
  if (!takesIndices(reference) || !isIndexTarget(parts[0]!.case.loss!.target))
    return { ...base, target: matrix(writeLabels) };
  const data = pool.int32(rows);
  let at = 0;
  for (const { case: c } of parts) for (const index of c.loss!.target.data) data[at++] = index;
  return { ...base, target: { shape: [rows], data } };
}

/** As tfjs makes them of its arguments: one-hot for an index, then smoothed, each step rounded to float32. */
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

function unstack(parts: readonly Rows[], output: Tensor): Tensor[] {
  let at = 0;
  const isPerLane = output.shape.length === 1;
  return parts.map((part) => {
    const { case: c, lanes } = part;
    const from = at;
    at += isPerLane ? lanes.count : lanes.count * lanes.length;
    const shape = outputShape(c);
    const data = isPerLane ? lossesOf(part, output.data, from) : fromRows(output.data, lanes, from);
    if (c.direction === 'targetBackward' && c.loss!.labelSmoothing !== 0) {
      const { kept } = smoothingOf(c.loss!.labelSmoothing, lanes.length);
      for (let i = 0; i < data.length; i++) data[i]! *= kept;
    }
    return { shape, data };
  });
}

/** One per lane, or their sum in float64 where the case reduces them. */
function lossesOf({ case: c, lanes, weights, whole }: Rows, from: Tensor['data'], at: number): Float32Array {
  const isReduced = c.loss !== undefined && c.loss.reduction !== 'none';
  const data = pool.float32(isReduced ? 1 : lanes.count);
  let sum = 0;
  for (let lane = 0; lane < lanes.count; lane++) {
    const loss = from[at + lane]! * (weights?.[lane] ?? 1);
    if (isReduced) sum += loss;
    else data[lane] = loss;
  }
  if (isReduced) data[0] = sum / whole;
  return data;
}

function fromRows(from: Tensor['data'], lanes: Lanes, at: number): Float32Array {
  const { length, stride, count } = lanes;
  const data = pool.float32(length * count);
  if (stride === 1) {
    for (let i = 0; i < data.length; i++) data[i] = from[at + i]!;
    return data;
  }
  let next = at;
  for (let lane = 0; lane < count; lane++) {
    for (let k = 0, i = laneStart(lanes, lane); k < length; k++, i += stride) data[i] = from[next++]!;
  }
  return data;
}
