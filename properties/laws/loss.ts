/** Laws of cross-entropy and its options. */
import { isIndexTarget, type Case, type Loss } from '../../src/case/case.ts';
import { pooledFloats, pooledFrom } from '../../src/float/pool.ts';
import { laneStart } from '../../src/tensor/lanes.ts';
import { sizeOf } from '../../src/tensor/tensor.ts';
import {
  addAnswer,
  addNumber,
  claimAtMost,
  claimEqual,
  claimSame,
  combination,
  oneAnswer,
} from '../combination.ts';
import type { Law } from '../law.ts';
import { caseLanes, placesOf, withCotangent, withLogits, withLoss } from '../transform-case.ts';

function ignoredLanes({ target, ignoreIndex }: Loss): readonly number[] {
  if (ignoreIndex === undefined || !isIndexTarget(target)) return [];
  return [...target.data.keys()].filter((lane) => target.data[lane] === ignoreIndex);
}

/**
 * −log p ≥ 0, weights ≥ 0: a loss against targets that
 * are not negative is not negative, within its tolerance.
 */
const notNegative: Law = {
  name: 'the loss is not negative',
  statement: 'the loss against class indices, or probabilities of which none is negative, is at least 0',
  about(c) {
    if (c.operation !== 'crossEntropy' || c.direction !== 'forward') return null;
    if (!isIndexTarget(c.loss!.target) && c.loss!.target.data.some((t) => t < 0)) return null;
    return {
      cases: [],
      check(given, _, violations) {
        for (let at = 0; at < given.output.data.length; at++) {
          claimAtMost(violations, at, combination(), oneAnswer(given, at));
        }
      },
    };
  },
};

/**
 * A class index is the probabilities 1 there and 0 elsewhere; not where 'mean' divides by the weights of the
 * indices, nor with ignored positions, which probabilities have not. The sum of the two tolerances.
 */
const softIsIndex: Law = {
  name: 'an index is a one-hot target',
  statement: 'the loss and its gradient against class indices are those against one-hot probabilities',
  about(c) {
    if (c.loss === undefined || !isIndexTarget(c.loss.target)) return null;
    const { target, weight, reduction } = c.loss;
    if ((weight !== undefined && reduction === 'mean') || ignoredLanes(c.loss).length > 0) return null;
    const lanes = caseLanes(c);
    const data = pooledFloats(c.format, c.logits.data.length);
    target.data.forEach((y, lane) => (data[laneStart(lanes, lane) + y * lanes.stride] = 1));
    const { ignoreIndex: _, ...rest } = c.loss;
    return {
      cases: [{ ...c, loss: { ...rest, target: { shape: c.logits.shape, data } } }],
      check: (given, [soft], violations) => claimSame(violations, given, soft!),
    };
  },
};

/** D of the contract, within 2 ULPs of float64 for fewer than 2^50 positions. */
function denominatorOf(c: Case): number {
  const { target, weight, ignoreIndex } = c.loss!;
  if (!isIndexTarget(target)) return caseLanes(c).count;
  const sum = combination();
  for (const y of target.data) if (y !== ignoreIndex) addNumber(sum, weight?.data[y] ?? 1);
  return sum.sum + sum.compensation;
}

/**
 * sum = Σ none, mean·D = Σ none, and their gradients those of 'none' with the cotangent at every position:
 * the tolerance of the reduced loss (times D), and the sum of those of the positions.
 */
const reductionIdentity: Law = {
  name: 'reductions are of the unreduced loss',
  statement:
    "'sum' is the sum of the losses of 'none', 'mean' that over the denominator, and their gradients alike",
  about(c) {
    if (c.loss === undefined || c.loss.reduction === 'none') return null;
    const divisor = c.loss.reduction === 'mean' ? denominatorOf(c) : 1;
    if (divisor === 0 || !Number.isFinite(divisor)) return null;
    const unreduced = withLoss(c, { reduction: 'none' });
    if (c.direction === 'forward') {
      return {
        cases: [unreduced],
        check(given, [none], violations) {
          const sum = combination();
          for (let lane = 0; lane < none!.output.data.length; lane++) addAnswer(sum, none!, lane);
          claimEqual(violations, 0, oneAnswer(given, 0, divisor), sum);
        },
      };
    }
    const shape = caseLanes(c).outerShape;
    const dy = pooledFrom(c.format, new Float64Array(sizeOf(shape)).fill(c.cotangent!.data[0]!));
    const asked = withCotangent({ ...unreduced, cotangent: { shape, data: dy } }, dy);
    return {
      cases: [asked],
      check(given, [none], violations) {
        for (let at = 0; at < given.output.data.length; at++) {
          claimEqual(violations, at, oneAnswer(given, at, divisor), oneAnswer(none!, at));
        }
      },
    };
  },
};

/**
 * t' = (1−ε)·t + ε/C is affine in ε, and so are the loss and its gradients:
 * f(ε) = (1−ε)·f(0) + ε·f(1). Three tolerances.
 */
const affineInSmoothing: Law = {
  name: 'the loss is affine in labelSmoothing',
  statement: 'the loss with smoothing ε is 1−ε times the one without and ε times the one with smoothing 1',
  about(c) {
    const epsilon = c.loss?.labelSmoothing ?? 0;
    if (!(epsilon > 0 && epsilon < 1)) return null;
    return {
      cases: [withLoss(c, { labelSmoothing: 0 }), withLoss(c, { labelSmoothing: 1 })],
      check(given, [without, full], violations) {
        for (let at = 0; at < given.output.data.length; at++) {
          const mixed = oneAnswer(without!, at, 1 - epsilon);
          addAnswer(mixed, full!, at, epsilon);
          claimEqual(violations, at, oneAnswer(given, at), mixed);
        }
      },
    };
  },
};

/** No weight is weight 1: the sum of the two tolerances. */
const weightsOfOne: Law = {
  name: 'weights of 1 change nothing',
  statement: 'the loss, and its gradients, with every weight 1 are those without weights',
  about(c) {
    if (c.loss === undefined || c.loss.weight !== undefined) return null;
    const classes = caseLanes(c).length;
    const data = pooledFrom(c.format, new Float64Array(classes).fill(1));
    return {
      cases: [withLoss(c, { weight: { shape: [classes], data } })],
      check: (given, [weighted], violations) => claimSame(violations, given, weighted!),
    };
  },
};

/**
 * Whatever the logits of an ignored position hold, here NaN: the same answer. The sum of the two tolerances.
 */
const ignoredLogits: Law = {
  name: 'ignored positions are not read',
  statement: 'the logits of an ignored position, NaN among them, change nothing',
  about(c) {
    const ignored = c.loss === undefined ? [] : ignoredLanes(c.loss);
    if (ignored.length === 0) return null;
    const lanes = caseLanes(c);
    const values = c.logits.data.slice();
    for (const lane of ignored) for (const at of placesOf(lanes, lane)) values[at] = Number.NaN;
    return {
      cases: [withLogits(c, values)],
      check: (given, [other], violations) => claimSame(violations, given, other!),
    };
  },
};

export const lossLaws: readonly Law[] = [
  notNegative,
  softIsIndex,
  reductionIdentity,
  affineInSmoothing,
  weightsOfOne,
  ignoredLogits,
];
