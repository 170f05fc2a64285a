/**
 * Cases made of cases: classes permuted, an axis moved, a lane alone, other numbers. Runs and judges nothing.
 */
import type { Case, Loss } from '../src/case/case.ts';
import { mapTensors, type FloatPart } from '../src/case/case-tensors.ts';
import type { Direction, Operation } from '../src/contract/subject.ts';
import { pooledFloats, pooledFrom } from '../src/float/pool.ts';
import { laneStart, lanesOf, type Lanes } from '../src/tensor/lanes.ts';
import { sizeOf, type IndexTensor, type Tensor } from '../src/tensor/tensor.ts';

export function caseLanes(c: Case): Lanes {
  return lanesOf(c.logits.shape, c.axis);
}

/** Flat positions of a lane's elements. */
export function placesOf(lanes: Lanes, lane: number): number[] {
  const start = laneStart(lanes, lane);
  const places: number[] = [];
  for (let k = 0; k < lanes.length; k++) places.push(start + k * lanes.stride);
  return places;
}

export function withLogits(c: Case, values: ArrayLike<number>): Case {
  return { ...c, logits: { shape: c.logits.shape, data: pooledFrom(c.format, values) } };
}

export function withCotangent(c: Case, values: ArrayLike<number>): Case {
  return { ...c, cotangent: { shape: c.cotangent!.shape, data: pooledFrom(c.format, values) } };
}

export function withLoss(c: Case, change: Partial<Loss>): Case {
  return { ...c, loss: { ...c.loss!, ...change } };
}

/** Another kernel of the same logits, without cotangent or loss. */
export function askForward(c: Case, operation: Exclude<Operation, 'crossEntropy'>): Case {
  const { format, axis, logits, regimes } = c;
  return { operation, direction: 'forward' satisfies Direction, format, axis, logits, regimes, checks: [] };
}

/** A tensor of the logits' shape, each of whose lanes is made anew, of a length of its own. */
interface LaneMap {
  readonly from: Lanes;
  readonly to: Lanes;
  readonly shape: readonly number[];
  /** The class k of the new lane `lane`, as a flat position in the old tensor; null where it is new. */
  placeOf(lane: number, k: number): number | null;
}

function mapTensor({ format, tensor: { data } }: FloatPart, map: LaneMap, filling = 0): Tensor {
  const mapped = pooledFloats(format, sizeOf(map.shape));
  const { length, stride } = map.to;
  for (let lane = 0; lane < map.to.count; lane++) {
    for (let k = 0, place = laneStart(map.to, lane); k < length; k++, place += stride) {
      const old = map.placeOf(lane, k);
      mapped[place] = old === null ? filling : data[old]!;
    }
  }
  return { shape: map.shape, data: mapped };
}

/** Class k of the new case is class order[k] of the old one. */
export function permuteClasses(c: Case, order: readonly number[]): Case {
  const lanes = caseLanes(c);
  const places = (lane: number, k: number): number => laneStart(lanes, lane) + order[k]! * lanes.stride;
  const map: LaneMap = { from: lanes, to: lanes, shape: c.logits.shape, placeOf: places };
  const inverse = new Map(order.map((old, k) => [old, k]));
  const placeOf = (y: number): number => inverse.get(y) ?? y;
  const permuted = mapTensors(c, (part) => {
    if (part.format === 'int32') return withIndices(part.tensor, placeOf);
    if (part.kind === 'like logits') return mapTensor(part, map);
    return part.kind === 'per class' ? pickClasses(c, order, part.tensor) : part.tensor;
  });
  const ignoreIndex = c.loss?.ignoreIndex;
  return ignoreIndex === undefined ? permuted : withLoss(permuted, { ignoreIndex: placeOf(ignoreIndex) });
}

/** The weights of the classes in this order; 1 for one that is new. */
function pickClasses({ format }: Case, order: readonly number[], { data }: Tensor): Tensor {
  const values = order.map((old) => data[old] ?? 1);
  return { shape: [values.length], data: pooledFrom(format, values) };
}

function withIndices({ shape, data }: IndexTensor, change: (y: number) => number): IndexTensor {
  return { shape, data: data.map(change) };
}

/** The class axis moved to the front or the back by a real transposition; the other axes keep their order. */
export function moveAxis(c: Case, to: 'first' | 'last'): Case {
  const from = caseLanes(c);
  const shape = to === 'first' ? [from.length, ...from.outerShape] : [...from.outerShape, from.length];
  const axis = to === 'first' ? 0 : shape.length - 1;
  const lanes = lanesOf(shape, axis);
  const placeOf = (lane: number, k: number): number => laneStart(from, lane) + k * from.stride;
  const map: LaneMap = { from, to: lanes, shape, placeOf };
  const moved = mapTensors(c, (part) => (part.kind === 'like logits' ? mapTensor(part, map) : part.tensor));
  return { ...moved, axis };
}

/**
 * Where the element at flat position `at` of a per-logit
 * output stands in that of another layout of the same lanes.
 */
export function placeIn(from: Lanes, to: Lanes, at: number): number {
  const k = Math.floor(at / from.stride) % from.length;
  const lane = Math.floor(at / (from.stride * from.length)) * from.stride + (at % from.stride);
  return laneStart(to, lane) + k * to.stride;
}

/** One more class, last, of logit −∞, target 0, cotangent 0 and weight 1. Not for rank 0. */
export function appendImpossibleClass(c: Case): Case {
  const from = caseLanes(c);
  const shape = c.logits.shape.map((extent, i) => (i === from.axis ? extent + 1 : extent));
  const placeOf = (lane: number, k: number): number | null =>
    k === from.length ? null : laneStart(from, lane) + k * from.stride;
  const map: LaneMap = { from, to: lanesOf(shape, from.axis), shape, placeOf };
  const order = Array.from({ length: from.length + 1 }, (_, k) => k);
  return mapTensors(c, (part) => {
    if (part.kind === 'per class') return pickClasses(c, order, part.tensor);
    if (part.kind !== 'like logits') return part.tensor;
    return mapTensor(part, map, part.name === 'logits' ? -Infinity : 0);
  });
}

/** One lane with the sizes of all other axes 1. The loss, if any, is of reduction 'none'. */
export function laneAlone(c: Case, lane: number): Case {
  const from = caseLanes(c);
  const shape = c.logits.shape.map((extent, i) => (i === from.axis ? extent : 1));
  const placeOf = (_: number, k: number): number => laneStart(from, lane) + k * from.stride;
  const map: LaneMap = { from, to: lanesOf(shape, from.axis), shape, placeOf };
  const outerShape = from.outerShape.map(() => 1);
  return mapTensors(c, (part) => {
    if (part.kind === 'per lane') return { shape: outerShape, data: part.tensor.data.slice(lane, lane + 1) };
    return part.kind === 'like logits' ? mapTensor(part, map) : part.tensor;
  });
}
