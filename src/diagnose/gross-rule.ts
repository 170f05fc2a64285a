/**
 * The rule for plain lanes that are wrong: by what factor their shares are off, and whether they sum to 1.
 */
import type { Case } from '../case/case.ts';
import type { Rule } from './guess.ts';
import { isWrong, type Pattern, type Probed } from './pattern.ts';
import { normaliserOf, sumsToOne } from './shares.ts';

export function grossRule(c: Case, pattern: Pattern): ReturnType<Rule> {
  const { tagged, is } = pattern;
  const zeros = equalOf(pattern).filter(({ answered }) => isWrong(answered));
  const plain = tagged('plain').filter(({ answered }) => isWrong(answered));
  if (zeros.length === 0 && plain.length === 0) return null;
  if (
    c.operation === 'crossEntropy' &&
    c.direction !== 'targetBackward' &&
    is('zeros, first class', 'wrong') !== is('zeros, last class', 'wrong')
  )
    return { name: 'target', because: 'it depends on which of two equal classes is named' };
  if (
    c.operation === 'crossEntropy' &&
    c.direction === 'targetBackward' &&
    is('probabilities, none', 'right')
  )
    return { name: 'target', because: 'it is wrong only where a target is 0' };
  if (c.direction === 'forward') return ofForward(c, pattern, { zeros, plain });
  return ofGradient(c, pattern, { zeros, plain });
}

/** Lanes of n equal logits. */
function equalOf({ tagged }: Pattern): readonly Probed[] {
  return tagged('plain', 'tie').filter(({ answered }) => new Set(answered.case.logits.data).size === 1);
}

function widthOf({ answered }: Probed): number {
  return answered.case.logits.data.length;
}

interface Found {
  readonly zeros: readonly Probed[];
  readonly plain: readonly Probed[];
}

function ofForward(c: Case, pattern: Pattern, { zeros, plain }: Found): ReturnType<Rule> {
  if (c.operation !== 'softmax') {
    if (zeros.length > 0 || pattern.is('of one', 'wrong')) return sumOrLogarithm(pattern);
    return null; // gaps make it: gapRule
  }
  const isByFactor = [...zeros, ...plain].every(({ answered }) => normaliserOf(answered) !== null);
  if (isByFactor)
    return isByCount(zeros)
      ? { name: 'tail', because: 'lanes of equal logits are shared out among another number of them' }
      : { name: 'sum', because: 'all elements of a lane are off by one factor' };
  return zeros.length === 0 ? null : 'unsure';
}

/**
 * The sum of equal powers is a whole number, and another than that of the classes: some are missing, or
 * twice.
 */
function isByCount(zeros: readonly Probed[]): boolean {
  const counted = zeros.flatMap((probed) => {
    const factor = normaliserOf(probed.answered);
    const n = widthOf(probed);
    return factor === null ? [] : [{ n, sum: n / factor }];
  });
  return (
    counted.length > 0 &&
    counted.every(
      ({ n, sum }) => sum < 2 * n && Math.abs(sum - Math.round(sum)) < 1e-3 && Math.round(sum) !== n,
    )
  );
}

function ofGradient(c: Case, pattern: Pattern, { zeros, plain }: Found): ReturnType<Rule> {
  if (c.direction === 'targetBackward') return ofTargetGradient(pattern, [...zeros, ...plain]);
  if (zeros.length > 0 && isOfTheSum(pattern, zeros))
    return isByCount(zeros)
      ? { name: 'tail', because: 'lanes of equal logits are shared out among another number of them' }
      : { name: 'sum', because: 'all shares of a lane are off by one factor, whatever the cotangent is' };
  if (zeros.length > 0)
    return plain.length === 0
      ? { name: 'product', because: 'only lanes with equal logits are wrong' }
      : { name: 'product', because: 'lanes of equal logits have a wrong gradient' };
  if (plain.some(({ answered }) => sumsToOne(answered) === true)) return null; // their powers: gapRule
  return isFarOff(plain) && c.operation !== 'crossEntropy'
    ? { name: 'product', because: 'plain lanes have a wrong gradient' }
    : null;
}

