/** What is laid over a lane that a base regime has filled: masks, signed zeros, NaN and infinities. */
import { formatFacts, roundTo, type FloatArray, type Format, type HalfFormat } from '../float/format.ts';
import type { LaneFill, LaneSpan } from './lane-fills.ts';
import { drawBoolean, drawFrom, drawInt, type RandomSource } from './random-source.ts';

/**
 * −1e9, which is none of float16's, and −∞ there once it is cast; the lowest of float16 where it is bfloat16
 * that is masked, and of each format its own.
 */
const masks: Readonly<Record<Format, readonly number[]>> = {
  float32: [-1e9, lowest('float32'), -Infinity],
  float64: [-1e9, lowest('float64'), -Infinity],
  float16: masksOfHalf('float16', [-1e4]),
  bfloat16: masksOfHalf('bfloat16', [-1e4, lowest('float16'), -1e9]),
};

function lowest(format: Format): number {
  return -formatFacts(format).largestFinite;
}

function masksOfHalf(format: HalfFormat, others: readonly number[]): readonly number[] {
  return [lowest(format), -Infinity, ...others.map((value) => roundTo(format, value))];
}

/** Padding at the end or the front, everything but one, scattered, or the whole lane: always at least one. */
export const overlayMask: LaneFill = (random, data, lane, format) => {
  const value = drawFrom(random, masks[format]);
  const { start, stride, length, end } = lane;
  const count = 1 + drawInt(random, length);
  switch (drawInt(random, 5)) {
    case 0:
      for (let i = end - count * stride; i < end; i += stride) data[i] = value;
      break;
    case 1:
      for (let i = start; i < start + count * stride; i += stride) data[i] = value;
      break;
    case 2: {
      const kept = start + drawInt(random, length) * stride;
      for (let i = start; i < end; i += stride) if (i !== kept || length === 1) data[i] = value;
      break;
    }
    case 3:
      scatter(random, data, lane, () => value);
      break;
    default:
      for (let i = start; i < end; i += stride) data[i] = value;
  }
};

/** All −0, all +0, both at random, or both scattered among other values. */
export const overlaySignedZeros: LaneFill = (random, data, lane) => {
  const drawZero = (): number => (random.next() < 0 ? -0 : 0);
  const { start, stride, end } = lane;
  const kind = drawInt(random, 4);
  if (kind === 3) return scatter(random, data, lane, drawZero);
  for (let i = start; i < end; i += stride) data[i] = kind === 0 ? -0 : kind === 1 ? 0 : drawZero();
};

const nonFinite: readonly number[] = [NaN, Infinity, -Infinity];

/** One of NaN, +∞ and −∞ first, last, in the middle or all over; or a mixture of them scattered. */
export const overlayNonFinite: LaneFill = (random, data, lane) => {
  const { start, stride, length, end } = lane;
  const value = drawFrom(random, nonFinite);
  switch (drawInt(random, 5)) {
    case 0:
      data[start] = value;
      break;
    case 1:
      data[end - stride] = value;
      break;
    case 2:
      data[start + (length >> 1) * stride] = value;
      break;
    case 3:
      for (let i = start; i < end; i += stride) data[i] = value;
      break;
    default:
      scatter(random, data, lane, () => drawFrom(random, nonFinite));
  }
};

/** Each position with probability ⅓, and one for certain. */
function scatter(random: RandomSource, data: FloatArray, lane: LaneSpan, drawValue: () => number): void {
  const { start, stride, length, end } = lane;
  data[start + drawInt(random, length) * stride] = drawValue();
  for (let i = start; i < end; i += stride) if (drawBoolean(random, 1 / 3)) data[i] = drawValue();
}
