/**
 * The cases of a column in flat arrays, one case after the other, each in its own element order: where their
 * lanes lie, and their logits and cotangents. What a case alone is worked out from is a column of one.
 * Computes nothing.
 */
import { outputKind, type Case } from '../case/case.ts';
import { kernelNameOf, type KernelName } from '../contract/subject.ts';
import type { Format } from '../float/format.ts';
import type { ArrayPool } from '../float/pool.ts';
import { resolveAxis } from '../tensor/lanes.ts';

/** Where the lanes of a column lie. */
export interface ColumnLanes {
  readonly count: number;
  /** Flat position of lane l's first element, the distance between its neighbours, and how many it has. */
  readonly start: Int32Array;
  readonly stride: Int32Array;
  readonly length: Int32Array;
  /** The number of the case that it is of. */
  readonly caseOf: Int32Array;
}

/** Cases of one kernel and format. */
export interface FlatColumn {
  readonly cases: readonly Case[];
  readonly kernel: KernelName;
  readonly format: Format;
  readonly lanes: ColumnLanes;
  /** Case i has the elements from elementsFrom[i] to elementsFrom[i + 1]; likewise its lanes and outputs. */
  readonly elementsFrom: Int32Array;
  readonly lanesFrom: Int32Array;
  readonly outputsFrom: Int32Array;
  readonly logits: Float64Array;
  /**
   * dy: in the logits' order; of logSumExp and crossEntropy by lane, where a reduced loss has the same one in
   * all lanes of a case. Empty for forwards.
   */
  readonly cotangent: Float64Array;
  /** What all arrays of the column are taken from, and of what is worked out of it. */
  readonly pool: ArrayPool;
}

/** @throws RangeError where an axis is none of its case's. */
export function flattened(cases: readonly Case[], pool: ArrayPool): FlatColumn {
  const { operation, direction, format } = cases[0]!;
  const from = extentsOf(cases, pool);
  const { elementsFrom, lanesFrom } = from;
  const logits = pool.float64(elementsFrom[cases.length]!);
  for (let i = 0; i < cases.length; i++) putAll(logits, elementsFrom[i]!, cases[i]!.logits.data);
  const isPerLane = operation === 'logSumExp' || operation === 'crossEntropy';
  return {
    cases,
    kernel: kernelNameOf(operation, direction),
    format,
    lanes: lanesIn(from, pool),
    elementsFrom,
    lanesFrom,
    outputsFrom: outputsOf(cases, from, pool),
    logits,
    cotangent:
      direction === 'forward' ? none : cotangentsOf(cases, isPerLane ? lanesFrom : elementsFrom, pool),
    pool,
  };
}

const none = new Float64Array(0);

interface Extents {
  readonly elementsFrom: Int32Array;
  readonly lanesFrom: Int32Array;
  /** By case: the length of its lanes, and their stride. */
  readonly widths: Int32Array;
  readonly strides: Int32Array;
}

function extentsOf(cases: readonly Case[], pool: ArrayPool): Extents {
  const elementsFrom = pool.int32(cases.length + 1);
  const lanesFrom = pool.int32(cases.length + 1);
  const widths = pool.int32(cases.length);
  const strides = pool.int32(cases.length);
  for (let i = 0; i < cases.length; i++) {
    const { axis, logits } = cases[i]!;
    const { shape, data } = logits;
    const along = resolveAxis(axis, shape.length);
    let [before, stride] = [1, 1];
    for (let d = 0; d < along; d++) before *= shape[d]!;
    for (let d = along + 1; d < shape.length; d++) stride *= shape[d]!;
    widths[i] = shape.length === 0 ? 1 : shape[along]!;
    strides[i] = stride;
    elementsFrom[i + 1] = elementsFrom[i]! + data.length;
    lanesFrom[i + 1] = lanesFrom[i]! + before * stride;
  }
  return { elementsFrom, lanesFrom, widths, strides };
}

function lanesIn({ elementsFrom, lanesFrom, widths, strides }: Extents, pool: ArrayPool): ColumnLanes {
  const count = lanesFrom[widths.length]!;
  const start = pool.int32(count);
  const strideOf = pool.int32(count);
  const length = pool.int32(count);
  const caseOf = pool.int32(count);
  for (let i = 0; i < widths.length; i++) {
    const [width, stride, end] = [widths[i]!, strides[i]!, lanesFrom[i + 1]!];
    let [first, offset] = [elementsFrom[i]!, 0];
    for (let lane = lanesFrom[i]!; lane < end; lane++) {
      start[lane] = first + offset;
      strideOf[lane] = stride;
      length[lane] = width;
      caseOf[lane] = i;
      if (++offset < stride) continue;
      offset = 0;
      first += width * stride;
    }
  }
  return { count, start, stride: strideOf, length, caseOf };
}

function outputsOf(
  cases: readonly Case[],
  { elementsFrom, lanesFrom }: Extents,
  pool: ArrayPool,
): Int32Array {
  const { operation, direction } = cases[0]!;
  if (direction !== 'forward' || operation === 'softmax' || operation === 'logSoftmax') return elementsFrom;
  if (operation === 'logSumExp') return lanesFrom;
  const outputsFrom = pool.int32(cases.length + 1);
  for (let i = 0; i < cases.length; i++) {
    const size = outputKind(cases[i]!) === 'reduced' ? 1 : lanesFrom[i + 1]! - lanesFrom[i]!;
    outputsFrom[i + 1] = outputsFrom[i]! + size;
  }
  return outputsFrom;
}

function cotangentsOf(cases: readonly Case[], from: Int32Array, pool: ArrayPool): Float64Array {
  const all = pool.float64(from[cases.length]!);
  for (let i = 0; i < cases.length; i++) {
    const { cotangent, loss } = cases[i]!;
    if (loss === undefined || loss.reduction === 'none') putAll(all, from[i]!, cotangent!.data);
    else all.fill(cotangent!.data[0]!, from[i], from[i + 1]);
  }
  return all;
}

/** A short array is copied faster one by one. */
export function putAll(to: Float64Array, at: number, values: ArrayLike<number>): void {
  const { length } = values;
  if (length > 64) to.set(values, at);
  else for (let k = 0; k < length; k++) to[at + k] = values[k]!;
}
