/** The rule for what goes by the distance between the logits of a lane. */
import type { Case } from '../case/case.ts';
import { formatFacts } from '../float/format.ts';
import { all, type Guess, type Rule } from './guess.ts';
import { isWrong, type Pattern, type Probed } from './pattern.ts';
import { powerOf, sumsToOne } from './shares.ts';

export function gapRule(c: Case, pattern: Pattern): ReturnType<Rule> {
  const { tagged, of, is } = pattern;
  const low = tagged('gap').filter(({ answered }) => isWrong(answered));
  const high = tagged('gap', 'class').filter(({ answered }) => isWrong(answered));
  const gaps = [...low, ...high];
  if (gaps.length === 0) return null;
  const isLog = c.direction === 'forward' && (c.operation === 'logSoftmax' || c.operation === 'crossEntropy');
  const pureLow = (g: number, more = ''): boolean => is(`gap ${g}${more}`, 'wrong');
  const numbers = [...new Set(gaps.map(({ probe }) => probe.at ?? 0))].sort((a, b) => a - b);
  const isOfOrder = numbers.some((g) =>
    c.operation === 'crossEntropy'
      ? pureLow(g, ', low first') !== pureLow(g, ', high class')
      : pureLow(g) !== pureLow(g, ', low first'),
  );
  const symptoms = new Set(gaps.map(({ answered }) => answered.divergence!.symptom));
  if (symptoms.has('nan') || symptoms.has('inf'))
    return ofOverflow(c, pattern, { numbers, isOfOrder, isLog });
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
  if ([...symptoms].every((symptom) => symptom === 'zero')) {
    const said = ofZeros(c, pattern, gaps);
    if (said !== null) return said;
  }
  if (
    symptoms.has('zero') &&
    numbers.some((g) => is(`gap ${g}`, 'right') && is(`gap ${g}, three high`, 'wrong'))
  )
    return 'unsure';
  if ((is('zeros', 'right') || is('zeros 2', 'right')) && isOfPowers(pattern, gaps))
    return {
      name: 'exponent',
      because: 'equal logits are right, and the power of a gap is wrong wherever it is',
    };
  return 'unsure';
}

interface Gaps {
  readonly numbers: readonly number[];
  readonly isOfOrder: boolean;
  readonly isLog: boolean;
}

function ofOverflow(c: Case, { tagged, is }: Pattern, { numbers, isOfOrder, isLog }: Gaps): Guess | 'unsure' {
  if (isOfOrder)
    return { name: 'shift', because: 'whether wide lanes are wrong depends on the order of their logits' };
  const isOfMean = numbers.some((g) => is(`gap ${g}`, 'wrong') && is(`gap ${g}, three high`, 'right'));
  if (isOfMean)
    return { name: 'shift', because: 'one low logit among many does no harm, and one of two does' };
  if (c.direction === 'forward' && !isLog)
    return { name: 'shift', because: 'lanes with a wide gap overflow' };
  // From here to there a power overflows and a share does not become 0.
  const { logOfLargestFinite, smallestNormal, significandBits } = formatFacts(c.format);
  const underflow = -Math.log(smallestNormal) + Math.floor((significandBits - 1) * Math.LN2);
  const isOverflow = tagged('gap').some(
    ({ probe, answered }) =>
      isWrong(answered) &&
      ['nan', 'inf'].includes(answered.divergence!.symptom) &&
      (probe.at ?? Infinity) > logOfLargestFinite &&
      probe.at! < underflow,
  );
  if (isOverflow && isLog) return { name: 'shift', because: 'lanes with a wide gap overflow' };
  // One divided by a share below the normal numbers overflows as well, in its own element.
  if (isOverflow && !hasRight(tagged('gap'))) return 'unsure';
  return isLog
    ? { name: 'logarithm', because: 'far below the maximum the logarithm is that of 0' }
    : { name: 'product', because: 'shares that underflow spoil the gradient' };
}

/** Whether each lane that overflows has an element that is right, or finite at least. */
function hasRight(gaps: readonly Probed[]): boolean {
  return gaps
    .filter(({ answered }) => isWrong(answered))
    .every(({ answered: { got } }) => got !== null && got.some(Number.isFinite));
}

/** Only 0 is wrong: a result that is flushed, or a power that is 0 too early. */
function ofZeros(c: Case, { is }: Pattern, gaps: readonly Probed[]): Guess | 'unsure' | null {
  const underflow = -formatFacts(c.format).logOfSmallestNormal;
  if (all(gaps, ({ probe }) => (probe.at ?? underflow) >= underflow))
    return { name: 'flushing', because: 'only results below the normal numbers are 0' };
  if (is('edge, shared out', 'wrong') || is('edge, larger cotangent', 'right'))
    return { name: 'flushing', because: 'results below one size are 0, whatever they are made of' };
  return null;
}

/** Two or more wrong ones, and all alike. */
function isConstant(answers: readonly (Probed['answered'] | null)[]): boolean {
  const values = answers.flatMap((answered) =>
    answered !== null && isWrong(answered) ? [answered.got?.at(-1) ?? NaN] : [],
  );
  return values.length > 2 && new Set(values.slice(1)).size === 1;
}

/**
 * What is left of a wrong exp: shares still sum to 1, and e^−g is off alike beside one high logit and three.
 */
function isOfPowers({ of }: Pattern, gaps: readonly Probed[]): boolean {
  if (gaps.some(({ answered }) => sumsToOne(answered) === false)) return false;
  let known = 0;
  for (const g of new Set(gaps.map(({ probe }) => probe.at))) {
    const [pair, four] = [of(`gap ${g}`), of(`gap ${g}, three high`)];
    if (pair === null || four === null) continue;
    const [a, b] = [powerOf(pair, 1), powerOf(four, 2)];
    if (a === null || b === null) continue;
    const off = Math.max(Math.abs(a.off), Math.abs(b.off));
    const noise = a.noise + b.noise;
    if (off <= 4 * noise) continue; // too small to tell
    if (Math.abs(a.off - b.off) > off / 4 + noise) return false;
    known++;
  }
  return known > 0 || gaps.every(({ answered }) => sumsToOne(answered) === true);
}
