/**
 * What remains of a finding's minimal case where anything as severe may stand for it: the root, by which
 * findings of one mistake are known. It is no report: a large error may have become a small one on the way.
 */
import { askForward } from '../../properties/transform-case.ts';
import { caseSize, type Case } from '../case/case.ts';
import type { Divergence } from '../case/verdict.ts';
import type { ImplementationJudgement } from '../judge/judge-case.ts';
import { shrinkCase } from '../shrink/shrink-case.ts';
import { divergencesOf, firstOf } from './blamed.ts';
import { inOtherFormat } from './dependence.ts';

/** Cases that are asked for a root: most are there after some ten. */
const evaluationsMax = 400;
const elementsMax = 2 ** 20;

export async function rootOf(
  minimal: Case,
  judged: ImplementationJudgement,
  judge: (c: Case) => Promise<ImplementationJudgement>,
): Promise<Case> {
  const before = firstOf(judged);
  const stillFails = async (candidate: Case): Promise<boolean> => {
    const again = await judge(candidate);
    if (judged.onlyByForm && !again.onlyByForm) return false;
    return divergencesOf(again).some((divergence) => isAsSevere(divergence, before));
  };
  const inFloat32 = async (c: Case): Promise<Case> => {
    const other = c.format === 'float64' ? inOtherFormat(c) : null;
    return other !== null && (await stillFails(other)) ? other : c;
  };
  const start = await inFloat32(await ofSibling(minimal, before, stillFails));
  const bounds = { maxEvaluations: evaluationsMax, maxElements: elementsMax + 8 * caseSize(start) };
  const plainest = (await shrinkCase(start, stillFails, bounds)).case;
  return inFloat32(plainest);
}

/**
 * A law holds one kernel against another, and blames the one that was asked. Where the exact answer is held
 * against the other, it is its mistake.
 */
async function ofSibling(
  c: Case,
  { oracle }: Divergence,
  fails: (candidate: Case) => Promise<boolean>,
): Promise<Case> {
  if (oracle !== 'property') return c;
  for (const operation of ['softmax', 'logSoftmax', 'logSumExp'] as const) {
    const sibling = askForward(c, operation);
    const isSame = operation === c.operation && c.direction === 'forward';
    if (!isSame && (await fails(sibling))) return sibling;
  }
  return c;
}

function isAsSevere(now: Divergence, before: Divergence): boolean {
  if (before.oracle === 'conduct') return now.oracle === 'conduct' && now.symptom === before.symptom;
  return now.oracle !== 'conduct' && (before.severity === 'inaccurate' || now.severity === 'wrong');
}
