/** The targets, weights and ignoreIndex of a loss draw, filled in. */
import type { Loss } from '../case/case.ts';
import {
  formatFacts,
  isHalf,
  roundTo,
  type FloatArray,
  type Format,
  type HalfFormat,
} from '../float/format.ts';
import { pool, pooledFloats } from '../float/pool.ts';
import { powerOfTwo } from '../float/power-of-two.ts';
import { laneStart, type Lanes } from '../tensor/lanes.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { float16Ends, sixteenBits } from './extent.ts';
import { holdIn } from './hold.ts';
import { highFrom, type ClassChoice, type LossDraw, type WeightKind } from './loss-draw.ts';
import {
  drawBoolean,
  drawFrom,
  drawInt,
  drawMagnitude,
  drawSigned,
  drawUnit,
  type RandomSource,
} from './random-source.ts';

interface LossFacts {
  readonly draw: LossDraw;
  readonly format: Format;
  readonly shape: readonly number[];
  readonly lanes: Lanes;
  readonly logits: FloatArray;
}

/** Options that are default are left out, but reduction and labelSmoothing. */
export function fillLoss(random: RandomSource, facts: LossFacts): Loss {
  const { draw, format, shape, lanes } = facts;
  const alike = draw.ignoreKind === 'held-alike' ? drawHeldAlike(random, facts) : null;
  const ignoreIndex = alike?.ignoreIndex ?? drawIgnoreIndex(random, facts);
  const target =
    draw.targetKind === 'index'
      ? { shape: lanes.outerShape, data: fillIndices(random, facts, ignoreIndex) }
      : { shape, data: fillProbabilities(random, facts) };
  if (alike !== null) target.data[drawInt(random, lanes.count)] = alike.named;
  const loss: { -readonly [K in keyof Loss]: Loss[K] } = {
    target,
    reduction: draw.reduction,
    labelSmoothing: draw.labelSmoothing,
  };
  if (draw.weightKind !== 'none')
    loss.weight = drawWeight(random, draw.weightKind, { format, classes: lanes.length });
  if (ignoreIndex !== null) loss.ignoreIndex = ignoreIndex;
  return loss;
}

function drawIgnoreIndex(random: RandomSource, { draw, lanes }: LossFacts): number | null {
  switch (draw.ignoreKind) {
    case 'none':
    case 'held-alike':
      return null;
    case 'inside':
      return drawInt(random, lanes.length);
    case '-100':
      return -100;
    case '-1':
      return -1;
    case '-2':
      return -2;
    case '255':
      return 255;
    case 'classes':
      return lanes.length;
    case 'beyond':
      return lanes.length + 1 + drawInt(random, 4);
    case 'all':
      return drawFrom(random, [-100, -1, Math.max(0, lanes.length - 1), -2, 255, lanes.length]);
  }
}

/**
 * A class that the half holds as the number that it holds `ignoreIndex` as: from 2^p on, p the significand's
 * bits, every second number or fewer is held, and of an even multiple of their distance and the number
 * after it both round to the multiple.
 */
function drawHeldAlike(
  random: RandomSource,
  { lanes, format }: LossFacts,
): { named: number; ignoreIndex: number } {
  const from = highFrom(format);
  const drawn = from + drawInt(random, lanes.length - from);
  const apart = 4 * powerOfTwo(31 - Math.clz32(drawn) - formatFacts(format).significandBits);
  const held = Math.floor(drawn / apart) * apart;
  const isHeldNamed = held + 1 === lanes.length || drawBoolean(random, 0.5);
  return isHeldNamed ? { named: held, ignoreIndex: held + 1 } : { named: held + 1, ignoreIndex: held };
}

/** The average share of ignored positions in a case with an ignoreIndex. */
const ignoredShare = 0.3;

function fillIndices(random: RandomSource, facts: LossFacts, ignoreIndex: number | null): Int32Array {
  const { draw, lanes } = facts;
  const indices = pool.int32(lanes.count);
  const first = draw.ignorePattern === 'alternate' ? drawInt(random, 2) : 0;
  const isIgnored = (l: number): boolean => {
    if (draw.ignoreKind === 'all') return true;
    return draw.ignorePattern === 'alternate' ? l % 2 === first : drawBoolean(random, ignoredShare);
  };
  for (let l = 0; l < lanes.count; l++) {
    const ignored = ignoreIndex !== null && isIgnored(l);
    indices[l] = ignored ? ignoreIndex : drawClass(random, draw.classChoice, l, facts);
  }
  return indices;
}

