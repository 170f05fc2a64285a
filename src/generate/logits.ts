/** Which regimes a case may use, and the logits filled from them lane by lane. */
import { createFloatArray, isHalf, type FloatArray, type Format } from '../float/format.ts';
import { pooledFloats } from '../float/pool.ts';
import { laneStart, type Lanes } from '../tensor/lanes.ts';
import { fillDominantBeyond, type LaneSpan } from './lane-fills.ts';
import {
  drawBoolean,
  drawFrom,
  drawInt,
  drawWeighted,
  weighted,
  type RandomSource,
} from './random-source.ts';
import { sixteenBits, sticksAt } from './extent.ts';
import { holdIn } from './hold.ts';
import { baseRegimes, overlayRegimes, type BaseRegime, type OverlayRegime } from './regimes.ts';

/** Every one of them stands in at least one lane. Both empty where there are no elements. */
export interface DrawnRegimes {
  readonly bases: readonly BaseRegime[];
  readonly overlays: readonly OverlayRegime[];
}

/**
 * Swarm: a case uses few regimes, so that simple cases are common, one regime is not drowned by another, and
 * still every pair meets in some case. 1.9 bases where there are lanes for them bring each regime to a
 * seventh of the cases.
 */
const baseCounts = weighted([
  { count: 1, weight: 36 },
  { count: 2, weight: 36 },
  { count: 3, weight: 28 },
]);
const weightedBases = weighted(baseRegimes);

/** Half of the cases with lanes as wide as a sum of a half sticks at have one of equal logits, mostly. */
const tiesShareOfWide = 0.5;
const ties = baseRegimes.find(({ name }) => name === 'ties')!;

/** So many losses of halves have nothing but lanes whose losses add up to more than the largest, mostly. */
const beyondShare = 0.07;
const beyondTheLimit: BaseRegime = {
  ...baseRegimes.find(({ name }) => name === 'dominant')!,
  fill: fillDominantBeyond,
};
/** The mean of fewer is too near the largest number itself to be judged. */
const beyondLanesMin = 3;

/** Never more bases or overlays than lanes. */
export function drawRegimes(
  random: RandomSource,
  lanes: Lanes,
  { format, isLoss }: { format: Format; isLoss: boolean },
): DrawnRegimes {
  if (lanes.length * lanes.count === 0) return { bases: [], overlays: [] };
  const hasLosses = isHalf(format) && isLoss && lanes.length >= 2 && lanes.count >= beyondLanesMin;
  if (hasLosses && drawBoolean(random, beyondShare)) return { bases: [beyondTheLimit], overlays: [] };
  const isVocabulary = isHalf(format) && lanes.length > sixteenBits + 1;
  const bases: BaseRegime[] = [];
  const wanted = Math.min(lanes.count, drawWeighted(random, baseCounts).count);
  const isWide = isHalf(format) && !isVocabulary && lanes.length >= sticksAt(format) - 1;
  if (isWide && drawBoolean(random, tiesShareOfWide)) bases.push(ties);
  while (bases.length < wanted) {
    const base = drawWeighted(random, weightedBases);
    if (base.applies(lanes) && !bases.includes(base)) bases.push(base);
  }
  // nothing that is laid over so wide a lane shows more than it does over another, and it hides the target
  if (isVocabulary) return { bases, overlays: [] };
  const overlays: OverlayRegime[] = [];
  for (const overlay of overlayRegimes) {
    if (drawBoolean(random, overlay.caseShare) && overlay.applies(lanes)) overlays.push(overlay);
  }
  while (overlays.length > lanes.count) overlays.splice(drawInt(random, overlays.length), 1);
  return { bases, overlays };
}

/** Lanes of a repetitive case that differ; the others are each like one of them. */
const distinctLanes = 4;
/** Where lanes are wide, they are few, and it is their values that are over and over the same two. */
const wideLength = 257;

/**
 * Flat row-major data, held in the format. Lane l < bases.length has base l, the others any; overlays start
 * at a random lane.
 */
export function fillLogits(
  random: RandomSource,
  {
    lanes,
    format,
    regimes,
    isRepetitive,
  }: { lanes: Lanes; format: Format; regimes: DrawnRegimes; isRepetitive: boolean },
): FloatArray {
  const { length, count, stride } = lanes;
  const { bases, overlays } = regimes;
  const data = pooledFloats(format, length * count);
  if (data.length === 0) return data;
  const span: LaneSpan = { start: 0, stride, length, end: 0, number: 0, count };
  const isWide = isRepetitive && length >= wideLength;
  const filled = isRepetitive ? Math.min(count, distinctLanes) : count;
  const firstOverlaid = overlays.length === 0 ? 0 : drawInt(random, filled);
  for (let l = 0; l < filled; l++) {
    span.start = laneStart(lanes, l);
    span.end = span.start + length * stride;
    span.number = l;
    const base = l < bases.length ? bases[l]! : drawFrom(random, bases);
    if (isWide) fillWithTwoValues(random, data, span, { base, format });
    else base.fill(random, data, span, format);
    if (overlays.length > 0) {
      const order = (l - firstOverlaid + filled) % filled;
      drawOverlay(random, overlays, order)?.fill(random, data, span, format);
    }
  }
  holdIn(format, data);
  for (let l = filled; l < count; l++) {
    const from = laneStart(lanes, drawInt(random, filled));
    const to = laneStart(lanes, l);
    for (let k = 0; k < length; k++) data[to + k * stride] = data[from + k * stride]!;
  }
  return data;
}

/**
 * Two values of the regime: either at each place, or one of them from some place on, or at one place alone.
 */
function fillWithTwoValues(
  random: RandomSource,
  data: FloatArray,
  { start, stride, length, end, number, count }: LaneSpan,
  { base, format }: { base: BaseRegime; format: Format },
): void {
  const two = createFloatArray(format, 2);
  base.fill(random, two, { start: 0, stride: 1, length: 2, end: 2, number, count }, format);
  const first = two[0]!;
  const second = two[1]!;
  const kind = drawInt(random, 4);
  if (kind < 2) {
    let bits = 0;
    for (let i = start, k = 0; i < end; i += stride, k++) {
      bits = k % 32 === 0 ? random.next() : bits >>> 1;
      data[i] = (bits & 1) === 0 ? first : second;
    }
    return;
  }
  const at = length > sixteenBits && drawBoolean(random, 0.5) ? sixteenBits : drawInt(random, length);
  for (let i = start, k = 0; i < end; i += stride, k++) {
    data[i] = (kind === 2 ? k < at : k !== at) ? first : second;
  }
}

/**
 * The overlay of a lane, by its place after the first lane to be overlaid: one each for the first of them.
 */
function drawOverlay(
  random: RandomSource,
  overlays: readonly OverlayRegime[],
  order: number,
): OverlayRegime | undefined {
  if (order < overlays.length) return overlays[order];
  const overlay = drawFrom(random, overlays);
  return drawBoolean(random, overlay.laneShare) ? overlay : undefined;
}
