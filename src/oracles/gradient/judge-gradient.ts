/**
 * Does a backward kernel match the specified forward? Asked by complex step, and by central differences where
 * these are fine enough; never by a gradient formula, which is what the exact oracle knows. See
 * judge-own-gradient.ts for the other question.
 */
import { outputShape, type Case } from '../../case/case.ts';
import type { Divergence } from '../../case/verdict.ts';
import { laneStart, lanesOf, type Lanes } from '../../tensor/lanes.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import type { Answer } from '../answer.ts';
import { isAccepted } from '../../float/acceptance.ts';
import { addViolation, divergenceOf, noViolations, type Violations } from '../violations.ts';
import { centralDifference, contract } from './central-difference.ts';
import { complexStep, complexStepOfTarget, type Estimate } from './complex-step.ts';
import { contractionOf, denominatorOf, factorOf, isIgnored } from './contraction.ts';
import { shiftLane, type ShiftedLane } from './shifted-lane.ts';

export { judgeOwnGradient } from './judge-own-gradient.ts';

export interface GradientJudgement {
  /** `law` tells by which of the two methods. */
  readonly divergence: Divergence | null;
  /** What central differences hold against it, where they are not what `divergence` tells. */
  readonly differenceDivergence: Divergence | null;
  /** Why nothing at all could be judged; null where something was. */
  readonly skipped: string | null;
  /** Elements judged by complex step, and those of them that central differences judged as well. */
  readonly judgedElements: number;
  readonly judgedByDifference: number;
  /** Lanes left out since a logit, or what they are contracted with, is not finite. */
  readonly skippedLanes: number;
}

export const complexStepLaw = 'complex step of the specified forward';
export const centralDifferenceLaw = 'central differences of the specified forward';

/**
 * A lane of n elements costs n² complex divisions:
 * of more than this many a deterministic part of the elements.
 */
const costMax = 2 ** 21;
/** A numerical derivative speaks where its own error is at most this part of what it judges. */
const shareMax = 0.1;

/**
 * `answer` gives each element's tolerance, and nothing else is taken from it but where an overflow is
 * allowed. Accepted is |got − derivative| ≤ careful + uncertainty + the method's own bound, rounded to the
 * format as for the exact oracle.
 */
export function judgeGradient(c: Case, got: Tensor, answer: Answer): GradientJudgement {
  const lanes = lanesOf(c.logits.shape, c.axis);
  const check: GradientCheck = {
    c,
    got,
    answer,
    lanes,
    every: Math.max(1, Math.ceil((lanes.count * lanes.length ** 2) / costMax)),
    byComplexStep: noViolations(),
    byDifference: noViolations(),
    judgedElements: 0,
    judgedByDifference: 0,
    skippedLanes: 0,
  };
  if (lanes.length > 0) judgeLanes(check);
  const { byComplexStep, byDifference, judgedElements, judgedByDifference, skippedLanes } = check;
  const about = (law: string, sentence: string): Parameters<typeof divergenceOf>[1] => ({
    oracle: 'gradient',
    law,
    sentence,
    format: c.format,
    shape: outputShape(c),
  });
  const differenceDivergence = divergenceOf(
    byDifference,
    about(centralDifferenceLaw, 'not the gradient by central differences'),
  );
  return {
    divergence:
      divergenceOf(byComplexStep, about(complexStepLaw, 'not the gradient by complex step')) ??
      differenceDivergence,
    differenceDivergence,
    skipped: judgedElements > 0 ? null : whyNothing(skippedLanes),
    judgedElements,
    judgedByDifference,
    skippedLanes,
  };
}

interface GradientCheck {
  readonly c: Case;
  readonly got: Tensor;
  readonly answer: Answer;
  readonly lanes: Lanes;
  /** Every how many-th element is judged. */
  readonly every: number;
  readonly byComplexStep: Violations;
  readonly byDifference: Violations;
  judgedElements: number;
  judgedByDifference: number;
  skippedLanes: number;
}