/** A class in [0, C), C ≥ 1. */
function drawClass(
  random: RandomSource,
  choice: ClassChoice,
  lane: number,
  { lanes, logits, format }: LossFacts,
): number {
  switch (choice) {
    case 'uniform':
      return drawInt(random, lanes.length);
    case 'first':
      return 0;
    case 'last':
      return lanes.length - 1;
    case 'high':
      return isHalf(format)
        ? drawTellingClass(random, { start: laneStart(lanes, lane), lanes, logits, format })
        : sixteenBits + drawInt(random, lanes.length - sixteenBits);
    case 'argmax': {
      const start = laneStart(lanes, lane);
      let best = 0;
      for (let k = 1; k < lanes.length; k++) {
        if (logits[start + k * lanes.stride]! > logits[start + best * lanes.stride]!) best = k;
      }
      return best;
    }
  }
}

/** The shares of lanes that reach so far from which a class beyond 16 bits, or beyond float16, is named. */
const [beyondSixteenBitsShare, beyondFloat16Share] = [0.85, 0.5];

function drawHighFrom(random: RandomSource, classes: number, format: HalfFormat): number {
  const end = float16Ends[0]!;
  if (classes > sixteenBits && drawBoolean(random, beyondSixteenBitsShare)) return sixteenBits;
  return classes > end && drawBoolean(random, beyondFloat16Share) ? end : highFrom(format);
}

/**
 * A high class that is taken for another where its index is held in 16 bits, or in the half, and whose logit
 * is another than theirs; or one at least that is taken for another, since a gradient shows that. The first
 * from a random one on, or that one where there is none.
 */
function drawTellingClass(
  random: RandomSource,
  {
    start,
    lanes: { length, stride },
    logits,
    format,
  }: { start: number; lanes: Lanes; logits: FloatArray; format: HalfFormat },
): number {
  const from = drawHighFrom(random, length, format);
  const first = from + drawInt(random, length - from);
  let taken = -1;
  // one that float16 holds is left as one: beyond, every class is told from what it is held as
  const end = first < float16Ends[0]! ? Math.min(length, float16Ends[0]!) : length;
  for (let i = from, k = first; i < end; i++, k = k + 1 < end ? k + 1 : from) {
    const others = [k % sixteenBits, roundTo(format, k)].filter((other) => other !== k);
    if (others.length === 0) continue;
    if (others.every((other) => other >= length || !isSameLogit(k, other))) return k;
    if (taken < 0) taken = k;
  }
  return taken < 0 ? first : taken;

  function isSameLogit(one: number, other: number): boolean {
    return logits[start + one * stride] === logits[start + other * stride];
  }
}

function fillProbabilities(random: RandomSource, facts: LossFacts): FloatArray {
  const { draw, lanes, format } = facts;
  const target = pooledFloats(format, lanes.length * lanes.count);
  if (target.length === 0) return target;
  const zeroLane = draw.targetKind === 'zeros' ? drawInt(random, lanes.count) : -1;
  for (let l = 0; l < lanes.count; l++) {
    switch (draw.targetKind) {
      case 'index':
        throw new Error('an index target has no probabilities');
      case 'one-hot':
        target[laneStart(lanes, l) + drawClass(random, draw.classChoice, l, facts) * lanes.stride] = 1;
        break;
      case 'k-hot':
        fillShares(random, target, l, facts);
        break;
      case 'soft':
        fillSoft(random, target, l, { lanes, total: 1 });
        break;
      case 'unnormalized':
        fillSoft(random, target, l, {
          lanes,
          total: drawMagnitude(random, { exponentMin: -6, exponentMax: 6 }),
        });
        break;
      case 'signed':
        fillSigned(random, target, l, lanes);
        break;
      case 'zeros':
        if (l !== zeroLane && drawBoolean(random, 0.5)) fillSoft(random, target, l, { lanes, total: 1 });
    }
  }
  holdIn(format, target);
  return target;
}

/** Most classes of a k-hot lane that has more than two. */
const sharesMax = 8;
/** Mixed labels add up to 1, and are equal or not; of several labels each is 1. */
const shareForms = ['equal', 'equal', 'unequal', 'unequal', 'ones'] as const;

