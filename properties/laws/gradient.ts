/**
 * Laws of the vector-Jacobian products: what a lane of
 * them sums to, and that they are linear in the cotangent.
 */
import type { Case } from '../../src/case/case.ts';
import { floatArrayFrom, roundTo } from '../../src/float/format.ts';
import { addAnswer, claimEqual, claimSame, combination, isCareful, oneAnswer } from '../combination.ts';
import type { Law } from '../law.ts';
import { caseLanes, placesOf, withCotangent, withLoss } from '../transform-case.ts';

/**
 * Softmax, logSoftmax and cross-entropy do not change when all logits of a lane move together, logSumExp
 * moves with them: the gradient of a lane sums to 0, or to dy. Within the sum of the tolerances, the sum
 * compensated.
 */
const lanesSum: Law = {
  name: 'gradients of a lane sum to 0',
  statement: 'the gradient over a lane sums to 0, for logSumExp to its cotangent',
  about(c) {
    if (c.direction !== 'backward' || c.logits.data.length === 0) return null;
    const lanes = caseLanes(c);
    return {
      cases: [],
      check(given, _, violations) {
        for (let lane = 0; lane < lanes.count; lane++) {
          const sum = combination();
          for (const at of placesOf(lanes, lane)) addAnswer(sum, given, at);
          const due = c.operation === 'logSumExp' ? c.cotangent!.data[lane]! : 0;
          claimEqual(violations, null, sum, combination(due));
        }
      },
    };
  },
};

/** g(2^k·dy) = 2^k·g(dy), where 2^k·dy is exact: the tolerance of one times 2^k, and that of the other. */
const scaling: Law = {
  name: 'gradients scale with the cotangent',
  statement: 'a cotangent times a power of two gives the gradient times that power',
  about(c, draw) {
    if (c.direction === 'forward') return null;
    const factor = [0.125, -0.5, -4, 64][draw % 4]!;
    const scaled = c.cotangent!.data.map((dy) => dy * factor);
    const isExact = c.cotangent!.data.every(
      (dy, i) => roundTo(c.format, dy * factor) / factor === dy && Number.isFinite(scaled[i]!),
    );
    if (!isExact) return null;
    return {
      cases: [withCotangent(c, scaled)],
      check: (given, [other], violations) => claimSame(violations, given, other!, { factor: 1 / factor }),
    };
  },
};

/**
 * g(a + b) = g(a) + g(b), a being dy at some of the outputs and 0 at the others:
 * a + b is dy exactly. Three tolerances.
 */
const additivity: Law = {
  name: 'gradients add up over the cotangent',
  statement: 'a cotangent cut in two gives two gradients that add up',
  about(c, draw) {
    if (c.direction === 'forward' || c.cotangent!.data.length < 2) return null;
    const isFirst = (i: number): boolean => ((Math.imul(i + 1, 0x9e3779b1) ^ draw) >>> 16) % 2 === 0;
    const part = (isPart: (i: number) => boolean): Case =>
      withCotangent(
        c,
        c.cotangent!.data.map((dy, i) => (isPart(i) ? dy : 0)),
      );
    return {
      cases: [part(isFirst), part((i) => !isFirst(i))],
      check(given, [a, b], violations) {
        for (let at = 0; at < given.output.data.length; at++) {
          const careful = given.answer.careful[at]! + a!.answer.careful[at]! + b!.answer.careful[at]!;
          const parts = a!.output.data[at]! + b!.output.data[at]!;
          if (isCareful(given.output.data[at]! - parts, careful)) continue;
          const sum = oneAnswer(a!, at);
          addAnswer(sum, b!, at);
          claimEqual(violations, at, oneAnswer(given, at), sum);
        }
      },
    };
  },
};

/**
 * The loss is linear in its targets, so that its gradient
 * by them does not depend on them. The two tolerances.
 */
const linearInTargets: Law = {
  name: 'the gradient by the targets does not depend on them',
  statement: 'other targets have the same gradient of the loss by the targets',
  about(c, draw) {
    if (c.direction !== 'targetBackward') return null;
    const { target } = c.loss!;
    const values = target.data.map((_, i) => ((Math.imul(i + 1, 0x85ebca6b) ^ draw) >>> 0) % 8);
    const data = floatArrayFrom(c.format, values);
    return {
      cases: [withLoss(c, { target: { shape: target.shape, data } })],
      check: (given, [other], violations) => claimSame(violations, given, other!),
    };
  },
};

export const gradientLaws: readonly Law[] = [lanesSum, scaling, additivity, linearInTargets];
