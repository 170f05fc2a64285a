/**
 * Reads the stage of a mistake off what is wrong among the probe cases and of the finding's own case. Says
 * null where two stages fit, or none.
 */
import { callFormName } from '../case/call-form.ts';
import { isIndexTarget, type Case } from '../case/case.ts';
import type { Finding } from '../case/finding.ts';
import type { StageName } from '../case/stage.ts';
import { formatFacts } from '../float/format.ts';
import { lanesOf } from '../tensor/lanes.ts';
import type { BoundaryFacts } from './boundary-text.ts';
import { isWrong, type Pattern, type Probed } from './pattern.ts';
import type { Tag } from './probe-cases.ts';
import { isConductSymptom } from './symptom.ts';
import { tailOf } from './tail.ts';

/** A stage, and what speaks for it, as the end of a sentence. */
export interface Guess {
  readonly name: StageName;
  readonly because: string;
}

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
  if (
    symptom === 'shape' &&
    c.operation === 'crossEntropy' &&
    c.loss!.reduction === 'none' &&
    c.direction === 'forward'
  )
    return { name: 'reduction', because: 'the losses that are not reduced have another shape' };
  if (symptom === 'shape' && c.operation === 'crossEntropy' && c.direction === 'forward')
    return { name: 'reduction', because: 'the reduced loss has another shape' };
  if (onlyByForm && c.call !== undefined) return stageOfForm(c.call);
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
  c: Case,
  pattern: Pattern,
  facts: BoundaryFacts | null,
): Guess | null {
  const guess = severity === 'inaccurate' ? choiceOf(c, pattern) : mistakeOf(c, pattern, facts);
  return guess !== null && isPossible(guess.name, c, facts) ? guess : null;
}

function mistakeOf(c: Case, pattern: Pattern, facts: BoundaryFacts | null): Guess | null {
  return pattern.wrong.length > 0 ? stageOfPattern(c, pattern) : stageOfConditions(c, facts);
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

type Rule = (c: Case, pattern: Pattern) => Guess | null | 'unsure';

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
  return { name: 'sum', because: 'only wide lanes are less exact than they could be' };
}

/** From so many terms on a running sum shows. */
const blockOfRoundings = 24;

function all(wrong: readonly Probed[], test: (probed: Probed) => boolean): boolean {
  return wrong.length > 0 && wrong.every(test);
}

const has =
  (...tags: readonly Tag[]) =>
  ({ probe }: Probed): boolean =>
    tags.some((tag) => probe.tags.includes(tag));

const specialTags: readonly Tag[] = ['nan', '+inf', '-inf', 'masked lane', 'empty'];

function tailRule(_c: Case, pattern: Pattern): Guess | null {
  const said = tailOf(pattern);
  return said === null ? null : { name: 'tail', because: said };
}

/** Where nothing is wrong without an option. */
function optionRule(c: Case, { wrong }: Pattern): Guess | null | 'unsure' {
  if (c.operation !== 'crossEntropy') return null;
  const needs = (tag: Tag): boolean => all(wrong, has(tag));
  const isOfMean = all(wrong, ({ probe }) => probe.name.endsWith(', mean'));
  const needsReduction = all(wrong, has('reduction'));
  if (needs('smoothing')) {
    if (needs('ignoreIndex')) return 'unsure';
    return { name: 'smoothing', because: 'it is right wherever labels are not smoothed' };
  }
  if (needs('ignoreIndex')) {
    if (all(wrong, has('empty')))
      return { name: 'reduction', because: 'it is wrong where no position counts' };
    if (needs('weight') && isOfMean) return 'unsure';
    const indices = new Set(wrong.map(({ probe }) => /^ignore (?:no )?(-?\d+)/.exec(probe.name)?.[1]));
    if (isOfMean && indices.size >= 5)
      return {
        name: 'reduction',
        because: "with ignored positions only 'mean' is wrong, whatever their index is",
      };
    return { name: 'ignoreIndex', because: 'it is right wherever no position is ignored' };
  }
  if (needs('weight')) {
    if (all(wrong, has(...specialTags)))
      return { name: 'special values', because: 'it is wrong with NaN where a weight is 0' };
    if (isOfMean) return { name: 'reduction', because: "with class weights only 'mean' is wrong" };
    return { name: 'weight', because: 'it is right wherever there are no class weights' };
  }
  if (needsReduction)
    return { name: 'reduction', because: 'losses that are not reduced are right, and reduced ones are not' };
  if (all(wrong, ({ probe }) => probe.name === 'no lanes'))
    return { name: 'reduction', because: 'it is wrong where there are no positions' };
  if (needs('probabilities') && !all(wrong, has('inner axis', '-inf')))
    return {
      name: 'target',
      because: 'with class indices it is right, and with some probabilities it is not',
    };
  if (needs('class') && !all(wrong, has('inner axis', 'gap', '-inf')))
    return { name: 'target', because: 'it depends on which class is named' };
  return null;
}

