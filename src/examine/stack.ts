/**
 * Many small cases as one: their lanes are rows of a single matrix, so that a reference is called once for
 * all of them. Stacking can hide a bug and cause one: some cases are never stacked, and before a finding is
 * made of what diverges in a stack it is asked again alone.
 */
import { forwardKind, isIndexTarget, outputShape, type Case } from '../case/case.ts';
import { pool } from '../float/pool.ts';
import {
  fromRows,
  positionWeightsOf,
  toRows,
  type Matrix,
  type Rows,
  type Stack,
  type Stacking,
} from '../subjects/stacking.ts';
import { lanesOf } from '../tensor/lanes.ts';
import type { Tensor } from '../tensor/tensor.ts';

/** A larger case gains nothing by company. */
export const caseElementsMax = 2048;
/** Most elements of one stack: a slow reference answers it well within a case's time limit. */
export const stackElementsMax = 16_384;

/**
 * Cases of one key stack when an implementation with this stacking is asked: the same kernel and width. Null
 * for a case that does not: empty, of rank 0, large, or float64, which no reference takes; or a loss where
 * losses are asked alone, or whose cotangent its weights take out of the format.
 */
export function stackKeyOf(c: Case, stacking: Stacking): string | null {
  if (c.invalid !== undefined) return null; // is not asked of a reference
  const { logits, loss } = c;
  const elements = logits.data.length;
  if (c.format !== 'float32' || elements === 0 || elements > caseElementsMax || logits.shape.length === 0)
    return null;
  if (loss !== undefined && stacking.loss === null) return null;
  if (loss !== undefined && c.cotangent !== undefined && !hasFiniteCotangents(c)) return null;
  const { length } = lanesOf(logits.shape, c.axis);
  const kernel = `${c.operation}/${c.direction}/${length}`;
  const kind = loss === undefined ? null : stacking.loss!.kindOf(loss);
  return kind === null ? kernel : `${kernel}/${kind}`;
}

/**
 * `cases` have one key for the stacking, and the implementation declines none of them;
 * at least one of them there is.
 */
export function stackOf(cases: readonly Case[], stacking: Stacking): Stack {
  const parts = cases.map(rowsOf);
  const { operation, direction, format, loss } = cases[0]!;
  const width = parts[0]!.lanes.length;
  const rows = parts.reduce((sum, { lanes }) => sum + lanes.count, 0);
  const matrix: Matrix = (write) => {
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
  const target = loss === undefined ? {} : { loss: stacking.loss!.stackLoss(parts, rows, matrix) };
  return {
    case: { ...base, ...cotangent, ...target },
    unstack: (output) => unstack(parts, output, stacking),
  };
}

function rowsOf(c: Case): Rows {
  const lanes = lanesOf(c.logits.shape, c.axis);
  const weights = c.loss === undefined ? null : positionWeightsOf(c.loss);
  if (c.loss?.reduction !== 'mean') return { case: c, lanes, weights, whole: 1 };
  const whole = weights === null ? lanes.count : weights.reduce((sum, weight) => sum + weight, 0);
  return { case: c, lanes, weights, whole };
}

/** Whether the cotangents of the rows are finite; without weights a cotangent only shrinks. */
function hasFiniteCotangents(c: Case): boolean {
  const { weight, ignoreIndex, target } = c.loss!;
  if (!isIndexTarget(target) || (weight === undefined && ignoreIndex === undefined)) return true;
  const rows = rowsOf(c);
  for (let lane = 0; lane < rows.lanes.count; lane++)
    if (!Number.isFinite(Math.fround(rowCotangent(rows, lane)))) return false;
  return true;
}

/**
 * The cotangent of a kernel with one output for each lane:
 * dy, times what the lane counts in the case's output.
 */
function rowCotangent({ case: c, weights, whole }: Rows, lane: number): number {
  const dy = c.cotangent!.data;
  const isReduced = forwardKind(c) === 'reduced';
  return ((isReduced ? dy[0]! : dy[lane]!) * (weights?.[lane] ?? 1)) / whole;
}

/**
 * One per logit where the output has that shape, else one per row:
 * dy, times what the row counts in the output.
 */
function stackCotangents(parts: readonly Rows[], rows: number, matrix: Matrix): Tensor {
  if (forwardKind(parts[0]!.case) === 'like logits')
    return matrix((part, to, at) => toRows(part.case.cotangent!.data, part.lanes, to, at));
  const data = pool.float32(rows);
  let at = 0;
  for (const part of parts)
    for (let lane = 0; lane < part.lanes.count; lane++) data[at++] = rowCotangent(part, lane);
  return { shape: [rows], data };
}

function unstack(parts: readonly Rows[], output: Tensor, { loss }: Stacking): Tensor[] {
  let at = 0;
  const isPerLane = output.shape.length === 1;
  return parts.map((part) => {
    const { case: c, lanes } = part;
    const from = at;
    at += isPerLane ? lanes.count : lanes.count * lanes.length;
    const shape = outputShape(c);
    const data = isPerLane ? lossesOf(part, output.data, from) : fromRows(output.data, lanes, from);
    if (c.loss !== undefined) loss!.finish(part, data);
    return { shape, data };
  });
}

/** One per lane, or their sum in float64 where the case reduces them. */
function lossesOf({ case: c, lanes, weights, whole }: Rows, from: Tensor['data'], at: number): Float32Array {
  const isReduced = forwardKind(c) === 'reduced';
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