/** The classes and the shares of the k-hot lane that was drawn last: lanes are many, and share these. */
const [classesOfLane, sharesOfLane] = [new Int32Array(sharesMax), new Float64Array(sharesMax)];

/** The lane's other elements stay exactly 0: the only one of a lane of one class is 1. */
function fillShares(random: RandomSource, target: FloatArray, lane: number, facts: LossFacts): void {
  const { lanes } = facts;
  const count = drawClasses(random, lane, facts);
  const form = drawFrom(random, shareForms);
  let sum = form === 'ones' ? 1 : 0;
  for (let i = 0; i < count; i++) {
    sharesOfLane[i] = form === 'unequal' ? drawMagnitude(random, { exponentMin: -12, exponentMax: 0 }) : 1;
    if (form !== 'ones') sum += sharesOfLane[i]!;
  }
  const start = laneStart(lanes, lane);
  for (let i = 0; i < count; i++) target[start + classesOfLane[i]! * lanes.stride] = sharesOfLane[i]! / sum;
}

/**
 * Two different classes, or up to eight, as far as there are; the first of them by the draw's choice. Writes
 * `classesOfLane`, and returns how many.
 */
function drawClasses(random: RandomSource, lane: number, facts: LossFacts): number {
  const { draw, lanes } = facts;
  const drawn = drawBoolean(random, 0.5) ? 2 : 2 + drawInt(random, sharesMax - 1);
  const count = Math.min(lanes.length, drawn);
  classesOfLane[0] = drawClass(random, draw.classChoice, lane, facts);
  for (let i = 1; i < count;) {
    const k = drawInt(random, lanes.length);
    if (!isAmong(k, i)) classesOfLane[i++] = k;
  }
  return count;
}

/** Whether the class is one of the first `count` of the lane. */
function isAmong(k: number, count: number): boolean {
  for (let i = 0; i < count; i++) if (classesOfLane[i] === k) return true;
  return false;
}

/** Positive, level or peaked, and adding up to `total` but for the rounding of each element to the format. */
function fillSoft(
  random: RandomSource,
  target: FloatArray,
  lane: number,
  { lanes, total }: { lanes: Lanes; total: number },
): void {
  const start = laneStart(lanes, lane);
  const end = start + lanes.length * lanes.stride;
  const exponentMin = drawBoolean(random, 0.5) ? -12 : -1;
  let sum = 0;
  for (let i = start; i < end; i += lanes.stride) {
    sum += target[i] = drawMagnitude(random, { exponentMin, exponentMax: 0 });
  }
  const scale = total / sum;
  for (let i = start; i < end; i += lanes.stride) target[i] = target[i]! * scale;
}

function fillSigned(random: RandomSource, target: FloatArray, lane: number, lanes: Lanes): void {
  const start = laneStart(lanes, lane);
  const end = start + lanes.length * lanes.stride;
  for (let i = start; i < end; i += lanes.stride) target[i] = drawSigned(random) * 2;
}

/** Shape [C], finite and ≥ 0. */
function drawWeight(
  random: RandomSource,
  kind: Exclude<WeightKind, 'none'>,
  { format, classes }: { format: Format; classes: number },
): Tensor {
  const data = pooledFloats(format, classes);
  if (kind === 'ones') data.fill(1);
  if (kind === 'uniform' || kind === 'some-zero') {
    for (let c = 0; c < classes; c++) data[c] = drawUnit(random) * 2;
  }
  if (kind === 'magnitudes') {
    // of float16 from among its subnormals to a quarter of its largest
    const [exponentMin, exponentMax] = format === 'float16' ? [-20, 13] : [-30, 30];
    for (let c = 0; c < classes; c++) data[c] = drawMagnitude(random, { exponentMin, exponentMax });
  }
  if (kind === 'repeated') {
    const first = drawUnit(random) * 2;
    const second = drawUnit(random) * 2;
    for (let c = 0; c < classes; c++) data[c] = drawBoolean(random, 0.5) ? first : second;
  }
  if (kind === 'some-zero' && classes > 0) {
    data[drawInt(random, classes)] = 0;
    for (let c = 0; c < classes; c++) if (drawBoolean(random, 0.3)) data[c] = 0;
  }
  holdIn(format, data);
  return { shape: [classes], data };
}
