/**
 * Reads the stage of a mistake off what is wrong among the probe cases and of the finding's own case. Says
 * null where two stages fit, or none.
 */
import { callFormName } from '../case/call-form.ts';
import type { Case } from '../case/case.ts';
import type { Finding } from '../case/finding.ts';
import type { StageName } from '../case/stage.ts';
import { lanesOf } from '../tensor/lanes.ts';
import type { BoundaryFacts } from './boundary-text.ts';
import { stageOfConditions } from './conditions-rule.ts';
import { gapRule } from './gap-rule.ts';
import { grossRule } from './gross-rule.ts';
import type { Guess, Rule } from './guess.ts';
import { placeRule, restRule, shiftRule, specialRule, tailRule } from './lane-rules.ts';
import { optionRule } from './option-rule.ts';
import type { Pattern } from './pattern.ts';
import type { Answered } from './probe.ts';
import { isConductSymptom } from './symptom.ts';

/** Findings of conduct are told by what they are. */
export function stageOfConduct(
  { symptom }: Pick<Finding, 'symptom'>,
  c: Case,
  onlyByForm: boolean,
): Guess | null {
  if (symptom === 'accepted') return { name: 'arguments', because: 'invalid arguments were answered' };
  if (symptom === 'not-repeatable') return { name: 'state', because: 'the same call gave two answers' };
  if (symptom === 'depends-on-earlier-calls')
    return { name: 'state', because: 'the answer depends on the calls before' };
  if (onlyByForm && c.call !== undefined) return stageOfForm(c.call);
  if (
    symptom === 'shape' &&
    c.operation === 'crossEntropy' &&
    c.loss!.reduction === 'none' &&
    c.direction === 'forward'
  )
    return { name: 'reduction', because: 'the losses that are not reduced have another shape' };
  if (symptom === 'shape' && c.operation === 'crossEntropy' && c.direction === 'forward')
    return { name: 'reduction', because: 'the reduced loss has another shape' };
  return isConductSymptom(symptom)
    ? { name: 'conduct', because: `what is wrong is no value (${symptom})` }
    : null;
}

function stageOfForm(call: NonNullable<Case['call']>): Guess {
  const because = `only in this form of the call (${callFormName(call)})`;
  switch (call.kind) {
    case 'axis':
    case 'defaults':
    case 'view':
      return { name: 'arguments', because };
    case 'same-arrays':
    case 'in-flight':
      return { name: 'state', because };
    case 'later-calls':
      return { name: 'conduct', because };
  }
}

/**
 * For a finding whose values are wrong: by the probe cases that depart from plain ones in no more than its
 * own case, or, where these are right, by what that case needs.
 */
export function stageOfValues(
  { severity }: Pick<Finding, 'severity'>,
  minimal: Answered,
  pattern: Pattern,
  facts: BoundaryFacts | null,
): Guess | null {
  const { case: c } = minimal;
  const isMistake = severity === 'wrong' || pattern.wrong.some(isBeyondAnyChoice);
  const guess = isMistake ? mistakeOf(minimal, pattern, facts) : choiceOf(c, pattern);
  return guess !== null && isPossible(guess.name, c, facts) ? guess : null;
}

function isBeyondAnyChoice({ answered }: Pattern['wrong'][number]): boolean {
  return answered.divergence!.severity === 'wrong';
}

function mistakeOf(minimal: Answered, pattern: Pattern, facts: BoundaryFacts | null): Guess | null {
  return pattern.wrong.length > 0
    ? stageOfPattern(minimal.case, pattern)
    : stageOfConditions(minimal.case, minimal, facts);
}

/** Whether the finding's own case has what the stage is about. */
function isPossible(name: StageName, c: Case, facts: BoundaryFacts | null): boolean {
  const { loss, logits } = c;
  switch (name) {
    case 'special values':
      return (
        logits.data.length === 0 ||
        logits.data.some((x) => !Number.isFinite(x)) ||
        (facts?.number ?? null) !== null
      );
    case 'smoothing':
      return (loss?.labelSmoothing ?? 0) !== 0;
    case 'weight':
      return loss?.weight !== undefined;
    case 'ignoreIndex':
      return loss?.ignoreIndex !== undefined;
    case 'reduction':
      return (loss !== undefined && loss.reduction !== 'none') || c.direction !== 'forward';
    default:
      return true;
  }
}

/** The first that speaks. One that finds two stages ends it: null. */
function stageOfPattern(c: Case, pattern: Pattern): Guess | null {
  const rules: readonly Rule[] = [
    tailRule,
    optionRule,
    specialRule,
    placeRule,
    grossRule,
    shiftRule,
    gapRule,
    restRule,
  ];
  for (const rule of rules) {
    const said = rule(c, pattern);
    if (said === 'unsure') return null;
    if (said !== null) return said;
  }
  return null;
}

/** Inside the bound of a naive algorithm how it adds is a choice, and no mistake. */
function choiceOf(c: Case, { wrong }: Pattern): Guess | null {
  const { length } = lanesOf(c.logits.shape, c.axis);
  const isOfWidth = wrong.every(
    ({ probe, answered }) =>
      answered.divergence!.severity === 'inaccurate' &&
      (probe.at ?? 0) >= blockOfRoundings &&
      probe.tags.includes('width'),
  );
  if (!isOfWidth || length < blockOfRoundings || !c.logits.data.every(Number.isFinite)) return null;
  return { name: 'sum', because: 'only wide lanes are less exact than they could be', isChoice: true };
}

/** From so many terms on a running sum shows. */
const blockOfRoundings = 24;