function specialRule(c: Case, { wrong, tagged, is }: Pattern): Guess | null | 'unsure' {
  if (!all(wrong, has(...specialTags))) return null;
  if (c.operation === 'crossEntropy' && all(wrong, ({ probe }) => probe.name === 'no lanes'))
    return { name: 'reduction', because: 'it is wrong where there are no positions' };
  // What nothing was written to may be NaN as well.
  if (
    c.direction === 'forward' &&
    all(wrong, ({ probe, answered }) => probe.tags.includes('empty') && isAllNaN(answered))
  )
    return 'unsure';
  const finite = tagged('plain').length > 0 && is('plain', 'right');
  return finite
    ? { name: 'special values', because: 'finite logits are right, and NaN, ±∞ or nothing is not' }
    : 'unsure';
}

function isAllNaN({ got }: Probed['answered']): boolean {
  return got !== null && got.length > 0 && got.every(Number.isNaN);
}

/** Where lanes by themselves are right, and several or other places of them are not. */
function placeRule(_c: Case, { wrong, tagged }: Pattern): Guess | null {
  const single = wrong.filter(
    (probed) =>
      !has('rows', 'inner axis', 'negative axis', 'rank')(probed) &&
      !has(...specialTags)(probed) &&
      probed.answered.case.logits.data.length ===
        probed.answered.case.logits.shape[probed.answered.case.axis],
  );
  if (single.length > 0) return null;
  const isOnlyApart = all(
    wrong.filter((probed) => !has(...specialTags)(probed)),
    has('offset'),
  );
  if (isOnlyApart && !tagged('rows').some(({ answered }) => isWrong(answered)))
    return { name: 'shift', because: 'lanes are right alone, and beside lanes of another size they are not' };
  if (wrong.some(has('inner axis')))
    return { name: 'strides', because: 'the same lanes are right where they lie along the last axis' };
  if (wrong.some(has('rank', 'negative axis')))
    return { name: 'strides', because: 'the same lanes are right in a matrix' };
  if (wrong.some(has('rows')))
    return { name: 'strides', because: 'lanes are right alone, and among others they are not' };
  return null;
}

const grossRatio = 1_000;

/** Where plain cases are wrong. */
function grossRule(c: Case, pattern: Pattern): Guess | null | 'unsure' {
  const { tagged, is, of } = pattern;
  const zeros = tagged('plain', 'tie').filter(({ answered }) => isWrong(answered));
  const plain = tagged('plain').filter(({ answered }) => isWrong(answered));
  if (zeros.length === 0 && plain.length === 0) return null;
  if (c.direction === 'forward') {
    if (zeros.length === 0 && !is('of one', 'wrong')) return null; // gaps make it: gapRule
    if (c.operation === 'softmax') {
      const factors = [...zeros, ...plain].every(({ answered }) => isCommonFactor(answered));
      return factors ? { name: 'sum', because: 'all elements of a lane are off by one factor' } : 'unsure';
    }
    if (
      c.operation === 'crossEntropy' &&
      is('zeros, first class', 'wrong') !== is('zeros, last class', 'wrong')
    )
      return { name: 'target', because: 'it depends on which of two equal classes is named' };
    return sumOrLogarithm(pattern);
  }
  if (
    c.operation === 'crossEntropy' &&
    c.direction === 'targetBackward' &&
    is('probabilities, none', 'right')
  )
    return { name: 'target', because: 'it is wrong only where a target is 0' };
  if (
    c.operation === 'crossEntropy' &&
    c.direction === 'backward' &&
    is('zeros, first class', 'wrong') !== is('zeros, last class', 'wrong')
  )
    return { name: 'target', because: 'it depends on which of two equal classes is named' };
  if (zeros.length > 0 && plain.length === 0)
    return { name: 'product', because: 'only lanes with equal logits are wrong' };
  if (zeros.length > 0) return { name: 'product', because: 'lanes of equal logits have a wrong gradient' };
  const worst = Math.max(...plain.map(({ answered }) => answered.ratio));
  if (worst > grossRatio && (of('ramp')?.ratio ?? 0) > grossRatio && c.operation !== 'crossEntropy')
    return { name: 'product', because: 'plain lanes have a wrong gradient' };
  return null;
}

