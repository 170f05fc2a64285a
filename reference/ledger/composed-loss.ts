/**
 * The cross-entropy of tfjs-core (`softmaxCrossEntropy_`) and of TensorFlow's fused kernels, mistakes
 * included, so that an answer that these mistakes explain is told from one that they do not. Not an oracle:
 * nothing is judged by it.
 */
import type { Case } from '../../src/case/case.ts';
import { pool } from '../../src/float/pool.ts';
import { positionWeightsOf } from '../../src/subjects/stacking.ts';
import { lanesOf } from '../../src/tensor/lanes.ts';
import { toLast } from '../tfjs/axis-last.ts';
import { labelsOf } from '../tfjs/one-hot.ts';
import { smoothLabel, smoothingOf } from '../tfjs/smoothing.ts';
import type { KnownAnswer } from './entry.ts';
import { laneOf, lanesBehind, maximumOf } from './lanes-behind.ts';

/**
 * composed: log p as logits − logSumExp(logits), of tfjs. stacked: the same, among the rows of a stack, where
 * tfjs takes the right number of classes. fused: shifted by the maximum, of TensorFlow. floored: composed,
 * with a maximum of no less than the one that tfjs-webgl begins with.
 */
export type LossForm = 'composed' | 'stacked' | 'fused' | 'floored';

/** What a maximum begins with in the shaders of tfjs-webgl. */
export const webglFloor: number = Math.fround(-1e20);
/** The log of 0 by SwiftShader, which takes the exponent of a float32 that is 0 for what it is. */
export const swiftShaderLogOfZero: number = -127 * Math.LN2;

/** Half an ULP of 1 in float32, and its smallest normal number, below which TensorFlow flushes to 0. */
const u = 2 ** -24;
const smallestNormal = 2 ** -126;

export function knownLoss(c: Case, element: number, form: LossForm): KnownAnswer {
  if (c.direction === 'forward') return knownForward(c, element, form);
  const lane = lanesBehind(c, element)[0]!;
  const at = placeInLane(c, element);
  const { labels, logP, slack } = knownLane(c, lane, form);
  const [label, p] = [labels[at]!, Math.exp(logP[at]!)];
  const k = cotangentOf(c, lane) * (c.direction === 'backward' ? 1 : 1 - c.loss!.labelSmoothing);
  const pSlack = slack[at]! > 1 ? 1 : p * Math.expm1(slack[at]!);
  return {
    value: c.direction === 'backward' ? k * (p - label) : k * (label - p),
    slack:
      Math.abs(k) * (pSlack + 16 * u * (p + Math.abs(label)) + smallestNormal) +
      4 * smallestNormal * (1 + Math.abs(label)),
  };
}

/** What tfjs takes for the number of classes: the second size of the labels, whatever their rank. */
export function assumedClasses(c: Case): number {
  const { shape } = c.logits;
  const order = toLast(shape.length, c.axis);
  return shape[order === null ? 1 : order[1]!] ?? NaN;
}

/** The labels of a lane, smoothed as tfjs does it: 0 where the position is ignored, one-hot for an index. */
export function smoothedLabels(c: Case, lane: number, classes: number = assumedClasses(c)): Float64Array {
  const { labelSmoothing } = c.loss!;
  const labels = laneOf(c, lane, preparedLoss(c).labels);
  if (labelSmoothing === 0) return labels;
  const smoothing = smoothingOf(labelSmoothing, classes);
  for (let k = 0; k < labels.length; k++) labels[k] = smoothLabel(labels[k]!, smoothing);
  return labels;
}

/** The factor that dy has at the lane: 0 where its position is ignored. */
export function cotangentOf(c: Case, lane: number): number {
  const dy = c.cotangent!.data;
  return (c.loss!.reduction === 'none' ? dy[lane]! : dy[0]!) * shareOf(c, lane);
}

