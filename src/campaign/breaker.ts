/**
 * When it makes no sense to go on: an implementation that
 * fails whatever it is asked would cost a time limit a case.
 */
import { endings } from '../case/outcome.ts';
import type { Finding } from '../case/finding.ts';
import { givenUp } from '../connect/given-up.ts';
import { countOfSubject, findingsOf, type Gathered } from './findings.ts';

/** Why the campaign was broken off: whose failure, and which. */
export interface Break {
  readonly blame: string;
  readonly symptom: string;
}

export interface Deaths {
  /** Cases that took a worker down. */
  readonly cases: number;
  /** Who was being called at the last of them, and what became of the worker; null where there was none. */
  readonly last: Break | null;
}

/**
 * So many cases in which a worker died while hardly any had an answer; and in all, where they are more than
 * one in so many.
 */
const deathsAtStart = 5;
const deathsMax = 20;
const casesPerDeath = 20;
/** Cases that all failed in the same way without taking a worker down. */
const failuresMax = 100;

export function breakOf(gathered: Gathered, { cases: died, last }: Deaths): Break | null {
  const { verdicts, cases, skips } = gathered.tally;
  const answered = cases - died - notExported(skips);
  if (last !== null && died >= deathsAtStart && answered * 4 < died) return last;
  if (last !== null && died >= deathsMax && died * casesPerDeath > answered) return last;
  if (isGivenUp(skips)) return endOfSubject(gathered);
  if (verdicts.diverge < failuresMax || answered > verdicts.diverge || countOfSubject(gathered) === 0)
    return null;
  const own = findingsOf(gathered).filter(({ blame }) => blame === 'subject');
  const { symptom } = own[0]!;
  return own.every((finding) => finding.oracle === 'conduct' && finding.symptom === symptom)
    ? { blame: 'subject', symptom }
    : null;
}

/** Whether a worker has ceased to ask a subject beyond its process, which had ended again and again. */
function isGivenUp(skips: Readonly<Record<string, number>>): boolean {
  return Object.keys(skips).some((reason) => reason.endsWith(`: ${givenUp.reason}`));
}

function endOfSubject(gathered: Gathered): Break | null {
  const ended = findingsOf(gathered).find(
    ({ blame, symptom }) => blame === 'subject' && deathSymptoms.includes(symptom),
  );
  return ended === undefined ? null : { blame: 'subject', symptom: ended.symptom };
}

/** Cases of kernels that the subject does not have: it was asked nothing. */
function notExported(skips: Readonly<Record<string, number>>): number {
  let count = 0;
  for (const [reason, cases] of Object.entries(skips)) if (/: no export \w+$/.test(reason)) count += cases;
  return count;
}

/** What takes a process down does so in one way or another, as the moment has it. */
export const deathSymptoms: readonly string[] = endings;

export function isOfBreak({ blame, symptom }: Break): (finding: Finding) => boolean {
  const symptoms = deathSymptoms.includes(symptom) ? deathSymptoms : [symptom];
  return ({ oracle, blame: blamed, symptom: own }) =>
    oracle === 'conduct' && blamed === blame && symptoms.includes(own);
}