/** got ÷ exact is one number for the whole lane, to a few roundings. */
function isCommonFactor({ got, exact, case: c }: Probed['answered']): boolean {
  if (got === null || exact === null) return false;
  const factors = [...got].map((value, i) => value / exact[i]!);
  const slack = 8 * formatFacts(c.format).unitRoundoff;
  return factors.every((factor) => Math.abs(factor / factors[0]! - 1) <= slack);
}

/** For a logarithm of the sum of n equal powers: an error in proportion to log n is the logarithm's. */
function sumOrLogarithm({ tagged }: Pattern): Guess | 'unsure' | null {
  const equal = tagged('plain', 'tie');
  if (equal.some(({ answered }) => answered.verdict === 'right')) return 'unsure';
  const errors = equal.flatMap(({ probe, answered }) => {
    const n = probe.at;
    if (n === undefined || answered.got === null || answered.exact === null) return [];
    return [{ n, error: Math.abs(answered.got[0]! - answered.exact[0]!) }];
  });
  const large = errors.filter(({ error }) => Number.isFinite(error));
  if (large.length < 3) return 'unsure';
  const ratios = large.map(({ n, error }) => error / Math.log(n));
  const [low, high] = [Math.min(...ratios), Math.max(...ratios)];
  if (low > 0 && high < 1.5 * low)
    return { name: 'logarithm', because: 'lanes of n equal logits are off in proportion to log n' };
  return low > 0
    ? { name: 'sum', because: 'lanes of equal logits are off, where each power is 1' }
    : 'unsure';
}

/** Where plain lanes are right, and moved as a whole they are not. */
function shiftRule(_c: Case, { tagged, is }: Pattern): Guess | null {
  const moved = tagged('offset').filter(({ answered }) => isWrong(answered));
  if (moved.length === 0 || !is('plain', 'right')) return null;
  const padded = tagged('offset', 'width');
  const wrongThere = new Set(moved.map(({ probe }) => probe.at));
  const same = padded.filter(({ probe }) => wrongThere.has(probe.at));
  if (same.length > 0 && same.every(({ answered }) => answered.verdict === 'right'))
    return { name: 'tail', because: 'moved lanes are wrong, and right where the width is a multiple of 8' };
  if (
    moved.every(({ probe }) => probe.at === -1e9) &&
    is('gap 2000000000', 'wrong') &&
    is('gap 100000', 'right')
  )
    return { name: 'special values', because: 'a very low logit counts as −∞' };
  return { name: 'shift', because: 'lanes are right near 0, and moved as a whole they are not' };
}

