/**
 * Does a float32 backward kernel match its own forward, differenced in float64? Asked of implementations
 * whose forward takes float64: a float32 forward is too coarse to difference, and a float64 gradient is finer
 * than any difference.
 */
import { outputShape, type Case } from '../../case/case.ts';
import { mapTensors } from '../../case/case-tensors.ts';
import type { Divergence, ToleranceName } from '../../case/verdict.ts';
import { isAccepted } from '../../float/acceptance.ts';
import { formatFacts } from '../../float/format.ts';
import { pooledFrom } from '../../float/pool.ts';
import type { Implementation } from '../../subjects/implementation.ts';
import { lanesOf } from '../../tensor/lanes.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import type { Answer } from '../answer.ts';
import { ask, type Responses } from '../ask.ts';
import { CaseWork } from '../exact.ts';
import { addViolation, divergenceOf, noViolations, type Violations } from '../violations.ts';
import { groupsOf, type Group } from './groups.ts';
import { logitStep, probesOf, type Probe } from './probes.ts';
import { analyticTruncationBound, extrapolate, roundingBound } from './richardson.ts';
import { u64 } from './shifted-lane.ts';

export interface OwnGradientJudgement {
  readonly divergence: Divergence | null;
  /** Why nothing could be judged; null where something was. */
  readonly skipped: string | null;
}

export const ownForwardLaw = 'differences of its own float64 forward';

/** The forward is asked up to 12 times: of larger cases that would cost more than it tells. */
const elementsMax = 4096;
/** A difference speaks where its own error is at most this part of what it judges. */
const shareMax = 0.1;

/** A promise only where the implementation answers with one. */
export function judgeOwnGradient(
  c: Case,
  implementation: Implementation,
  got: Tensor,
  answer: Answer,
): OwnGradientJudgement | Promise<OwnGradientJudgement> {
  if (formatFacts(c.format).unitRoundoff <= u64)
    return skip('a float64 gradient is finer than differences of a float64 forward');
  if (c.logits.data.length > elementsMax) return skip(`more than ${elementsMax} elements`);
  const lanes = lanesOf(c.logits.shape, c.axis);
  const groups = lanes.length === 0 ? [] : groupsOf(c, lanes);
  if (groups.length === 0) return skip('no lane, or no whole reduced loss, has finite logits');

  const forward = toFloat64Forward(c);
  const wrt = c.direction === 'targetBackward' ? 'target' : 'logits';
  const probes = probesOf(forward, lanes, wrt, c.logits.data.length);
  const conclude = (responses: Responses): OwnGradientJudgement =>
    responses.kind === 'values'
      ? judgeProbes({ c, implementation, got, answer, forward, groups }, probes, responses.tensors)
      : skip(`its own float64 forward gives no values: ${responses.reason}`);
  const cases = probes.flatMap((probe) => probe.cases);
  const responses = ask(implementation, cases);
  return responses instanceof Promise ? responses.then(conclude) : conclude(responses);
}

function skip(reason: string): OwnGradientJudgement {
  return { divergence: null, skipped: reason };
}

/** Every float32 is a float64: no number changes. Called the plain way. */
function toFloat64Forward(c: Case): Case {
  const { cotangent: _, call: _call, ...forward } = c;
  const widened = mapTensors({ ...forward, direction: 'forward', checks: [] }, ({ format, tensor }) =>
    format === 'int32' ? tensor : { shape: tensor.shape, data: pooledFrom('float64', tensor.data) },
  );
  return { ...widened, format: 'float64' };
}

interface Inquiry {
  readonly c: Case;
  readonly implementation: Implementation;
  readonly got: Tensor;
  readonly answer: Answer;
  readonly forward: Case;
  readonly groups: readonly Group[];
}

function judgeProbes(
  inquiry: Inquiry,
  probes: readonly Probe[],
  tensors: readonly Tensor[],
): OwnGradientJudgement {
  const { c, implementation, forward, groups } = inquiry;
  const answer = new CaseWork(widest(forward, c.direction)).rough(implementation.arithmetic);
  const violations = noViolations();
  const judged = { groups: 0, coarse: 0 };
  let at = 0;
  for (const probe of probes) {
    const values = tensors.slice(at, at + probe.cases.length);
    at += probe.cases.length;
    const works = probe.cases.map((asked) => new CaseWork(asked));
    for (const group of groups)
      judgeGroup(inquiry, { probe, values, works, forwardAnswer: answer, group, violations, judged });
  }
  const sentence = 'not the gradient of its own float64 forward';
  return {
    divergence: divergenceOf(violations, {
      oracle: 'gradient',
      law: ownForwardLaw,
      sentence,
      format: c.format,
      shape: outputShape(c),
    }),
    skipped: judged.groups > 0 ? null : whyNothing(judged),
  };
}

function whyNothing({ coarse }: ProbedGroup['judged']): string {
  return coarse > 0
    ? 'its own float64 forward is outside of its tolerance where it is differenced'
    : 'the tolerance of its own float64 forward ÷ h exceeds a tenth of that of the gradient';
}

/**
 * Where the forward's tolerance is taken. Along the targets it grows with their absolute values only, so at
 * |t| + 2 it is above what it is within a step of 1; along the logits at the unmoved ones (see
 * differenceBound).
 */
function widest(forward: Case, direction: Case['direction']): Case {
  if (direction !== 'targetBackward') return forward;
  const { shape, data } = forward.loss!.target;
  const target: Tensor = { shape, data: pooledFrom('float64', data).map((t) => Math.abs(t) + 2) };
  return { ...forward, loss: { ...forward.loss!, target } };
}

