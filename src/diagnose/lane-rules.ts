/** The rules for a lane: how wide it is, where it lies, what is in it, how far from 0 it is. */
import type { Case } from '../case/case.ts';
import { all, has, specialTags, type Guess, type Rule } from './guess.ts';
import { isWrong, type Pattern, type Probed } from './pattern.ts';
import { tailOf } from './tail.ts';

export function tailRule(_c: Case, pattern: Pattern): Guess | null {
  if (isOfMergedSums(pattern))
    return {
      name: 'sum',
      because: 'an exponential overflows between blocks, later than that of a power would',
    };
  const said = tailOf(pattern);
  return said === null ? null : { name: 'tail', because: said };
}

/** Infinite where the last logit is far above all others, and not where it is as far as a power can be. */
function isOfMergedSums({ tagged }: Pattern): boolean {
  const wrong = tagged('width', 'high tail').filter(({ answered }) => isWrong(answered));
  const widths = new Set(wrong.map(({ probe }) => probe.at));
  const byAPower = tagged('width', 'high tail', 'gap').filter(({ probe }) => widths.has(probe.at));
  return (
    byAPower.length > 0 &&
    byAPower.every(({ answered }) => answered.verdict === 'right') &&
    wrong.every(({ answered }) => ['inf', 'nan'].includes(answered.divergence!.symptom)) &&
    tagged('width').every(({ answered }) => !isWrong(answered))
  );
}

export function specialRule(c: Case, { wrong, tagged, is }: Pattern): Guess | null | 'unsure' {
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
export function placeRule(_c: Case, { wrong, tagged }: Pattern): Guess | null {
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
  if (all(wrong, ({ probe }) => probe.name === 'rank 0')) return null; // no lane lies anywhere there
  if (wrong.some(has('rank', 'negative axis')))
    return { name: 'strides', because: 'the same lanes are right in a matrix' };
  if (wrong.some(has('rows')))
    return { name: 'strides', because: 'lanes are right alone, and among others they are not' };
  return null;
}

/** Where plain lanes are right, and moved as a whole they are not. */
export function shiftRule(_c: Case, { tagged, is }: Pattern): ReturnType<Rule> {
  if (!is('plain', 'right')) return null;
  const moved = tagged('offset').filter(({ answered }) => isWrong(answered));
  if (moved.length === 0) {
    const isRightAtZero = tagged('gap').every(({ answered }) => !isWrong(answered));
    const movedWide = tagged('offset', 'gap').some(({ answered }) => isWrong(answered));
    return isRightAtZero && movedWide
      ? { name: 'shift', because: 'wide lanes are right where their maximum is 0, and below it they are not' }
      : null;
  }
  const padded = tagged('offset', 'width');
  const wrongThere = new Set(moved.map(({ probe }) => probe.at));
  const same = padded.filter(({ probe }) => wrongThere.has(probe.at));
  if (same.length > 0 && same.every(({ answered }) => answered.verdict === 'right'))
    return { name: 'tail', because: 'moved lanes are wrong, and right where the width is a multiple of 8' };
  if (same.some(({ answered }) => answered.verdict === 'right')) return 'unsure';
  if (
    moved.every(({ probe }) => probe.at === -1e9) &&
    is('gap 2000000000', 'wrong') &&
    is('gap 100000', 'right')
  )
    return { name: 'special values', because: 'a very low logit counts as −∞' };
  return { name: 'shift', because: 'lanes are right near 0, and moved as a whole they are not' };
}

export function restRule(c: Case, { wrong }: Pattern): Guess | null {
  if (c.direction !== 'forward' && all(wrong, has('tie')))
    return { name: 'product', because: 'only lanes with equal logits are wrong' };
  if (all(wrong, has('subnormal')))
    return { name: 'flushing', because: 'only results below the normal numbers are wrong' };
  return null;
}
