/**
 * What the root of a finding has that a plain case has not: what its mistake needs to show, as names. Of the
 * case alone; whether two findings are of one mistake is said in cause.ts.
 */
import { isHalf } from '../float/format.ts';
import { lanesOf, laneStart } from '../tensor/lanes.ts';
import { caseSize, distributionSlackOf, isIndexTarget, type Case, type Loss } from './case.ts';
import type { Finding } from './finding.ts';
import { axisClassOf } from './signature.ts';
import type { Severity } from './verdict.ts';

/** Sizes up to this say nothing: the shrinker stops at one of them or another. */
const smallMax = 4;
/** Larger sizes in these steps: mistakes of the next step are others. */
const sizeSteps = [64, 1024, 65_536];
/** From here on a logit's size is what matters: e^16 no longer is a share like others. */
const largeMin = 16;

/**
 * What the root has that a plain case has not, in the order of the names. How a call misbehaves says all of
 * it, but for the form of the call and what is invalid; one buffer for all answers, in whatever form it is
 * seen.
 */
export function ingredientsOf(
  c: Case,
  { oracle, severity, symptom }: Pick<Finding, 'oracle' | 'severity' | 'symptom'>,
): readonly string[] {
  const is = new Set<string>();
  const isShared = oracle === 'conduct' && sharedOutput.includes(symptom);
  if (c.call !== undefined && !isShared) is.add(`call ${c.call.kind}`);
  if (symptom === 'accepted') is.add(`invalid ${c.invalid?.replace(eitherSide, '')}`);
  if (oracle === 'conduct') is.add(`conduct ${isShared ? 'output-shared' : symptom}`);
  else for (const one of ingredientsOfValues(c, severity)) is.add(one);
  return [...is].sort();
}

/** One check of a range fails on both of its sides. */
const eitherSide = /-(above|below)$/;
/** Two ways in which one buffer for all answers shows. */
const sharedOutput: readonly string[] = ['output-aliased', 'output-overwritten'];

function* ingredientsOfValues(c: Case, severity: Severity): Generator<string> {
  const { count, length } = lanesOf(c.logits.shape, c.axis);
  if (caseSize(c) === 0) yield 'empty';
  for (const [name, size] of Object.entries({ width: length, lanes: count }))
    if (size > smallMax) yield `${name} ${stepOf(size, severity)}`;
  if (count > 1) yield 'lanes';
  if (axisClassOf(c) === 'inner') yield 'inner';
  if (c.format === 'float64') yield 'float64';
  if (isHalf(c.format)) yield 'half'; // float32 does not show it: see examine/root.ts
  for (const value of c.logits.data) {
    if (Number.isNaN(value)) yield 'nan';
    else if (Math.abs(value) >= largeMin) yield 'large';
  }
  if (c.loss !== undefined) yield* ingredientsOfLoss(c, c.loss);
}

function* ingredientsOfLoss(
  { logits, axis, format }: Case,
  { target, weight, ignoreIndex, labelSmoothing }: Loss,
): Generator<string> {
  if (weight !== undefined) yield 'weight';
  if (ignoreIndex !== undefined) yield 'ignoreIndex';
  if (labelSmoothing !== 0) yield 'labelSmoothing';
  if (isIndexTarget(target)) {
    const counted = target.data.filter((y) => y !== ignoreIndex);
    if (weight !== undefined && counted.some((y) => weight.data[y] === 0)) yield 'weightless';
    return;
  }
  const lanes = lanesOf(logits.shape, axis);
  for (let lane = 0; lane < lanes.count && lanes.length > 0; lane++) {
    let [sum, isNegative, isWeightless, at] = [0, false, true, laneStart(lanes, lane)];
    for (let k = 0; k < lanes.length; k++, at += lanes.stride) {
      const t = target.data[at]!;
      sum += t;
      if (t < 0) isNegative = true;
      if (t !== 0 && weight?.data[k] !== 0) isWeightless = false;
    }
    if (isWeightless) yield 'weightless';
    else if (isNegative || Math.abs(sum - 1) > distributionSlackOf(format)) yield 'no distribution';
  }
}

/** The mean of nothing: any of the options may have taken the last position away. */
export function isOverNothing({ loss }: Pick<Case, 'loss'>): boolean {
  if (loss === undefined || loss.reduction !== 'mean' || !isIndexTarget(loss.target)) return false;
  const { target, ignoreIndex, weight } = loss;
  return target.data.every((y) => y === ignoreIndex || weight?.data[y] === 0);
}

/** What is only inaccurate grows with the size: where it leaves the bound says nothing. */
function stepOf(size: number, severity: Severity): string {
  return severity === 'wrong' ? String(sizeSteps.findLastIndex((step) => size > step)) : 'of any step';
}
