/** The targets, weights and ignoreIndex of a loss draw, filled in. */
import type { Loss } from '../case/case.ts';
import { isHalf, type FloatArray, type Format } from '../float/format.ts';
import { pool, pooledFloats } from '../float/pool.ts';
import { laneStart, type Lanes } from '../tensor/lanes.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { float16Ends } from './extent.ts';
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
  const ignoreIndex = drawIgnoreIndex(random, facts);
  const target =
    draw.targetKind === 'index'
      ? { shape: lanes.outerShape, data: fillIndices(random, facts, ignoreIndex) }
      : { shape, data: fillProbabilities(random, facts) };
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
      return drawHighClass(random, lanes.length, format);
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

function drawHighClass(random: RandomSource, classes: number, format: Format): number {
  const end = float16Ends[0]!;
  const from = isHalf(format) && classes > end && drawBoolean(random, 0.5) ? end : highFrom(format);
  return from + drawInt(random, classes - from);
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

/** The lane's other elements stay exactly 0: the only one of a lane of one class is 1. */
function fillShares(random: RandomSource, target: FloatArray, lane: number, facts: LossFacts): void {
  const { lanes } = facts;
  const classes = drawClasses(random, lane, facts);
  const form = drawFrom(random, shareForms);
  const shares = classes.map(() =>
    form === 'unequal' ? drawMagnitude(random, { exponentMin: -12, exponentMax: 0 }) : 1,
  );
  const sum = form === 'ones' ? 1 : shares.reduce((a, b) => a + b, 0);
  const start = laneStart(lanes, lane);
  for (const [i, k] of classes.entries()) target[start + k * lanes.stride] = shares[i]! / sum;
}

/** Two different classes, or up to eight, as far as there are; the first of them by the draw's choice. */
function drawClasses(random: RandomSource, lane: number, facts: LossFacts): readonly number[] {
  const { draw, lanes } = facts;
  const drawn = drawBoolean(random, 0.5) ? 2 : 2 + drawInt(random, sharesMax - 1);
  const count = Math.min(lanes.length, drawn);
  const classes = [drawClass(random, draw.classChoice, lane, facts)];
  while (classes.length < count) {
    const k = drawInt(random, lanes.length);
    if (!classes.includes(k)) classes.push(k);
  }
  return classes;
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
    const [first, second] = [drawUnit(random) * 2, drawUnit(random) * 2];
    for (let c = 0; c < classes; c++) data[c] = drawBoolean(random, 0.5) ? first : second;
  }
  if (kind === 'some-zero' && classes > 0) {
    data[drawInt(random, classes)] = 0;
    for (let c = 0; c < classes; c++) if (drawBoolean(random, 0.3)) data[c] = 0;
  }
  holdIn(format, data);
  return { shape: [classes], data };
}
