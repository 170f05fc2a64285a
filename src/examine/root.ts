/**
 * What remains of a finding's minimal case where anything as severe may stand for it: the root, by which
 * findings of one mistake are known. It is no report: a large error may have become a small one on the way.
 */
import { casesOfLaw } from '../../properties/judge-properties.ts';
import { askForward } from '../../properties/transform-case.ts';
import { caseSize, type Case } from '../case/case.ts';
import type { Format } from '../float/format.ts';
import { oracleNames, type Divergence } from '../case/verdict.ts';
import type { ImplementationJudgement } from '../judge/judge-case.ts';
import { shrinkCase } from '../shrink/shrink-case.ts';
import { divergencesOf, firstOf } from './blamed.ts';
import { inFormat } from './dependence.ts';

/** Cases that are asked for a root: most are there after some ten. */
const evaluationsMax = 400;
const elementsMax = 2 ** 20;

export async function rootOf(
  minimal: Case,
  judged: ImplementationJudgement,
  judge: (c: Case) => Promise<ImplementationJudgement>,
): Promise<Case> {
  let before = firstOf(judged);
  const stillFails = async (candidate: Case): Promise<boolean> => {
    const again = await judge(candidate);
    if (judged.onlyByForm && !again.onlyByForm) return false;
    return divergencesOf(again).some((divergence) => isAsSevere(divergence, before));
  };
  // What only a form of the call shows must stay that, and a law asks its other cases the plain way.
  const told = judged.onlyByForm ? null : await ofExactAnswer(minimal, before, judge);
  if (told !== null) before = told.divergence;
  const inPlainestFormat = async (c: Case): Promise<Case> => {
    for (const format of plainerFormats[c.format]) {
      const other = inFormat(c, format);
      if (other !== null && (await stillFails(other))) return other;
    }
    return c;
  };
  const start = await inPlainestFormat(told?.case ?? minimal);
  const bounds = { maxEvaluations: evaluationsMax, maxElements: elementsMax + 8 * caseSize(start) };
  const plainest = (await shrinkCase(start, stillFails, bounds)).case;
  return inPlainestFormat(plainest);
}

/** What shows in float32 needs no other format; what needs a half is of float16, where that shows it. */
const plainerFormats: Readonly<Record<Format, readonly Format[]>> = {
  float32: [],
  float64: ['float32'],
  float16: ['float32'],
  bfloat16: ['float32', 'float16'],
};

/**
 * A law holds the answer to one case against those to others, of this kernel or another, and blames the one
 * that was asked. Where the exact answer is held against one of the others, it is its mistake, and that case
 * says what it needs. Null where there is none.
 */
async function ofExactAnswer(
  c: Case,
  { oracle, severity, law }: Divergence,
  judge: (c: Case) => Promise<ImplementationJudgement>,
): Promise<{ readonly case: Case; readonly divergence: Divergence } | null> {
  if (oracle !== 'property') return null;
  const siblings = (['softmax', 'logSoftmax', 'logSumExp'] as const)
    .filter((operation) => operation !== c.operation || c.direction !== 'forward')
    .map((operation) => askForward(c, operation));
  for (const other of [...casesOfLaw(c, law!), ...siblings]) {
    const divergence = divergencesOf(await judge(other)).find(
      (one) => one.oracle === 'exact' && (severity === 'inaccurate' || one.severity === 'wrong'),
    );
    if (divergence !== undefined) return { case: other, divergence };
  }
  return null;
}

function isAsSevere(now: Divergence, before: Divergence): boolean {
  if (before.oracle === 'conduct') return now.oracle === 'conduct' && now.symptom === before.symptom;
  if (now.oracle === 'conduct' || rankOf(now) > rankOf(before)) return false;
  return before.severity === 'inaccurate' || now.severity === 'wrong';
}

function rankOf({ oracle }: Divergence): number {
  return oracleNames.indexOf(oracle);
}
