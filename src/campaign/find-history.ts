/**
 * What a finding needs before it: the calls after which its case diverges in a fresh process. Each try is a
 * process, so there are few. Starts none itself.
 */
import type { CaseJson } from '../case/case-json.ts';
import { historyMax } from '../case/confirmation.ts';

/** Cases, or indices of cases, in their order, and how often all of them are asked. */
export interface History {
  readonly cases: readonly (CaseJson | number)[];
  readonly rounds: number;
}

/** Whether the case diverges after this history, in a process of its own. */
export type Try = (history: History) => Promise<boolean>;

/** The most tries of leaving out parts of one history. */
const triesMax = 12;

/**
 * Cases of `before`, in their order, after which the case diverges, found by halving: from where on they are
 * needed, whether the first of those is enough, and else which parts of them can be left out. Null where it
 * does not diverge after all of them: after the latest `historyMax`, which are tried first, since what is
 * needed was mostly asked lately.
 */
export async function shortestOf(
  before: readonly number[],
  diverges: Try,
): Promise<readonly number[] | null> {
  const latest = before.slice(-historyMax);
  if (latest.length > 0 && (await diverges(once(latest)))) return shortened(latest, diverges);
  if (before.length <= historyMax || !(await diverges(once(before)))) return null;
  return shortened(before, diverges);
}

async function shortened(all: readonly number[], diverges: Try): Promise<readonly number[]> {
  let [needed, spare] = [0, all.length]; // it diverges without what is before `needed`, and not from `spare` on
  while (spare - needed > 1) {
    const middle = Math.ceil((needed + spare) / 2);
    if (await diverges(once(all.slice(middle)))) needed = middle;
    else spare = middle;
  }
  const first = all.slice(needed, needed + 1);
  const rest = all.slice(needed);
  if (rest.length === 1 || (await diverges(once(first)))) return first;
  return withoutParts(rest, diverges);
}

export function once(cases: History['cases']): History {
  return { cases, rounds: 1 };
}

async function withoutParts(all: readonly number[], diverges: Try): Promise<readonly number[]> {
  let kept = all;
  let tries = 0;
  for (let size = Math.ceil(kept.length / 2); kept.length > 1; size = Math.ceil(size / 2)) {
    for (let from = 0; from < kept.length && kept.length > size;) {
      if (tries++ >= triesMax) return kept;
      const rest = [...kept.slice(0, from), ...kept.slice(from + size)];
      if (await diverges(once(rest))) kept = rest;
      else from += size;
    }
    if (size === 1) return kept;
  }
  return kept;
}
