/** The values of one lane in each base regime: what makes it hard is in its row of regimes.ts. */
import {
  formatFacts,
  isHalf,
  roundTo,
  type FloatArray,
  type Format,
  type FormatFacts,
} from '../float/format.ts';
import { powerOfTwo } from '../float/power-of-two.ts';
import { ulpSize } from '../float/ulp.ts';
import { sticksAt } from './extent.ts';
import {
  drawBoolean,
  drawFrom,
  drawInt,
  drawMagnitude,
  drawSign,
  drawSigned,
  drawUnit,
  type RandomSource,
} from './random-source.ts';

/**
 * Where a lane lies in the flat data: start + k·stride, k = 0 … length − 1; `end` is start + length·stride.
 */
export interface LaneSpan {
  start: number;
  stride: number;
  length: number;
  end: number;
  /** Which lane of the tensor it is, of how many. */
  number: number;
  count: number;
}

/**
 * Writes every element of the lane, finite in the format once it is held in it: see hold.ts. What is drawn in
 * a native format stays as it is (generatorVersion); of the halves, which are coarse and of which float16 is
 * narrow, magnitudes and steps follow from the format.
 */
export type LaneFill = (random: RandomSource, data: FloatArray, lane: LaneSpan, format: Format) => void;

export const fillPlain: LaneFill = (random, data, { start, stride, end }) => {
  if (drawBoolean(random, 0.25)) {
    for (let i = start; i < end; i += stride) data[i] = drawInt(random, 21) - 10;
    return;
  }
  const scale = drawMagnitude(random, { exponentMin: -6, exponentMax: 2 }) * 1.25; // up to 10
  for (let i = start; i < end; i += stride) data[i] = (drawUnit(random) - drawUnit(random)) * scale;
};

export const fillWide: LaneFill = (random, data, { start, stride, end }) => {
  const scale = 40 + 60 * drawUnit(random);
  for (let i = start; i < end; i += stride) data[i] = drawSigned(random) * scale;
};

/** Most lanes as wide as a sum of a half sticks at are of equal logits: their sum is the width itself. */
const equalShareOfWide = 0.75;

/** All equal, a few distinct values, or a maximum that is reached more than once; length ≥ 2. */
export const fillTies: LaneFill = (random, data, { start, stride, length, end }, format) => {
  const top = drawSigned(random) * 10;
  const isWide = isHalf(format) && length >= sticksAt(format) - 1;
  const kind = isWide && drawBoolean(random, equalShareOfWide) ? 0 : drawInt(random, 3);
  if (kind === 0) {
    for (let i = start; i < end; i += stride) data[i] = top;
    return;
  }
  // no less than an ULP of `top`, where that is above 2^-20
  const exponentMin = Math.max(-20, 4 - formatFacts(format).significandBits);
  const gap = drawMagnitude(random, { exponentMin, exponentMax: 4 });
  for (let i = start; i < end; i += stride) {
    data[i] = kind === 1 ? top - gap * drawInt(random, 3) : top - gap * drawUnit(random);
  }
  const first = drawInt(random, length);
  const second = (first + 1 + drawInt(random, length - 1)) % length;
  data[start + first * stride] = top;
  data[start + second * stride] = top;
};

/** One element 8 to 2^21 above all others, in float16 to 2^15; length ≥ 2. */
export const fillDominant: LaneFill = (random, data, lane, format) => {
  if (isHalf(format) && drawBoolean(random, 0.5)) return fillDominantToTheLimit(random, data, lane, format);
  const { start, stride, length, end } = lane;
  const scale = drawMagnitude(random, { exponentMin: -6, exponentMax: 2 });
  for (let i = start; i < end; i += stride) data[i] = drawSigned(random) * scale;
  const exponentMax = Math.min(20, formatFacts(format).exponentMax - 1);
  data[start + drawInt(random, length) * stride] =
    scale + drawMagnitude(random, { exponentMin: 3, exponentMax });
};

/**
 * By so much that the losses of all lanes add up to about the largest finite number: their sum overflows, or
 * nearly does.
 */
