/** The cotangent `dy` that a backward is asked with: finite, of the forward output's shape. */
import { formatFacts, isHalf, type FloatArray, type Format } from '../float/format.ts';
import { pooledFloats } from '../float/pool.ts';
import { powerOfTwo } from '../float/power-of-two.ts';
import { laneStart, type Lanes } from '../tensor/lanes.ts';
import {
  drawBoolean,
  drawInt,
  drawMagnitude,
  drawSign,
  drawSigned,
  drawUnit,
  drawWeighted,
  weighted,
  type RandomSource,
} from './random-source.ts';
import { holdIn } from './hold.ts';

export type CotangentKind = 'dense' | 'one-hot' | 'zero' | 'constant' | 'huge' | 'cancelling' | 'subnormal';

/** Dense is the only kind that hides nothing by itself: as many as all others together. */
export const cotangentKinds: readonly { readonly kind: CotangentKind; readonly weight: number }[] = [
  { kind: 'dense', weight: 5 },
  { kind: 'one-hot', weight: 1 },
  { kind: 'zero', weight: 0.4 },
  { kind: 'constant', weight: 1 },
  { kind: 'huge', weight: 0.8 },
  { kind: 'cancelling', weight: 1.2 },
  { kind: 'subnormal', weight: 0.6 },
];

const weightedKinds = weighted(cotangentKinds);

export function drawCotangentKind(random: RandomSource): CotangentKind {
  return drawWeighted(random, weightedKinds).kind;
}

interface CotangentFacts {
  readonly kind: CotangentKind;
  readonly format: Format;
  /** Elements of the forward output. */
  readonly size: number;
  readonly logits: FloatArray;
  readonly lanes: Lanes;
}

export function fillCotangent(random: RandomSource, facts: CotangentFacts): FloatArray {
  const { kind, format, size } = facts;
  const dy = pooledFloats(format, size);
  if (size === 0) return dy;
  switch (kind) {
    case 'zero':
      break;
    case 'dense':
      fillDense(random, dy);
      break;
    case 'one-hot':
      dy[drawInt(random, size)] = drawBoolean(random, 0.5) ? 1 : drawSign(random) * drawScale(random);
      break;
    case 'constant':
      dy.fill(drawBoolean(random, 0.5) ? 1 : drawSign(random) * drawScale(random));
      break;
    case 'huge':
      fillHuge(random, dy, facts);
      break;
    case 'subnormal':
      fillSubnormal(random, dy, format);
      break;
    case 'cancelling':
      fillCancelling(random, dy, facts);
  }
  holdIn(format, dy);
  return dy;
}

/** 2^-10 … 2^11. */
function drawScale(random: RandomSource): number {
  return drawMagnitude(random, { exponentMin: -10, exponentMax: 10 });
}

function fillDense(random: RandomSource, dy: FloatArray): void {
  const scale = drawScale(random);
  for (let i = 0; i < dy.length; i++) dy[i] = drawSigned(random) * scale;
}

/** Beyond max ÷ (4·n) a sum of n such terms may overflow, and a non-finite answer decides nothing: seldom. */
const overflowingShare = 1 / 16;

/** The share of huge ones of halves that are of one sign, their sum along a lane about the largest number. */
const oneSignShareOfHalves = 0.04;

/**
 * Values within a factor 2^20 of max ÷ (4·n), of float16 2^8, n the logits' elements; in a sixteenth of them,
 * of max itself. In halves also values of one sign, whose sum along a lane is 0.75 to 2 times max.
 */
function fillHuge(random: RandomSource, dy: FloatArray, { format, logits, lanes }: CotangentFacts): void {
  const { largestFinite, exponentMax } = formatFacts(format);
  if (isHalf(format) && drawBoolean(random, oneSignShareOfHalves)) {
    const part = (drawSign(random) * largestFinite) / Math.max(2, lanes.length);
    for (let i = 0; i < dy.length; i++) dy[i] = part * (0.75 + 1.25 * drawUnit(random));
    return;
  }
  const bound = drawBoolean(random, overflowingShare)
    ? largestFinite
    : largestFinite / (4 * Math.max(1, logits.length));
  const scale = bound * powerOfTwo(-drawInt(random, Math.min(20, exponentMax - 7)));
  for (let i = 0; i < dy.length; i++) dy[i] = drawSigned(random) * scale;
}

function fillSubnormal(random: RandomSource, dy: FloatArray, format: Format): void {
  const { smallestSubnormal, significandBits } = formatFacts(format);
  for (let i = 0; i < dy.length; i++) {
    dy[i] =
      drawSign(random) *
      (1 + Math.floor(drawUnit(random) * powerOfTwo(significandBits - 2))) *
      smallestSubnormal;
  }
}

/**
 * A constant plus something tiny (so that dy − Σ s·dy cancels), or ± in turn (so that Σ dy cancels), or,
 * where dy has the logits' shape, ±c/e^(x − max) in turn (so that Σ s·dy cancels).
 */
function fillCancelling(random: RandomSource, dy: FloatArray, facts: CotangentFacts): void {
  const c = drawScale(random);
  const way = drawInt(random, 3);
  if (way === 0) {
    const tiny = powerOfTwo(-drawTinyExponent(random, facts.format));
    for (let i = 0; i < dy.length; i++) dy[i] = c * (1 + tiny * drawSigned(random));
  } else if (way === 1 || dy.length !== facts.logits.length) {
    for (let i = 0; i < dy.length; i++) dy[i] = i % 2 === 0 ? c : -c;
  } else {
    for (let l = 0; l < facts.lanes.count; l++) cancelAgainstSoftmax(dy, c, l, facts);
  }
}

/** In halves from about the root of an ULP of 1 to a few of them. */
function drawTinyExponent(random: RandomSource, format: Format): number {
  if (!isHalf(format)) return 10 + drawInt(random, 12);
  const least = formatFacts(format).significandBits >> 1;
  return least + drawInt(random, least);
}

/**
 * An odd element out and those whose softmax is below 2^-20 of the largest, or whose share is beyond the
 * format, get 0.
 */
function cancelAgainstSoftmax(
  dy: FloatArray,
  c: number,
  lane: number,
  { logits, lanes, format }: CotangentFacts,
): void {
  const { largestFinite } = formatFacts(format);
  const start = laneStart(lanes, lane);
  const end = start + lanes.length * lanes.stride;
  let max = -Infinity;
  for (let i = start; i < end; i += lanes.stride) max = Math.max(max, logits[i]!);
  let unpaired = -1;
  for (let i = start; i < end; i += lanes.stride) {
    const x = logits[i]! - max;
    if (!(x > -13.8)) continue; // e^-13.8 = 2^-20; NaN too
    const value = c / expOf(x);
    if (value > largestFinite) continue;
    dy[i] = unpaired < 0 ? value : -value;
    unpaired = unpaired < 0 ? i : -1;
  }
  if (unpaired >= 0) dy[unpaired] = 0;
}

/** e^x within 1e-12 for −20 < x ≤ 0, by +, · and powers of two alone: the same bits on every machine. */
function expOf(x: number): number {
  const octaves = Math.round(x * Math.LOG2E);
  const r = x - octaves * Math.LN2;
  let sum = 1;
  for (let k = 12; k > 0; k--) sum = 1 + (sum * r) / k;
  return sum * powerOfTwo(octaves);
}
