/**
 * The cases of a column in flat arrays, one case after the other, each in its own element order: where their
 * lanes lie, and their logits and cotangents. What a case alone is worked out from is a column of one.
 * Computes nothing.
 */
import { outputKind, type Case } from '../case/case.ts';
import { kernelNameOf, type KernelName } from '../contract/subject.ts';
import type { Format } from '../float/format.ts';
import { pool } from '../float/pool.ts';
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
}

/** @throws RangeError where an axis is none of its case's. */
export function flattened(cases: readonly Case[]): FlatColumn {
  const { operation, direction, format } = cases[0]!;
  const elementsFrom = pool.int32(cases.length + 1);
  const lanesFrom = pool.int32(cases.length + 1);
  const widths = pool.int32(cases.length);
  for (let i = 0; i < cases.length; i++) {
    const { shape, data } = cases[i]!.logits;
    widths[i] = shape.length === 0 ? 1 : shape[resolveAxis(cases[i]!.axis, shape.length)]!;
    elementsFrom[i + 1] = elementsFrom[i]! + data.length;
    lanesFrom[i + 1] = lanesFrom[i]! + (widths[i] === 0 ? countOf(cases[i]!) : data.length / widths[i]!);
  }
  const lanes = lanesIn(cases, widths, elementsFrom, lanesFrom);
  const logits = pool.float64(elementsFrom[cases.length]!);
  for (let i = 0; i < cases.length; i++) putAll(logits, elementsFrom[i]!, cases[i]!.logits.data);
  const isPerLane = operation === 'logSumExp' || operation === 'crossEntropy';
  return {
    cases,
    kernel: kernelNameOf(operation, direction),
    format,
    lanes,
    elementsFrom,
    lanesFrom,
    outputsFrom: outputsOf(cases, elementsFrom, lanesFrom),
    logits,
    cotangent: direction === 'forward' ? none : cotangentsOf(cases, isPerLane ? lanesFrom : elementsFrom),
  };
}

const none = new Float64Array(0);

/** Lanes of no elements are there, too. */
function countOf({ logits: { shape }, axis }: Case): number {
  const along = resolveAxis(axis, shape.length);
  return shape.reduce((product, size, at) => (at === along ? product : product * size), 1);
}

function lanesIn(
  cases: readonly Case[],
  widths: Int32Array,
  elementsFrom: Int32Array,
  lanesFrom: Int32Array,
): ColumnLanes {
  const count = lanesFrom[cases.length]!;
  const lanes = {
    count,
    start: pool.int32(count),
    stride: pool.int32(count),
    length: pool.int32(count),
    caseOf: pool.int32(count),
  };
  for (let i = 0; i < cases.length; i++) {
    const { shape } = cases[i]!.logits;
    const width = widths[i]!;
    let stride = 1;
    for (let d = resolveAxis(cases[i]!.axis, shape.length) + 1; d < shape.length; d++) stride *= shape[d]!;
    let start = elementsFrom[i]!;
    let offset = 0;
    for (let lane = lanesFrom[i]!; lane < lanesFrom[i + 1]!; lane++) {
      lanes.start[lane] = start + offset;
      lanes.stride[lane] = stride;
      lanes.length[lane] = width;
      lanes.caseOf[lane] = i;
      if (++offset < stride) continue;
      offset = 0;
      start += width * stride;
    }
  }
  return lanes;
}

function outputsOf(cases: readonly Case[], elementsFrom: Int32Array, lanesFrom: Int32Array): Int32Array {
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

function cotangentsOf(cases: readonly Case[], from: Int32Array): Float64Array {
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
  if (values.length > 64) to.set(values, at);
  else for (let k = 0; k < values.length; k++) to[at + k] = values[k]!;
}
