/** Laws between the operations: one of them told by another. */
import { formatFacts } from '../../src/float/format.ts';
import {
  addAnswer,
  claimEqual,
  claimSameAt,
  combination,
  isCareful,
  oneAnswer,
  type Combination,
} from '../combination.ts';
import type { Law, LawAnswer } from '../law.ts';
import { askForward, caseLanes, placesOf } from '../transform-case.ts';

const u64 = formatFacts('float64').unitRoundoff;

/**
 * e^ℓ where ℓ is an answer: e^ℓ·(e^tol − 1) is its tolerance, and exp in float64 is within 2·u64, its
 * argument being a value of the format and so exact.
 */
function exponentialOf(lawAnswer: LawAnswer, at: number): Combination {
  const logarithm = oneAnswer(lawAnswer, at);
  const power = Math.exp(logarithm.sum);
  const own = 4 * u64 * power;
  return {
    sum: power,
    compensation: 0,
    magnitude: power,
    careful: power * Math.expm1(logarithm.careful) + own,
    naive: power * Math.expm1(logarithm.naive) + own,
    isSettled: logarithm.isSettled,
  };
}

/**
 * logSoftmax = log softmax, compared as e^logSoftmax = softmax so that a softmax of 0 can be compared too.
 */
const logarithmOfSoftmax: Law = {
  name: 'logSoftmax is the logarithm of softmax',
  statement: 'e to the logSoftmax is softmax',
  about(c) {
    if (c.direction !== 'forward' || (c.operation !== 'softmax' && c.operation !== 'logSoftmax')) return null;
    const isLogarithm = c.operation === 'logSoftmax';
    return {
      cases: [askForward(c, isLogarithm ? 'softmax' : 'logSoftmax')],
      check(given, [other], violations) {
        const [softmax, logSoftmax] = isLogarithm ? [other!, given] : [given, other!];
        for (let at = 0; at < given.output.data.length; at++) {
          const power = Math.exp(logSoftmax.output.data[at]!);
          const careful = softmax.answer.careful[at]! + power * logSoftmax.answer.careful[at]!;
          const isFinite = Number.isFinite(logSoftmax.output.data[at]!);
          if (isFinite && isCareful(softmax.output.data[at]! - power, careful)) continue;
          claimEqual(violations, at, oneAnswer(softmax, at), exponentialOf(logSoftmax, at));
        }
      },
    };
  },
};

/**
 * x_j = logSoftmax_j + logSumExp: within the sum of the two
 * tolerances, times the values of the format as they are.
 */
const logSoftmaxAndLogSumExp: Law = {
  name: 'logSoftmax plus logSumExp is the logit',
  statement: 'logSoftmax of a logit plus logSumExp of its lane is the logit',
  about(c) {
    if (c.direction !== 'forward' || (c.operation !== 'logSumExp' && c.operation !== 'logSoftmax'))
      return null;
    const isSum = c.operation === 'logSumExp';
    const lanes = caseLanes(c);
    return {
      cases: [askForward(c, isSum ? 'logSoftmax' : 'logSumExp')],
      check(given, [other], violations) {
        const [logSoftmax, logSumExp] = isSum ? [other!, given] : [given, other!];
        for (let lane = 0; lane < lanes.count; lane++) {
          for (const at of placesOf(lanes, lane)) {
            const careful = logSoftmax.answer.careful[at]! + logSumExp.answer.careful[lane]!;
            const got = logSoftmax.output.data[at]! + logSumExp.output.data[lane]!;
            if (isCareful(got - c.logits.data[at]!, careful)) continue;
            const total = oneAnswer(logSoftmax, at);
            addAnswer(total, logSumExp, lane);
            claimEqual(violations, isSum ? lane : at, total, combination(c.logits.data[at]!));
          }
        }
      },
    };
  },
};

/** g_j = dy·softmax_j: the softmax's tolerance times |dy|, and the gradient's. */
const gradientOfLogSumExp: Law = {
  name: 'the gradient of logSumExp is softmax',
  statement: "logSumExp's gradient is its cotangent times softmax",
  about(c) {
    if (c.operation !== 'logSumExp' || c.direction !== 'backward') return null;
    const lanes = caseLanes(c);
    return {
      cases: [askForward(c, 'softmax')],
      check(given, [softmax], violations) {
        for (let lane = 0; lane < lanes.count; lane++) {
          const dy = c.cotangent!.data[lane]!;
          for (const at of placesOf(lanes, lane)) {
            claimSameAt(violations, { given, at }, { other: softmax!, place: at, factor: dy });
          }
        }
      },
    };
  },
};

export const kinshipLaws: readonly Law[] = [logarithmOfSoftmax, logSoftmaxAndLogSumExp, gradientOfLogSumExp];