interface ProbedGroup {
  readonly probe: Probe;
  /** The answers to the probe's cases, in their order. */
  readonly values: readonly Tensor[];
  /** The work on each of the probe's cases, for what is right there. */
  readonly works: readonly CaseWork[];
  /** The forward's answer, for its tolerances: see `widest`. */
  readonly forwardAnswer: Answer;
  readonly group: Group;
  readonly violations: Violations;
  /** Groups that were judged, and those that were not since the forward is too coarse to be differenced. */
  readonly judged: { groups: number; coarse: number };
}

/**
 * Σ v_j·got_j against the difference of the forward along v. Not judged where that cannot tell: nothing
 * moved, something is not finite, the difference's own bound is above a tenth of Σ|v_j|·careful_j, or the
 * forward, which that bound takes to be within its tolerance, is not: a kernel may take float64 and compute
 * in float32, and its float32 gradient is right.
 */
function judgeGroup({ c, implementation, got, answer }: Inquiry, probed: ProbedGroup): void {
  const { direction } = probed.probe;
  const { unitRoundoff, smallestSubnormal } = formatFacts(c.format);
  const walked = { sum: 0, careful: 0, naive: 0, element: null as number | null, moved: 0 };
  for (const j of probed.group.inputs) {
    const v = direction[j]!;
    if (v === 0) continue;
    const size = Math.abs(v);
    const value = got.data[j]!;
    if (answer.mayOverflow[j] !== 0 || !isHeld(answer, j)) return;
    // the exact oracle rounds its bounds to the format: half an ULP more on either side
    const slack = size * (answer.uncertainty[j]! + unitRoundoff * Math.abs(value) + smallestSubnormal / 2);
    walked.sum += v * value;
    walked.careful += size * answer.careful[j]! + slack;
    walked.naive += size * answer.naive[j]! + slack;
    walked.moved += 1;
    walked.element = walked.moved === 1 ? j : null;
  }
  if (walked.moved === 0) return;
  const expected = differenceAlong(c, probed);
  const careful = differenceBound(c, probed, 'careful');
  if (!Number.isFinite(expected) || !(careful <= shareMax * walked.careful)) return;
  const { judged } = probed;
  if (Math.abs(walked.sum - expected) <= walked.careful + careful) return void (judged.groups += 1);
  const naive = walked.naive + differenceBound(c, probed, 'naive');
  const isWrong = !(Math.abs(walked.sum - expected) <= naive);
  if (!isForwardWithin(isWrong ? 'naive' : 'careful', implementation, probed))
    return void (judged.coarse += 1);
  addViolation(probed.violations, {
    element: walked.element,
    got: walked.sum,
    expected,
    isWrong,
    careful: walked.careful + careful,
    naive,
  });
  judged.groups += 1;
}

/** Beyond the largest number of the format the right answer is infinite, and no sum of others tells more. */
function isHeld({ exact, naive, format }: Answer, j: number): boolean {
  return Math.abs(exact[j]!) + naive[j]! <= formatFacts(format).largestFinite;
}

/**
 * Whether each value of the group, at each of the probe's cases, is within its own float64 tolerance. Asked
 * only where something is held against the gradient: the exact answers cost more than all else.
 */
function isForwardWithin(
  tolerance: ToleranceName,
  { arithmetic }: Implementation,
  { values, works, group }: ProbedGroup,
): boolean {
  return works.every((work, at) => {
    const { exact, exactLow, uncertainty, [tolerance]: allowed } = work.answer(arithmetic);
    const { format } = work.case;
    return group.outputs.every((i) =>
      isAccepted(values[at]!.data[i]!, {
        exact: exact[i]!,
        exactLow: exactLow[i]!,
        tolerance: allowed[i]! + uncertainty[i]!,
        format,
      }),
    );
  });
}

/** Contracted with the cotangent after dividing by the step: dy may be as large as the format allows. */
function differenceAlong(c: Case, { probe, values, group }: ProbedGroup): number {
  const differences = probe.steps.map((step, level) => {
    const [above, below] = [values[2 * level]!.data, values[2 * level + 1]!.data];
    let sum = 0;
    for (const i of group.outputs) sum += c.cotangent!.data[i]! * ((above[i]! - below[i]!) / (2 * step));
    return sum;
  });
  return differences.length === 1 ? differences[0]! : extrapolate(differences);
}

/**
 * Each value of the forward is within its own float64 tolerance. Along logits that is taken where nothing is
 * moved, and may grow on the way: shares by e^(2h) and gaps by 2h, a half more at most for h = 1/64, and a
 * loss log p by 2h of its roundings, one for each term. Then the truncation; and where an element's step had
 * to be rounded, that times the slope.
 */
function differenceBound(
  c: Case,
  { probe, forwardAnswer: answer, group }: ProbedGroup,
  tolerance: ToleranceName,
): number {
  let valueError = 0;
  let contracted = 0;
  for (const i of group.outputs) {
    const size = Math.abs(c.cotangent!.data[i]!);
    valueError += size * answer[tolerance][i]!;
    contracted += size * Math.abs(answer.exact[i]!);
  }
  valueError += (group.outputs.length + 4) * u64 * contracted;
  if (c.direction === 'targetBackward') return valueError;
  let displaced = 0;
  for (const j of group.inputs) displaced += probe.displacement[j]!;
  const onTheWay = 4 * logitStep * u64 * (group.terms + 8) * group.cotangents;
  const truncation = analyticTruncationBound(group.discMax, logitStep);
  return roundingBound(1.5 * valueError + onTheWay + displaced * group.slopeMax, logitStep) + truncation;
}