const fillDominantToTheLimit: LaneFill = (random, data, lane, format) =>
  fillDominantBy(0.75 + 0.5 * drawUnit(random), random, data, lane, format);

/**
 * By up to 0.45 of the largest finite number, and no less than the losses of all lanes would need that add up
 * to three quarters of it: their sum overflows mostly, and their mean never does. From two lanes on; length
 * ≥ 2.
 */
export const fillDominantBeyond: LaneFill = (random, data, lane, format) =>
  fillDominantBy(0.75 + (0.45 * lane.count - 0.75) * drawUnit(random), random, data, lane, format);

/** By so many times the part of the largest finite number that comes to one lane. */
function fillDominantBy(times: number, ...[random, data, lane, format]: Parameters<LaneFill>): void {
  const { start, stride, length, end, count } = lane;
  const { largestFinite } = formatFacts(format);
  const scale = drawMagnitude(random, { exponentMin: -6, exponentMax: 2 });
  const gap = Math.max(8, (largestFinite / count) * times);
  const level = scale + gap > largestFinite ? -gap / 2 : 0;
  for (let i = start; i < end; i += stride) data[i] = level + drawSigned(random) * scale;
  data[start + drawInt(random, length) * stride] = level + scale + gap;
}

/**
 * ±(8e3 … 1.7e38; in float64 also to 1e301) plus a whole number of the offset's ULPs: up to 64 of them, or as
 * many as make 32, where that is more than one. In halves from where an ULP is a sixteenth on. Length ≥ 2.
 */
export const fillCommonOffset: LaneFill = (random, data, { start, stride, end }, format) => {
  const { significandBits, exponentMax } = formatFacts(format);
  const isWide = exponentMax > 127; // beyond float32's
  const isNear = isHalf(format) && drawBoolean(random, 0.5);
  const top = isWide && drawBoolean(random, 0.25) ? 1000 : Math.min(isNear ? 14 : 126, exponentMax - 1);
  const least = Math.min(13, significandBits - 5);
  const exponent = least + drawInt(random, top - least + 1);
  const ulp = powerOfTwo(exponent - significandBits + 1);
  const offset = drawSign(random) * roundTo(format, (1 + drawUnit(random)) * powerOfTwo(exponent));
  const drawn = ulp < 16 && drawBoolean(random, 0.5) ? 32 / ulp : powerOfTwo(drawInt(random, 7));
  const steps = Math.min(drawn, powerOfTwo(significandBits - 2)); // no more than half of the offset
  for (let i = start; i < end; i += stride) data[i] = offset + Math.round(drawSigned(random) * steps) * ulp;
};

/**
 * Differences to the maximum where exp of it changes its nature, in nats: multiples of log 2, since each is a
 * power of two. float32: the unit roundoff, the smallest normal (−87.34) and twice it, the smallest subnormal
 * and half of it (−103.97), and minus the overflow threshold (−88.72); float64: the same. Both in both: a
 * kernel may compute in the other format.
 */
const nativeEdges = edges([-24, -125, -126, -128, -149, -150, -53, -1021, -1022, -1024, -1074, -1075]);
/** Those of float16, as −9.70 and −17.33, of bfloat16, and of float32, which kernels may compute in. */
const edgesOfHalves = {
  float16: edges([-11, -13, -14, -16, -24, -25, -125, -126, -128, -149, -150]),
  bfloat16: edges([-8, -125, -126, -128, -133, -134, -24, -149, -150]),
};

function edges(exponents: readonly number[]): readonly number[] {
  return exponents.map((exponent) => exponent * Math.LN2);
}

/** Gaps to the maximum around one edge: within 4 ULPs, or within a half; length ≥ 2. */
export const fillUnderflowEdge: LaneFill = (random, data, { start, stride, length, end }, format) => {
  const edge = drawFrom(random, isHalf(format) ? edgesOfHalves[format] : nativeEdges);
  const max = drawBoolean(random, 0.5) ? 0 : roundTo(format, drawSigned(random) * 10);
  const atMax = start + drawInt(random, length) * stride;
  const beside = atMax + stride < end ? atMax + stride : start; // at least this one is at the edge
  for (let i = start; i < end; i += stride) {
    if (i !== beside && drawBoolean(random, 0.25)) data[i] = max - drawUnit(random) * 10;
    else if (drawBoolean(random, 0.5)) data[i] = stepsFrom(max + edge, drawInt(random, 9) - 4, format);
    else data[i] = max + edge + (drawUnit(random) - 0.5);
  }
  data[atMax] = max;
};