/** Where it is the distance between logits. */
function gapRule(c: Case, { tagged, of, is }: Pattern): Guess | null | 'unsure' {
  const low = tagged('gap').filter(({ answered }) => isWrong(answered));
  const high = tagged('gap', 'class').filter(({ answered }) => isWrong(answered));
  const gaps = [...low, ...high];
  if (gaps.length === 0) return null;
  const isLog = c.direction === 'forward' && (c.operation === 'logSoftmax' || c.operation === 'crossEntropy');
  const limits = formatFacts(c.format);
  const pureLow = (g: number, more = ''): boolean => is(`gap ${g}${more}`, 'wrong');
  const numbers = [...new Set(gaps.map(({ probe }) => probe.at ?? 0))].sort((a, b) => a - b);
  const isOfOrder = numbers.some((g) =>
    c.operation === 'crossEntropy'
      ? pureLow(g, ', low first') !== pureLow(g, ', high class')
      : pureLow(g) !== pureLow(g, ', low first'),
  );
  const symptoms = new Set(gaps.map(({ answered }) => answered.divergence!.symptom));
  const isInfinite = symptoms.has('nan') || symptoms.has('inf');
  if (isOfOrder && isInfinite)
    return { name: 'shift', because: 'whether wide lanes are wrong depends on the order of their logits' };
  if (isInfinite) {
    const isOfMean = numbers.some((g) => pureLow(g) && is(`gap ${g}, three high`, 'right'));
    if (isOfMean)
      return { name: 'shift', because: 'one low logit among many does no harm, and one of two does' };
    if (isLog) return { name: 'logarithm', because: 'far below the maximum the logarithm is that of 0' };
    if (c.direction === 'forward') return { name: 'shift', because: 'lanes with a wide gap overflow' };
    return { name: 'product', because: 'shares that underflow spoil the gradient' };
  }
  if (isOfOrder) return 'unsure';
  if (isLog && isConstant(numbers.map((g) => of(`gap ${g}`))))
    return { name: 'logarithm', because: 'however wide the gap is, the logarithm stays the same' };
  if (
    c.operation === 'crossEntropy' &&
    c.direction === 'backward' &&
    all(
      gaps,
      ({ probe }) =>
        probe.name.includes('high class') || probe.name.includes('low first') || probe.name === 'sure',
    ) &&
    symptoms.has('zero')
  )
    return { name: 'product', because: 'the gradient is 0 where the named class is nearly sure' };
  const underflow = -limits.logOfSmallestNormal;
  if (
    all(gaps, ({ probe }) => (probe.at ?? underflow) >= underflow) &&
    [...symptoms].every((symptom) => symptom === 'zero')
  )
    return { name: 'flushing', because: 'only results below the normal numbers are 0' };
  if (
    symptoms.has('zero') &&
    numbers.some((g) => is(`gap ${g}`, 'right') && is(`gap ${g}, three high`, 'wrong'))
  )
    return 'unsure';
  if (is('zeros', 'right') || is('zeros 2', 'right'))
    return { name: 'exponent', because: 'equal logits are right, and how wrong others are goes by the gap' };
  return 'unsure';
}

/** Two or more wrong ones, and all alike. */
function isConstant(answers: readonly (Probed['answered'] | null)[]): boolean {
  const values = answers.flatMap((answered) =>
    answered !== null && isWrong(answered) ? [answered.got?.at(-1) ?? NaN] : [],
  );
  return values.length > 2 && new Set(values.slice(1)).size === 1;
}

function restRule(c: Case, { wrong }: Pattern): Guess | null {
  if (c.direction !== 'forward' && all(wrong, has('tie')))
    return { name: 'product', because: 'only lanes with equal logits are wrong' };
  if (all(wrong, has('subnormal')))
    return { name: 'flushing', because: 'only results below the normal numbers are wrong' };
  return null;
}

/** Where no probe case is wrong: by what the finding's own case needs. */
function stageOfConditions(c: Case, facts: BoundaryFacts | null): Guess | null {
  if (facts === null) return null;
  const { only, width, rows } = facts;
  const needs = (words: string): boolean => only.some((one) => one.includes(words));
  const because = 'the smallest case is right without it';
  if (needs('label smoothing') && !needs('ignoreIndex')) return { name: 'smoothing', because };
  if (isOverNothing(c)) return null;
  if (needs("reduction 'mean'") || needs("reduction 'sum'"))
    return { name: 'reduction', because: 'the same losses are right where they are not reduced' };
  if (needs('ignoreIndex')) return { name: 'ignoreIndex', because };
  if (needs('class weights')) return { name: 'weight', because };
  if (needs('axis that is not the last'))
    return { name: 'strides', because: 'the same lanes are right along the last axis' };
  if (
    width !== null &&
    (width.modulus !== null || (width.record.wrongAllAbove && width.record.wrongFrom > 4)) &&
    c.logits.data.every(Number.isFinite)
  )
    return { name: 'tail', because: 'it goes by the width' };
  if (needs('where a logit is') && facts.number === null) return { name: 'special values', because };
  if (rows !== null && rows.firstRow !== null && c.operation !== 'crossEntropy')
    return { name: 'strides', because: 'some rows are right, and others not' };
  return null;
}

/** The mean of nothing: any of the options may have taken the last away. */
function isOverNothing({ loss }: Case): boolean {
  if (loss === undefined || loss.reduction !== 'mean' || !isIndexTarget(loss.target)) return false;
  const { target, ignoreIndex, weight } = loss;
  return target.data.every((y) => y === ignoreIndex || weight?.data[y] === 0);
}