function knownForward(c: Case, element: number, form: LossForm): KnownAnswer {
  const lanes = lanesBehind(c, element);
  let [value, slack, size] = [0, 0, 0];
  for (const lane of lanes) {
    const { labels, logP, slack: slacks } = knownLane(c, lane, form);
    const share = shareOf(c, lane);
    let loss = 0;
    for (let j = 0; j < labels.length; j++) {
      const label = labels[j]!;
      loss -= label * logP[j]!;
      slack += Math.abs(share * label) * slacks[j]!;
      size += Math.abs(share * label * logP[j]!);
    }
    value += share * Math.fround(loss); // a lane's loss may overflow where the mean would not
  }
  const terms = lanes.length + lanesOf(c.logits.shape, c.axis).length;
  return { value, slack: slack + 2 * (terms + 8) * u * size + smallestNormal * (1 + terms) };
}

interface KnownLane {
  readonly labels: Float64Array;
  readonly logP: Float64Array;
  /**
   * How far rounding takes each log p: of the maximum's size where it is composed;
   * of a running sum in any case.
   */
  readonly slack: Float64Array;
}

/** A lane is worked out once for each form, however many references and elements are asked about. */
function knownLane(c: Case, lane: number, form: LossForm): KnownLane {
  return (preparedLoss(c)[form][lane] ??= computeLane(c, lane, form));
}

function computeLane(c: Case, lane: number, form: LossForm): KnownLane {
  const x = laneOf(c, lane);
  const { length } = x;
  const isFloored = form === 'floored';
  const max = isFloored ? Math.max(webglFloor, maximumOf(x)) : maximumOf(x);
  let sum = 0;
  for (let k = 0; k < length; k++) sum += Math.exp(Math.fround(x[k]! - max));
  const logSum = isFloored && sum === 0 ? swiftShaderLogOfZero : Math.log(sum);
  const logSumExp = Math.fround(max + Math.fround(logSum));
  const isFused = form === 'fused';
  const offset = isFused ? 0 : Math.abs(logSumExp);
  const [logP, slack] = [pool.float64(length), pool.float64(length)];
  for (let k = 0; k < length; k++) {
    logP[k] = isFused ? Math.fround(x[k]! - max) - logSum : Math.fround(x[k]! - logSumExp);
    slack[k] = 4 * u * (offset + Math.abs(logP[k]!) + 4) + 2 * length * u;
  }
  const classes = form === 'stacked' ? length : assumedClasses(c);
  return { labels: smoothedLabels(c, lane, classes), logP, slack };
}

/** Whether dy/Σw is beyond float32 on its way to a position that has a weight of 0. */
export function overflowsBeforeWeight(c: Case, lane: number): boolean {
  const { weights, whole } = preparedLoss(c);
  if (c.loss!.reduction !== 'mean' || weights === null || weights[lane] !== 0) return false;
  return Math.abs(Math.fround(c.cotangent!.data[0]! / whole)) === Infinity;
}

/** What the lane's loss is multiplied by on its way into the output. */
function shareOf(c: Case, lane: number): number {
  const { weights, whole } = preparedLoss(c);
  const weight = weights === null ? 1 : weights[lane]!;
  return c.loss!.reduction === 'mean' ? weight / whole : weight;
}

interface PreparedLoss {
  readonly labels: Float32Array;
  /** The weights of positions; null where all are 1. */
  readonly weights: Float32Array | null;
  /** What a mean divides by. */
  readonly whole: number;
  /** What has been asked for so far, by lane. */
  readonly composed: KnownLane[];
  readonly stacked: KnownLane[];
  readonly fused: KnownLane[];
  readonly floored: KnownLane[];
}

let prepared: (PreparedLoss & { readonly case: Case }) | null = null;

/** The last case's loss, prepared once, however many lanes are asked for and entries ask. */
function preparedLoss(c: Case): PreparedLoss {
  if (prepared?.case !== c) {
    const weights = positionWeightsOf(c.loss!);
    const { count } = lanesOf(c.logits.shape, c.axis);
    const whole = weights === null ? count : weights.reduce((sum, weight) => sum + weight, 0);
    prepared = {
      case: c,
      labels: labelsOf(c, c.loss!),
      weights,
      whole,
      composed: [],
      stacked: [],
      fused: [],
      floored: [],
    };
  }
  return prepared;
}

function placeInLane(c: Case, element: number): number {
  const { stride, length } = lanesOf(c.logits.shape, c.axis);
  return Math.floor(element / stride) % length;
}