/** Off by so many ULPs; of native formats by as many times the relative step at 1, up to twice as much. */
function stepsFrom(value: number, steps: number, format: Format): number {
  if (isHalf(format)) return value + steps * ulpSize(value, format);
  return value * (1 + 2 * formatFacts(format).unitRoundoff * steps);
}

/** −(1 … 8)·2^e, e one for the lane: a maximum started at 0 instead of −∞ goes wrong. */
export const fillAllNegative: LaneFill = (random, data, { start, stride, end }) => {
  const scale = powerOfTwo(drawInt(random, 19) - 6);
  for (let i = start; i < end; i += stride) data[i] = -(1 + 7 * drawUnit(random)) * scale;
};

/** ±m·(smallest subnormal), m below 2^(significandBits − 1), uniform in its order of magnitude. */
export const fillSubnormal: LaneFill = (random, data, { start, stride, end }, format) => {
  const { smallestSubnormal, significandBits } = formatFacts(format);
  for (let i = start; i < end; i += stride) {
    const units = 1 + Math.floor(drawUnit(random) * powerOfTwo(drawInt(random, significandBits - 1)));
    data[i] = drawSign(random) * units * smallestSubnormal;
  }
};

/**
 * Values within a factor 16 of the largest finite, a quarter exactly it; one sign or both, so that x − max
 * may overflow.
 */
export const fillHuge: LaneFill = (random, data, { start, stride, end }, format) => {
  const { largestFinite } = formatFacts(format);
  const signs = drawInt(random, 4); // 0: all positive, 1: all negative, else both
  for (let i = start; i < end; i += stride) {
    const magnitude = drawBoolean(random, 0.25)
      ? largestFinite
      : largestFinite * (1 / 16 + (15 / 16) * drawUnit(random));
    data[i] = signs === 0 ? magnitude : signs === 1 ? -magnitude : drawSign(random) * magnitude;
  }
};

/**
 * A level of ±2^7 … ±2^101, of float16 to ±2^15, that changes sign from lane to lane, and ±8 around it, of
 * halves no less than 4 of their ULPs.
 */
export const fillLaneLevel: LaneFill = (random, data, { start, stride, end, number }, format) => {
  const highest = drawBoolean(random, 0.5) ? 14 : 100;
  const exponentMax = Math.min(highest, formatFacts(format).exponentMax - 1);
  const level = (number % 2 === 0 ? 1 : -1) * drawMagnitude(random, { exponentMin: 7, exponentMax });
  const around = isHalf(format) ? Math.max(8, 4 * ulpSize(level, format)) : 8;
  for (let i = start; i < end; i += stride) data[i] = level + drawSigned(random) * around;
};

const view = new DataView(new ArrayBuffer(8));

/** The bits of the exponent among the first 32 of a number. */
function exponentMask({ bytes, significandBits }: FormatFacts): number {
  const width = 8 * bytes - significandBits; // the sign takes a bit, the significand's first none
  return (2 ** width - 1) << (31 - width);
}

/** Any finite bit pattern, each as likely (but those of NaN and ±∞ fall to values from 1 to 2). */
export const fillBits: LaneFill = (random, data, { start, stride, end }, format) => {
  const facts = formatFacts(format);
  const { bytes, read } = facts;
  const exponent = exponentMask(facts);
  for (let i = start; i < end; i += stride) {
    const drawn = random.next();
    view.setUint32(0, (drawn & exponent) === exponent ? drawn & ~0x4000_0000 : drawn);
    if (bytes > 4) view.setUint32(4, random.next());
    data[i] = read(view);
  }
};
