/**
 * Laws of what must not matter: a common offset, the order
 * of classes, the layout, the neighbours in the batch.
 */
import { forwardKind, outputKind, type Case } from '../../src/case/case.ts';
import { roundTo } from '../../src/float/format.ts';
import { exponentOf } from '../../src/float/ulp.ts';
import {
  addAnswer,
  claimEqual,
  claimSame,
  claimSameAt,
  combination,
  isCareful,
  isSame,
  oneAnswer,
} from '../combination.ts';
import type { Law } from '../law.ts';
import {
  appendImpossibleClass,
  caseLanes,
  laneAlone,
  moveAxis,
  permuteClasses,
  placeIn,
  placesOf,
  withLogits,
} from '../transform-case.ts';

/**
 * f(x + c) = f(x), and logSumExp(x + c) = logSumExp(x) + c, in exact arithmetic. x + c is taken only where it
 * is exact for every logit, so that all differences x_i − x_j, and with them the exact answer, are the same;
 * the bound is the sum of the two tolerances.
 */
const shift: Law = {
  name: 'shift invariance',
  statement: 'adding one number to all logits changes only logSumExp, by that number',
  about(c, draw) {
    const offset = exactOffset(c, draw);
    if (offset === null) return null;
    const isMoved = c.operation === 'logSumExp' && c.direction === 'forward';
    return {
      cases: [
        withLogits(
          c,
          c.logits.data.map((x) => x + offset),
        ),
      ],
      check(given, [shifted], violations) {
        for (let at = 0; at < given.output.data.length; at++) {
          const moved = shifted!.output.data[at]! - (isMoved ? offset : 0);
          if (isSame(given.output.data[at]!, moved)) continue;
          const careful = given.answer.careful[at]! + shifted!.answer.careful[at]!;
          if (isCareful(given.output.data[at]! - moved, careful)) continue;
          const expected = combination(isMoved ? -offset : 0);
          addAnswer(expected, shifted!, at);
          claimEqual(violations, at, oneAnswer(given, at), expected);
        }
      },
    };
  },
};

/**
 * The first of a few offsets, from one of the logits' size
 * down, that every logit takes without rounding; or null.
 */
function exactOffset(c: Case, draw: number): number | null {
  let largest = 0;
  let hasFinite = false;
  for (const x of c.logits.data) {
    if (!Number.isFinite(x)) continue;
    hasFinite = true;
    largest = Math.max(largest, Math.abs(x));
  }
  if (!hasFinite) return null;
  const sign = draw % 2 === 0 ? 1 : -1;
  if (largest === 0) return sign * (1 + (draw % 64));
  const unit = sign * 2 ** exponentOf(largest);
  const candidates = [unit, -unit, unit / 2 ** 4, unit / 2 ** 12];
  return candidates.find((offset) => c.logits.data.every((x) => isExactSum(x, offset, c))) ?? null;
}

/** x + offset is a value of the format without any rounding; an infinity or NaN stays what it is. */
function isExactSum(x: number, offset: number, { format }: Case): boolean {
  if (!Number.isFinite(x)) return true;
  const sum = roundTo(format, x + offset);
  return Number.isFinite(sum) && sum - offset === x && sum - x === offset;
}

/**
 * The sum over the classes has the same terms in another order. The bound is the sum of the two tolerances.
 */
const permutation: Law = {
  name: 'permutation of classes',
  statement: 'permuting the classes, those of targets and weights too, permutes the answer alike',
  about(c, draw) {
    const lanes = caseLanes(c);
    if (lanes.length < 2) return null;
    const order = permutationOf(lanes.length, draw);
    return {
      cases: [permuteClasses(c, order)],
      check(given, [permuted], violations) {
        if (outputKind(c) !== 'like logits') return claimSame(violations, given, permuted!);
        for (let lane = 0; lane < lanes.count; lane++) {
          const places = placesOf(lanes, lane);
          for (let k = 0; k < order.length; k++) {
            const old = places[order[k]!]!;
            claimSameAt(violations, { given, at: old }, { other: permuted!, place: places[k]! });
          }
        }
      },
    };
  },
};

/** Fisher–Yates with a linear congruential generator of the draw; never the identity for two classes. */
function permutationOf(length: number, draw: number): number[] {
  const order = Array.from({ length }, (_, k) => k);
  if (length === 2) return [1, 0];
  let state = draw;
  for (let k = length - 1; k > 0; k--) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const other = Math.floor((state / 2 ** 32) * (k + 1));
    [order[k], order[other]] = [order[other]!, order[k]!];
  }
  return order;
}

/**
 * A lane's answer depends on that lane only; where the loss is reduced it does not, and the law says nothing.
 * A kernel may take the lane alone by another path (vector body, tail), so the bound is the sum of the two
 * tolerances.
 */
const batchIndependence: Law = {
  name: 'batch independence',
  statement: 'a lane asked alone is answered as it is among others',
  about(c, draw) {
    const lanes = caseLanes(c);
    if (lanes.count < 2 || forwardKind(c) === 'reduced') return null;
    const lane = draw % lanes.count;
    const places = outputKind(c) === 'like logits' ? placesOf(lanes, lane) : [lane];
    return {
      cases: [laneAlone(c, lane)],
      check(given, [alone], violations) {
        places.forEach((at, k) => claimSameAt(violations, { given, at }, { other: alone!, place: k }));
      },
    };
  },
};

/** The lanes are the same numbers in another layout: the sum of the two tolerances. */
const transposition: Law = {
  name: 'transposition of the axis',
  statement: 'moving the class axis to the other end by a transposition moves the answer alike',
  about(c) {
    const lanes = caseLanes(c);
    const rank = c.logits.shape.length;
    if (rank < 2) return null;
    const moved = moveAxis(c, lanes.axis === rank - 1 ? 'first' : 'last');
    const to = caseLanes(moved);
    const placeOf =
      outputKind(c) === 'like logits' ? (at: number): number => placeIn(lanes, to, at) : undefined;
    return {
      cases: [moved],
      check: (given, [other], violations) =>
        claimSame(violations, given, other!, placeOf === undefined ? {} : { placeOf }),
    };
  },
};

/**
 * e^(−∞) = 0 adds nothing to S, and a class of target 0 adds 0 to a loss, also where log p is −∞. Not with
 * smoothing, which gives the new class a target. The bound is the sum of the two tolerances.
 */
const impossibleClass: Law = {
  name: 'a class of −∞ adds nothing',
  statement: 'one more class of logit −∞ (target and cotangent 0) leaves the others as they are',
  about(c) {
    const rank = c.logits.shape.length;
    if (rank === 0 || (c.loss !== undefined && c.loss.labelSmoothing !== 0)) return null;
    const lanes = caseLanes(c);
    if (c.loss?.ignoreIndex === lanes.length || c.direction === 'targetBackward') return null;
    const longer = appendImpossibleClass(c);
    const to = caseLanes(longer);
    const placeOf =
      outputKind(c) === 'like logits' ? (at: number): number => placeIn(lanes, to, at) : undefined;
    return {
      cases: [longer],
      check: (given, [other], violations) =>
        claimSame(violations, given, other!, placeOf === undefined ? {} : { placeOf }),
    };
  },
};

export const invarianceLaws: readonly Law[] = [
  shift,
  permutation,
  batchIndependence,
  transposition,
  impossibleClass,
];
