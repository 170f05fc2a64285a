/** Laws within one answer: what the values of a lane must be to each other. They ask nothing further. */
import type { Case } from '../../src/case/case.ts';
import { addAnswer, addNumber, claimAtMost, claimEqual, combination, oneAnswer } from '../combination.ts';
import type { Law } from '../law.ts';
import { caseLanes, placesOf } from '../transform-case.ts';

function isForward(c: Case, ...operations: readonly Case['operation'][]): boolean {
  return c.direction === 'forward' && operations.includes(c.operation) && c.logits.data.length > 0;
}

/** |Σ ŷ_j − 1| ≤ Σ tol_j, the sum compensated. */
const sumsToOne: Law = {
  name: 'softmax sums to 1',
  statement: 'the values of each lane of softmax sum to 1',
  about(c) {
    if (!isForward(c, 'softmax')) return null;
    const lanes = caseLanes(c);
    return {
      cases: [],
      check(given, _, violations) {
        for (let lane = 0; lane < lanes.count; lane++) {
          const sum = combination();
          for (const at of placesOf(lanes, lane)) addAnswer(sum, given, at);
          claimEqual(violations, null, sum, combination(1));
        }
      },
    };
  },
};

/** 0 ≤ p_j ≤ 1 and log p_j ≤ 0, each within its own tolerance. */
const range: Law = {
  name: 'probabilities are in range',
  statement: 'softmax lies in [0, 1] and logSoftmax is at most 0',
  about(c) {
    if (!isForward(c, 'softmax', 'logSoftmax')) return null;
    const [least, most] = c.operation === 'softmax' ? [0, 1] : [-Number.MAX_VALUE, 0];
    return {
      cases: [],
      check(given, _, violations) {
        for (let at = 0; at < given.output.data.length; at++) {
          const got = given.output.data[at]!;
          if (got <= most && got >= least) continue;
          const value = oneAnswer(given, at);
          claimAtMost(violations, at, value, combination(most));
          if (c.operation === 'softmax') claimAtMost(violations, at, combination(), value);
        }
      },
    };
  },
};

/**
 * Flat positions of a lane from the lowest logit to the highest;
 * a lane with a NaN has no order and is left out.
 */
function sortedPlaces(c: Case, places: readonly number[]): readonly number[] {
  const x = c.logits.data;
  return places.some((at) => Number.isNaN(x[at]!))
    ? []
    : [...places].sort((a, b) => (x[a]! < x[b]! ? -1 : x[a]! > x[b]! ? 1 : a - b));
}

/**
 * x_i ≤ x_j ⇒ y_i ≤ y_j: of neighbours in the order, and
 * only where their two intervals are disjoint the wrong way.
 */
const order: Law = {
  name: 'order kept',
  statement: 'of two logits in a lane the larger has the larger softmax and logSoftmax',
  about(c) {
    if (!isForward(c, 'softmax', 'logSoftmax')) return null;
    const lanes = caseLanes(c);
    return {
      cases: [],
      check(given, _, violations) {
        for (let lane = 0; lane < lanes.count; lane++) {
          const sorted = sortedPlaces(c, placesOf(lanes, lane));
          for (let k = 1; k < sorted.length; k++) {
            if (isInOrder(given.output.data[sorted[k - 1]!]!, given.output.data[sorted[k]!]!)) continue;
            claimAtMost(
              violations,
              sorted[k - 1]!,
              oneAnswer(given, sorted[k - 1]!),
              oneAnswer(given, sorted[k]!),
            );
          }
        }
      },
    };
  },
};

/** What is not finite is no number to be compared. */
function isInOrder(lower: number, upper: number): boolean {
  return lower <= upper && lower > -Infinity && upper < Infinity;
}

function isSameNumber(values: ArrayLike<number>, i: number, j: number): boolean {
  return values[i] === values[j] && Math.abs(values[i]!) < Infinity;
}

/**
 * x_i = x_j ⇒ y_i = y_j, within the sum of both tolerances: sound kernels take one exp in the vector body and
 * another in the tail. Neighbours in the order, and the first with the last of each run of ties.
 */
const ties: Law = {
  name: 'ties equal',
  statement: 'equal logits in a lane have equal softmax, logSoftmax and gradients of logSumExp',
  about(c) {
    const isGradient = c.operation === 'logSumExp' && c.direction === 'backward' && c.logits.data.length > 0;
    if (!isGradient && !isForward(c, 'softmax', 'logSoftmax')) return null;
    const lanes = caseLanes(c);
    const x = c.logits.data;
    return {
      cases: [],
      check(given, _, violations) {
        for (let lane = 0; lane < lanes.count; lane++) {
          const sorted = sortedPlaces(c, placesOf(lanes, lane));
          let first = 0;
          for (let k = 1; k < sorted.length; k++) {
            if (x[sorted[k]!] !== x[sorted[first]!]) first = k;
            if (first === k || isSameNumber(given.output.data, sorted[k]!, sorted[first]!)) continue;
            claimEqual(
              violations,
              sorted[k]!,
              oneAnswer(given, sorted[k]!),
              oneAnswer(given, sorted[first]!),
            );
          }
        }
      },
    };
  },
};

/** max ≤ log Σ e^x ≤ max + ln n, within its tolerance. */
const logSumExpBounds: Law = {
  name: 'logSumExp is between max and max + ln n',
  statement:
    'logSumExp is at least the largest logit, and at most that plus the logarithm of the number of classes',
  about(c) {
    if (!isForward(c, 'logSumExp')) return null;
    const lanes = caseLanes(c);
    return {
      cases: [],
      check(given, _, violations) {
        for (let lane = 0; lane < lanes.count; lane++) {
          let max = -Infinity;
          for (const at of placesOf(lanes, lane)) max = Math.max(max, c.logits.data[at]!);
          const got = given.output.data[lane]!;
          if (got >= max && got <= max + Math.log(lanes.length)) continue;
          const most = combination(max);
          addNumber(most, Math.log(lanes.length));
          claimAtMost(violations, lane, combination(max), oneAnswer(given, lane));
          claimAtMost(violations, lane, oneAnswer(given, lane), most);
        }
      },
    };
  },
};

export const laneShapeLaws: readonly Law[] = [sumsToOne, range, order, ties, logSumExpBounds];
