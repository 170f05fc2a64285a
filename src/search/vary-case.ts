/**
 * A case a little different: the moves of the search for the worst case.
 * Shape, axis and options stay; all stays finite.
 */
import { isIndexTarget, type Case, type Loss } from '../case/case.ts';
import { formatFacts, roundAll, roundTo, type FloatArray, type Format } from '../float/format.ts';
import { copyInto, pool } from '../float/pool.ts';
import { nextDown, nextUp, ulpSize } from '../float/ulp.ts';
import {
  drawBoolean,
  drawFrom,
  drawInt,
  drawMagnitude,
  drawSign,
  drawUnit,
  type RandomSource,
} from '../generate/random-source.ts';
import { lanesOf, laneStart, type Lanes } from '../tensor/lanes.ts';

/**
 * Changes `data` in place, within one lane where it has lanes;
 * what it leaves not finite is undone by the caller.
 */
type Move = (random: RandomSource, data: FloatArray, span: Span, format: Format) => void;

/** Flat positions start, start + stride, … of `length` elements. */
interface Span {
  readonly start: number;
  readonly stride: number;
  readonly length: number;
}

function placeIn(random: RandomSource, { start, stride, length }: Span): number {
  return start + drawInt(random, length) * stride;
}

/** Moves one element by 1 to 2^20 ULPs: where its rounding turns. */
function nudge(random: RandomSource, data: FloatArray, span: Span, format: Format): void {
  const at = placeIn(random, span);
  const value = data[at]!;
  if (Number.isNaN(value)) return;
  const steps = drawMagnitude(random, { exponentMin: 0, exponentMax: 20 });
  if (steps < 2) data[at] = drawBoolean(random, 0.5) ? nextUp(value, format) : nextDown(value, format);
  else data[at] = value + drawSign(random) * Math.floor(steps) * ulpSize(value, format);
}

/** Below the largest of the lane by a gap of any size that exp feels, or beyond. */
function gap(random: RandomSource, data: FloatArray, span: Span): void {
  let largest = -Infinity;
  for (let k = 0, i = span.start; k < span.length; k++, i += span.stride)
    largest = Math.max(largest, data[i]!);
  data[placeIn(random, span)] = largest - drawMagnitude(random, { exponentMin: -12, exponentMax: 6 });
}

/** All of the lane spread or drawn together about its first element. */
function stretch(random: RandomSource, data: FloatArray, span: Span): void {
  const factor = drawFrom(random, [0.5, 0.9, 1.1, 2]);
  const centre = data[span.start]!;
  for (let k = 0, i = span.start; k < span.length; k++, i += span.stride)
    data[i] = centre + factor * (data[i]! - centre);
}

/** All of the lane moved: the low bits of the logits are lost, or come back. */
function offset(random: RandomSource, data: FloatArray, span: Span): void {
  const by = drawSign(random) * drawMagnitude(random, { exponentMin: -8, exponentMax: 20 });
  for (let k = 0, i = span.start; k < span.length; k++, i += span.stride) data[i] = data[i]! + by;
}

function copyOne(random: RandomSource, data: FloatArray, span: Span): void {
  data[placeIn(random, span)] = data[placeIn(random, span)]!;
}

function swap(random: RandomSource, data: FloatArray, span: Span): void {
  const [a, b] = [placeIn(random, span), placeIn(random, span)];
  [data[a], data[b]] = [data[b]!, data[a]!];
}

/** The lane's elements about the size of one of them: sums are worst of terms of one size. */
function level(random: RandomSource, data: FloatArray, span: Span): void {
  const value = data[placeIn(random, span)]!;
  for (let k = 0, i = span.start; k < span.length; k++, i += span.stride)
    data[i] = value + (drawUnit(random) - 0.5) * 2 ** -drawInt(random, 8);
}

function turnSign(random: RandomSource, data: FloatArray, span: Span): void {
  const at = placeIn(random, span);
  data[at] = -data[at]!;
}

function scaleOne(random: RandomSource, data: FloatArray, span: Span): void {
  const at = placeIn(random, span);
  data[at] = data[at]! * drawFrom(random, [0.25, 0.5, 0.9, 1.1, 2, 4]);
}

const logitMoves: readonly Move[] = [nudge, nudge, gap, gap, stretch, offset, copyOne, swap, level];
/** The moves of cotangents, targets and weights. */
const factorMoves: readonly Move[] = [nudge, scaleOne, copyOne, swap];
const cotangentMoves: readonly Move[] = [...factorMoves, turnSign];

/** One to four moves; the case itself where it has no element. */
export function varyCase(random: RandomSource, c: Case): Case {
  if (c.logits.data.length === 0) return c;
  let varied = c;
  do {
    varied = moveOnce(random, varied);
  } while (drawBoolean(random, 0.4));
  return varied;
}

function moveOnce(random: RandomSource, c: Case): Case {
  const lanes = lanesOf(c.logits.shape, c.axis);
  const { loss, cotangent, format } = c;
  const part = drawUnit(random);
  if (cotangent !== undefined && part < 0.3)
    return {
      ...c,
      cotangent: { ...cotangent, data: moved(random, cotangent.data, null, cotangentMoves, format) },
    };
  if (loss !== undefined && part < 0.6) return { ...c, loss: varyLoss(random, loss, lanes, format) };
  return { ...c, logits: { ...c.logits, data: moved(random, c.logits.data, lanes, logitMoves, format) } };
}

function varyLoss(random: RandomSource, loss: Loss, lanes: Lanes, format: Format): Loss {
  const { target, weight } = loss;
  if (weight !== undefined && drawBoolean(random, 0.3)) {
    const data = moved(random, weight.data, null, factorMoves, format);
    for (let i = 0; i < data.length; i++) data[i] = Math.abs(data[i]!); // weights are not negative
    return { ...loss, weight: { ...weight, data } };
  }
  if (!isIndexTarget(target))
    return { ...loss, target: { ...target, data: moved(random, target.data, lanes, factorMoves, format) } };
  const data = copyInto(pool, target.data, 'int32');
  const at = drawInt(random, data.length);
  if (data[at] !== loss.ignoreIndex) data[at] = drawInt(random, lanes.length);
  return { ...loss, target: { ...target, data } };
}

/** A tensor without lanes is moved as one. An element that is not finite, or would not be, stays as it is. */
function moved(
  random: RandomSource,
  from: FloatArray,
  lanes: Lanes | null,
  moves: readonly Move[],
  format: Format,
): FloatArray {
  const data = copyInto(pool, from, format);
  const span =
    lanes === null
      ? { start: 0, stride: 1, length: data.length }
      : { start: laneStart(lanes, drawInt(random, lanes.count)), stride: lanes.stride, length: lanes.length };
  drawFrom(random, moves)(random, data, span, format);
  const { largestFinite } = formatFacts(format);
  for (let k = 0, i = span.start; k < span.length; k++, i += span.stride) {
    if (Number.isFinite(from[i]!) && Math.abs(roundTo(format, data[i]!)) <= largestFinite) continue;
    data[i] = from[i]!;
  }
  return roundAll(data, format);
}
