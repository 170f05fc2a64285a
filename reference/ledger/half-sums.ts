/**
 * The sums that libraries keep in float16 or bfloat16: when they overflow, and what they come to where each
 * addition is rounded. Not an oracle: nothing is judged by it.
 */
import { isIndexTarget, type Case } from '../../src/case/case.ts';
import { formatFacts } from '../../src/float/format.ts';
import { lanesOf } from '../../src/tensor/lanes.ts';
import { laneOf, lanesBehind, maximumOf, type Lane } from './lanes-behind.ts';

/** From here on a number is rounded to ∞ in float16: its largest and half a step. */
const infiniteFrom = 65_520;
/** How far all roundings may take a sum: less than 1 in 64 of it where it overflows. */
const sumSlack = 1 / 64;

/** Whether a sum that comes to this may be ∞ in float16. */
export function mayOverflow(sum: number): boolean {
  return sum >= infiniteFrom * (1 - sumSlack);
}

/** Σ e^(x − max), NaN where the maximum is not finite. */
export function sumOfPowers(lane: Lane): number {
  const max = maximumOf(lane);
  let sum = 0;
  for (let k = 0; k < lane.length; k++) sum += Math.exp(lane[k]! - max);
  return sum;
}

/** Whether Σ e^(x − max) of some lane behind the element may be ∞ in float16. */
export function hasOverflowingPowers(c: Case, element: number | null): boolean {
  return lanesAbout(c, element).some((lane) => mayOverflow(sumOfPowers(laneOf(c, lane))));
}

function lanesAbout(c: Case, element: number | null): readonly number[] {
  return element === null
    ? [...Array(lanesOf(c.logits.shape, c.axis).count).keys()]
    : lanesBehind(c, element);
}

/** What a loss adds up, each a sum of terms that are no less than 0. */
interface LossSums {
  /** The largest of Σ w·|ℓ| over the classes of a position: what smoothing adds. */
  readonly perPosition: number;
  /** The sum over positions: of the losses, or of what smoothing adds. */
  readonly overPositions: number;
  /** What a mean divides by: positions, or their weights. */
  readonly divisor: number;
}

/** The sums over the lanes behind the element that are within the loss of the case. */
export function lossSumsOf(c: Case, element: number): LossSums {
  const { target, weight, labelSmoothing, ignoreIndex, reduction } = c.loss!;
  const isIndexed = isIndexTarget(target);
  let [perPosition, losses, smoothed, divisor] = [0, 0, 0, 0];
  for (const lane of lanesBehind(c, element)) {
    const index = isIndexed ? target.data[lane]! : null;
    if (index !== null && index === ignoreIndex) continue;
    const shares = index === null ? laneOf(c, lane, target.data) : null;
    const x = laneOf(c, lane);
    const [max, logSum] = [maximumOf(x), Math.log(sumOfPowers(x))];
    let ofLane = 0;
    for (let k = 0; k < x.length; k++) {
      const term = (weight?.data[k] ?? 1) * (max - x[k]! + logSum);
      if (shares === null) ofLane += term;
      else if (shares[k]! !== 0 || labelSmoothing !== 0)
        losses += term * (shares[k]! * (1 - labelSmoothing) + labelSmoothing / x.length);
      if (k === index) losses += term;
    }
    divisor += index === null ? 1 : (weight?.data[index] ?? 1);
    if (labelSmoothing === 0 || index === null) continue;
    perPosition = Math.max(perPosition, ofLane);
    smoothed += ofLane;
  }
  const isReduced = reduction !== 'none';
  return { perPosition, overPositions: isReduced ? Math.max(losses, smoothed) : 0, divisor };
}

/** What is stored of a lane where each power and their sum are rounded. */
export interface StoredSums {
  /** e^(x − max). */
  readonly powers: Lane;
  readonly sum: number;
  readonly max: number;
}

/** Its sum is one from the first to the last, or one whose additions are exact. */
export function storedSumsOf(c: Case, lane: Lane, { isOneByOne }: { isOneByOne: boolean }): StoredSums {
  const { round } = formatFacts(c.format);
  const max = maximumOf(lane);
  const powers = lane.map((x) => round(Math.exp(round(x - max))));
  return { powers, sum: storedSumOf(powers, round, { isOneByOne }), max };
}

/** From the first to the last, each sum rounded, or the whole alone. */
export function storedSumOf(
  terms: Lane,
  round: (value: number) => number,
  { isOneByOne }: { isOneByOne: boolean },
): number {
  let sum = 0;
  for (let k = 0; k < terms.length; k++) sum = isOneByOne ? round(sum + terms[k]!) : sum + terms[k]!;
  return round(sum);
}
