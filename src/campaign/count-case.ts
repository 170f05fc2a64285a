/** Adds one judged case to a tally. */
import { isWorse } from '../archive/worst-case.ts';
import { caseToJson } from '../case/case-json.ts';
import { caseSize, type Case } from '../case/case.ts';
import { coverageKeys, widthKeys } from '../generate/coverage.ts';
import { joined } from '../generate/joined.ts';
import type { CaseJudgement } from '../judge/judge-case.ts';
import { isSampled, sampleErrors } from './sample-errors.ts';
import { emptyVerdictCounts, increment, type Tally } from './tally.ts';

export function countCase(tally: Tally, c: Case, judgement: CaseJudgement, index: number): void {
  tally.cases++;
  tally.elements += caseSize(c);
  for (const key of coverageKeys(c)) increment(tally.coverage, key);
  for (const key of widthKeys(c)) increment(tally.widths, key);
  tally.verdicts[judgement[0].verdict.kind]++;
  for (const judged of judgement) {
    const { implementation, verdict } = judged;
    const kernel = joined(joined(c.operation, c.direction), implementation);
    (tally.byImplementation[implementation] ??= emptyVerdictCounts())[verdict.kind]++;
    (tally.byKernel[kernel] ??= emptyVerdictCounts())[verdict.kind]++;
    if (verdict.kind === 'skip') increment(tally.skips, `${implementation}: ${verdict.reason}`);
    if (verdict.kind === 'agree') {
      tally.worstRatio[kernel] = Math.max(tally.worstRatio[kernel] ?? 0, verdict.worstRatio);
    }
  }
  if (isSampled(index)) sampleErrors(tally.errors, c, judgement);
  else if (judgement.some(isDivergence)) sampleErrors(tally.errors, c, judgement.filter(isDivergence));
  countSubject(tally, c, judgement[0]);
  noteWorst(tally, c, judgement[0], index);
}

/** Seldom more than a dozen times a batch: the case as text costs more than to judge it. */
function noteWorst(tally: Tally, c: Case, { verdict }: CaseJudgement[0], index: number): void {
  if (verdict.kind !== 'agree' || verdict.worstRatio === 0) return;
  const kernel = joined(c.operation, c.direction);
  const before = tally.worstCases[kernel];
  if (before !== undefined && verdict.worstRatio < before.ratio) return;
  const worst = { ratio: verdict.worstRatio, index, case: caseToJson(c) };
  if (before === undefined || isWorse(worst, before)) tally.worstCases[kernel] = worst;
}

function countSubject(tally: Tally, c: Case, { verdict, answer, checks }: CaseJudgement[0]): void {
  if (answer !== null) for (const value of answer.exact) if (Number.isFinite(value)) tally.finiteElements++;
  if (verdict.kind === 'inconclusive') {
    tally.inconclusiveElements += verdict.inconclusiveElements;
    for (const regime of c.regimes)
      increment(tally.inconclusive, `${c.operation}/${regime}`, verdict.inconclusiveElements);
  }
  for (const { check, skipped } of checks) {
    increment(tally.checks, skipped === null ? check : `${check} skipped: ${skipped}`);
  }
}

function isDivergence({ verdict }: CaseJudgement[number]): boolean {
  return verdict.kind === 'diverge';
}