/** Whatever the cotangent is the same factor, and not that of a mean in the place of a sum. */
function isOfTheSum({ of }: Pattern, zeros: readonly Probed[]): boolean {
  const alike = ['plain', 'cotangent third', 'cotangent large'].flatMap((name) => of(name) ?? []);
  const wrong = alike.filter((answered) => isWrong(answered));
  const factors = wrong.map(normaliserOf);
  const first = factors[0] ?? null;
  if (first === null || first < 0) return false;
  const isOne = factors.every((factor) => factor !== null && Math.abs(factor / first - 1) < 1e-2);
  const isMean = zeros.every((probed) => {
    const factor = normaliserOf(probed.answered);
    return factor !== null && Math.abs(factor * widthOf(probed) - 1) < 1e-3;
  });
  return isOne && !isMean && zeros.every(({ answered }) => normaliserOf(answered) !== null);
}

/** A tenth of the largest element, at least: no power or sum is off so much and equal logits right. */
function isFarOff(plain: readonly Probed[]): boolean {
  return plain.some(({ answered: { got, exact } }) => {
    if (got === null || exact === null) return false;
    const largest = Math.max(...Array.from(exact, Math.abs));
    return got.some((g, k) => !(Math.abs(g - exact[k]!) < largest / 10));
  });
}

/**
 * −k·log p: whatever the target is. One that looks at it is another formula; a wrong log p goes by the lane.
 */
function ofTargetGradient({ of }: Pattern, wrong: readonly Probed[]): ReturnType<Rule> {
  const by = ['probabilities, none', 'probabilities of one, none', 'negative, none'].map(
    (name) => of(name)?.got ?? null,
  );
  const first = by[0];
  if (first === null || first === undefined) return 'unsure';
  if (by.some((got) => got !== null && got.some((g, k) => !Object.is(g, first[k]))))
    return { name: 'product', because: 'it depends on the target, and its gradient does not' };
  const isOfShares = wrong.some(
    ({ answered }) => normaliserOf(answered) !== null || sumsToOne(answered) === true,
  );
  if (isOfShares) return 'unsure';
  return wrong.every(({ answered }) => isTurned(answered))
    ? { name: 'product', because: 'each element has the other sign' }
    : 'unsure';
}

function isTurned({ got, exact }: Probed['answered']): boolean {
  return got !== null && exact !== null && got.every((g, k) => g * exact[k]! <= 0);
}

/**
 * For the logarithm of a sum of n equal powers: an error in proportion to log n is the logarithm's, and one
 * in proportion to n that of what is added to a share.
 */
function sumOrLogarithm(pattern: Pattern): ReturnType<Rule> {
  const equal = equalOf(pattern);
  if (isByCount(equal.filter(({ answered }) => isWrong(answered))))
    return { name: 'tail', because: 'the sum of equal powers is that of another number of them' };
  if (equal.some(({ answered }) => answered.verdict === 'right')) return 'unsure';
  const errors = equal.flatMap((probed) => {
    const { answered } = probed;
    const n = widthOf(probed);
    if (answered.got === null || answered.exact === null) return [];
    return [{ n, error: Math.abs(answered.got[0]! - answered.exact[0]!) }];
  });
  const known = errors.filter(({ error }) => Number.isFinite(error) && error > 0);
  if (known.length < 3) return 'unsure';
  if (isInProportion(known, Math.log))
    return { name: 'logarithm', because: 'lanes of n equal logits are off in proportion to log n' };
  if (isInProportion(known, (n) => n))
    return { name: 'logarithm', because: 'lanes of n equal logits are off in proportion to n' };
  return { name: 'sum', because: 'lanes of equal logits are off, where each power is 1' };
}

function isInProportion(
  errors: readonly { readonly n: number; readonly error: number }[],
  to: (n: number) => number,
): boolean {
  const ratios = errors.map(({ n, error }) => error / to(n));
  return Math.max(...ratios) < 1.5 * Math.min(...ratios);
}
