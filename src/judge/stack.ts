/**
 * Many small cases as one: their lanes are rows of a single matrix, so that a reference is called once for all of them.
 * Stacking can hide a bug and cause one: some cases are never stacked, and before a finding is made of what diverges in a
 * stack it is asked again alone.
 */
import { isIndexTarget, outputShape, type Case, type Loss } from '../case/case.ts';
import { copyInto, pool, pooledFloats } from '../float/pool.ts';
import { lanesOf, laneStart, type Lanes } from '../tensor/lanes.ts';
import type { Tensor } from '../tensor/tensor.ts';

/** A larger case gains nothing by company. */
const caseElementsMax = 2048;
/** Of one stack: a slow reference answers it well within a case's time limit. */
export const stackElementsMax = 16_384;

/**
 * Cases of one key stack: the same kernel, width and kind of target. Null for a case that does not: empty, of rank 0, large,
 * float64 (no reference takes it), or with weights or ignored positions, which references treat in ways of their own.
 */
export function stackKeyOf(c: Case): string | null {
  const { logits, loss } = c;
  const elements = logits.data.length;
  if (c.format !== 'float32' || elements === 0 || elements > caseElementsMax || logits.shape.length === 0)
    return null;
  const { length } = lanesOf(logits.shape, c.axis);
  const kernel = `${c.operation}/${c.direction}/${length}`;
  if (loss === undefined) return kernel;
  if (loss.weight !== undefined || loss.ignoreIndex !== undefined) return null;
  return `${kernel}/${isIndexTarget(loss.target) ? 'index' : 'probability'}/${loss.labelSmoothing}`;
}

export interface Stack {
  /** Of shape [rows, width], axis −1; a loss is not reduced. */
  readonly case: Case;
  /** The output of the stack, taken apart into the outputs of the cases. A reduced loss is reduced here, in float64. */
  unstack(output: Tensor): Tensor[];
}

/** `cases` have one key, and at least one of them there is. */
export function stackOf(cases: readonly Case[]): Stack {
  const first = cases[0]!;
  const layouts = cases.map((c) => lanesOf(c.logits.shape, c.axis));
  const width = layouts[0]!.length;
  const rows = layouts.reduce((sum, { count }) => sum + count, 0);
  const gather = (tensorOf: (c: Case) => Tensor): Tensor => {
    const data = pool.float32(rows * width);
    let at = 0;
    cases.forEach((c, i) => (at = toRows(tensorOf(c).data, layouts[i]!, data, at)));
    return { shape: [rows, width], data };
  };
  const { operation, direction, format, loss } = first;
  const logits = gather((c) => c.logits);
  const base = { operation, direction, format, axis: -1, logits, regimes: [], checks: [] } as const;
  const cotangent =
    direction === 'forward' ? {} : { cotangent: stackCotangents(cases, layouts, rows, gather) };
  const target = loss === undefined ? {} : { loss: stackLoss(cases, loss, rows, gather) };
  return {
    case: { ...base, ...cotangent, ...target },
    unstack: (output) => unstack(cases, layouts, output),
  };
}

function toRows(from: Tensor['data'], lanes: Lanes, to: Float32Array, at: number): number {
  const { length, stride, count } = lanes;
  let next = at;
  for (let lane = 0; lane < count; lane++) {
    for (let k = 0, i = laneStart(lanes, lane); k < length; k++, i += stride) to[next++] = from[i]!;
  }
  return next;
}

type Gather = (tensorOf: (c: Case) => Tensor) => Tensor;

/** One per logit where the output has that shape, else one per row: dy, or dy/D for a mean. */
function stackCotangents(
  cases: readonly Case[],
  layouts: readonly Lanes[],
  rows: number,
  gather: Gather,
): Tensor {
  const { operation } = cases[0]!;
  if (operation === 'softmax' || operation === 'logSoftmax') return gather((c) => c.cotangent!);
  const data = pool.float32(rows);
  let at = 0;
  cases.forEach(({ cotangent, loss }, i) => {
    const { count } = layouts[i]!;
    const dy = cotangent!.data;
    for (let lane = 0; lane < count; lane++) {
      const isPerLane = loss === undefined || loss.reduction === 'none';
      data[at++] = isPerLane ? dy[lane]! : loss.reduction === 'mean' ? dy[0]! / count : dy[0]!;
    }
  });
  return { shape: [rows], data };
}

function stackLoss(cases: readonly Case[], first: Loss, rows: number, gather: Gather): Loss {
  const { labelSmoothing } = first;
  if (!isIndexTarget(first.target)) {
    return { reduction: 'none', labelSmoothing, target: gather((c) => c.loss!.target as Tensor) };
  }
  const data = pool.int32(rows);
  let at = 0;
  for (const { loss } of cases) for (const index of loss!.target.data) data[at++] = index;
  return { reduction: 'none', labelSmoothing, target: { shape: [rows], data } };
}

function unstack(cases: readonly Case[], layouts: readonly Lanes[], output: Tensor): Tensor[] {
  let at = 0;
  return cases.map((c, i) => {
    const lanes = layouts[i]!;
    const shape = outputShape(c);
    const isPerLane = output.shape.length === 1;
    const from = at;
    at += isPerLane ? lanes.count : lanes.count * lanes.length;
    if (!isPerLane) return { shape, data: fromRows(output.data, lanes, from) };
    const own = output.data.subarray(from, at);
    if (c.loss === undefined || c.loss.reduction === 'none') return { shape, data: copyInto(pool, own) };
    return { shape, data: Float32Array.of(reduced(own, c.loss.reduction)) };
  });
}

function fromRows(from: Tensor['data'], lanes: Lanes, at: number): Tensor['data'] {
  const { length, stride, count } = lanes;
  const data = pooledFloats('float32', length * count);
  let next = at;
  for (let lane = 0; lane < count; lane++) {
    for (let k = 0, i = laneStart(lanes, lane); k < length; k++, i += stride) data[i] = from[next++]!;
  }
  return data;
}

function reduced(losses: Tensor['data'], reduction: 'sum' | 'mean'): number {
  let sum = 0;
  for (const loss of losses) sum += loss;
  return reduction === 'mean' ? sum / losses.length : sum;
}
