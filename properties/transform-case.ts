/** Cases made of cases: classes permuted, an axis moved, a lane alone, other numbers. Runs and judges nothing. */
import { isIndexTarget, type Case, type Loss } from '../src/case/case.ts';
import type { Direction, Operation, Target } from '../src/contract/subject.ts';
import { formatOf, type FloatArray } from '../src/float/format.ts';
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

/** Whether the output has a value for each logit, or one for each lane, or one. */
export function isPerLogit(c: Case): boolean {
  return c.direction !== 'forward' || c.operation === 'softmax' || c.operation === 'logSoftmax';
}

/** A tensor of the logits' shape, each of whose lanes is made anew, of a length of its own. */
interface LaneMap {
  readonly from: Lanes;
  readonly to: Lanes;
  readonly shape: readonly number[];
  /** The class k of the new lane `lane`, as a flat position in the old tensor; null where it is new. */
  placeOf(lane: number, k: number): number | null;
}

function mapTensor({ data }: Tensor, map: LaneMap, filling: number): Tensor {
  const mapped = pooledFloats(formatOf(data), sizeOf(map.shape));
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
  const permuted = mapPerLogit(c, map);
  if (c.loss === undefined) return permuted;
  const inverse = new Map(order.map((old, k) => [old, k]));
  const { weight, ignoreIndex, target } = c.loss;
  return withLoss(permuted, {
    ...(weight === undefined
      ? {}
      : {
          weight: withData(
            weight,
            order.map((old) => weight.data[old]!),
          ),
        }),
    ...(ignoreIndex === undefined ? {} : { ignoreIndex: inverse.get(ignoreIndex) ?? ignoreIndex }),
    ...(isIndexTarget(target) ? { target: withIndices(target, (y) => inverse.get(y) ?? y) } : {}),
  });
}

/** Logits, probability targets and a cotangent that has their shape. */
function mapPerLogit(c: Case, map: LaneMap, newLogit = 0): Case {
  const logits = mapTensor(c.logits, map, newLogit);
  const isCotangentToo =
    c.cotangent !== undefined && (c.operation === 'softmax' || c.operation === 'logSoftmax');
  const cotangent = isCotangentToo ? { cotangent: mapTensor(c.cotangent, map, 0) } : {};
  if (c.loss === undefined || isIndexTarget(c.loss.target)) return { ...c, logits, ...cotangent };
  return { ...c, logits, ...cotangent, loss: { ...c.loss, target: mapTensor(c.loss.target, map, 0) } };
}

function withData(tensor: Tensor, values: readonly number[]): Tensor {
  return {
    shape: [values.length],
    data: pooledFrom(formatOf(tensor.data), values),
  };
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
  return { ...mapPerLogit(c, { from, to: lanes, shape, placeOf }), axis };
}

/** Where the element at flat position `at` of a per-logit output stands in that of another layout of the same lanes. */
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
  const longer = mapPerLogit(c, { from, to: lanesOf(shape, from.axis), shape, placeOf }, -Infinity);
  const weight = c.loss?.weight;
  return weight === undefined ? longer : withLoss(longer, { weight: withData(weight, [...weight.data, 1]) });
}

/** One lane with the sizes of all other axes 1. The loss, if any, is of reduction 'none'. */
export function laneAlone(c: Case, lane: number): Case {
  const from = caseLanes(c);
  const shape = c.logits.shape.map((extent, i) => (i === from.axis ? extent : 1));
  const placeOf = (_: number, k: number): number => laneStart(from, lane) + k * from.stride;
  const alone = mapPerLogit(c, { from, to: lanesOf(shape, from.axis), shape, placeOf });
  const outerShape = from.outerShape.map(() => 1);
  const isOnePerLane =
    c.cotangent !== undefined && c.cotangent.data.length === from.count && !isCotangentPerLogit(c);
  const cotangent = isOnePerLane ? { cotangent: pick(c.cotangent, lane, outerShape) } : {};
  if (c.loss === undefined || !isIndexTarget(c.loss.target)) return { ...alone, ...cotangent };
  const target: Target = { shape: outerShape, data: c.loss.target.data.slice(lane, lane + 1) };
  return withLoss({ ...alone, ...cotangent }, { target });
}

function isCotangentPerLogit(c: Case): boolean {
  return c.operation === 'softmax' || c.operation === 'logSoftmax';
}

function pick({ data }: Tensor, at: number, shape: readonly number[]): Tensor {
  return { shape, data: data.slice(at, at + 1) as FloatArray };
}