function whyNothing(skippedLanes: number): string {
  return skippedLanes > 0
    ? 'every lane has a logit, or a cotangent over its denominator, that is not finite'
    : 'there is no element';
}

function judgeLanes(check: GradientCheck): void {
  const { c, lanes } = check;
  const denominator = c.operation === 'crossEntropy' ? denominatorOf(c, lanes) : 1;
  for (let lane = 0; lane < lanes.count; lane++) {
    const factor = c.operation === 'crossEntropy' ? factorOf(c, lane, denominator) : 1;
    if (c.operation === 'crossEntropy' && isIgnored(c, lane)) {
      judgeIgnored(check, lane);
      continue;
    }
    const shifted = shiftLane(c.logits.data, lanes, lane);
    if (shifted === null || !Number.isFinite(factor)) check.skippedLanes += 1;
    else if (c.direction === 'targetBackward') judgeTargetLane(check, lane, shifted, factor);
    else judgeLane(check, lane, shifted, factor);
  }
}

const estimate: Estimate = { value: 0, bound: 0 };

function judgeLane(check: GradientCheck, lane: number, shifted: ShiftedLane, factor: number): void {
  const { c, lanes, every, answer } = check;
  const contraction = contractionOf(c, lanes, lane, factor);
  if (contraction === null) return;
  const contracted = contract(shifted, contraction);
  const start = laneStart(lanes, lane);
  for (let j = lane % every; j < lanes.length; j += every) {
    const at = start + j * lanes.stride;
    complexStep(shifted, contraction, j, estimate);
    if (!judgeElement(check, check.byComplexStep, at)) continue;
    check.judgedElements += 1;
    centralDifference(shifted, contraction, contracted, j, estimate);
    if (!(estimate.bound <= shareMax * answer.careful[at]!)) continue;
    if (judgeElement(check, check.byDifference, at)) check.judgedByDifference += 1;
  }
}

function judgeTargetLane(check: GradientCheck, lane: number, shifted: ShiftedLane, factor: number): void {
  const { c, lanes } = check;
  const { weight, labelSmoothing } = c.loss!;
  const start = laneStart(lanes, lane);
  for (let j = 0; j < lanes.length; j++) {
    complexStepOfTarget(shifted, { factor, weight: weight?.data[j] ?? 1, labelSmoothing }, j, estimate);
    if (judgeElement(check, check.byComplexStep, start + j * lanes.stride)) check.judgedElements += 1;
  }
}

/** The loss does not read an ignored position: its derivative there is 0, whatever the logits hold. */
function judgeIgnored(check: GradientCheck, lane: number): void {
  const { lanes } = check;
  const start = laneStart(lanes, lane);
  for (let j = 0; j < lanes.length; j++) {
    estimate.value = 0;
    estimate.bound = 0;
    if (judgeElement(check, check.byComplexStep, start + j * lanes.stride)) check.judgedElements += 1;
  }
}

/**
 * False where there is nothing to judge by: the derivative
 * overflows, or may have overflowed on the way to `got`.
 */
function judgeElement({ got, answer }: GradientCheck, violations: Violations, at: number): boolean {
  const { value, bound } = estimate;
  const found = got.data[at]!;
  if (!Number.isFinite(value) || !Number.isFinite(bound)) return false;
  if (answer.mayOverflow[at] !== 0 && !Number.isFinite(found)) return false;
  const slack = answer.uncertainty[at]! + bound;
  const careful = answer.careful[at]! + slack;
  if (Math.abs(found - value) <= careful) return true; // the common case, without the rounding to the format
  if (isAccepted(found, { exact: value, tolerance: careful, format: answer.format })) return true;
  const naive = answer.naive[at]! + slack;
  const isWrong = !isAccepted(found, { exact: value, tolerance: naive, format: answer.format });
  addViolation(violations, { element: at, got: found, expected: value, isWrong, careful, naive });
  return true;
}
