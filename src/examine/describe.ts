/**
 * Makes findings of divergences: asks again, shrinks, and gathers what everybody says of the smallest case.
 */
import { plainly } from '../case/call-form.ts';
import { caseSize, type Case } from '../case/case.ts';
import { isEnding } from '../case/outcome.ts';
import type { Finding, Originally } from '../case/finding.ts';
import {
  judgeCase,
  type CaseJudgement,
  type ImplementationJudgement,
  type Participants,
} from '../judge/judge-case.ts';
import { CaseWork } from '../oracles/exact.ts';
import { shrinkCase } from '../shrink/shrink-case.ts';
import { ratioOf } from '../case/ratio.ts';
import { isAlike, type Divergence } from '../case/verdict.ts';
import { divergencesOf, firstOf, toBlamed, type Blamed } from './blamed.ts';
import { isNoLessBad } from './no-less-bad.ts';
import { buildFinding } from './build-finding.ts';
import type { CaseToExamine, Examiner, KeyedDivergence, WorkedCase } from './examiner.ts';
import { rootOf } from './root.ts';
import { TimeIsUp } from './time-is-up.ts';

/** One finding for each of the divergences, in their order. */
export async function describeAll(
  examiner: Examiner,
  toExamine: WorkedCase,
  { judgement, fresh }: { judgement: CaseJudgement; fresh: readonly KeyedDivergence[] },
): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  for (const divergence of fresh) {
    try {
      findings.push(
        isLeftAlone(divergence)
          ? asFound(examiner, toExamine, judgement, divergence)
          : ((await describeKnown(examiner, toExamine, judgement, divergence)) ??
              (await describe(examiner, toExamine, divergence))),
      );
    } catch (error) {
      if (!(error instanceof TimeIsUp)) throw error;
      findings.push(asFound(examiner, toExamine, judgement, divergence));
    }
  }
  return findings;
}

/** What ran into a limit of time or memory would do so again for each smaller case. */
function isLeftAlone({ judged: { outcome } }: KeyedDivergence): boolean {
  return outcome.kind === 'timed-out' || outcome.kind === 'out-of-memory';
}

/** Nobody is asked anything more. */
function asFound(
  { context }: Examiner,
  { case: c, index, work }: WorkedCase,
  everybody: CaseJudgement,
  { judged, key }: KeyedDivergence,
): Finding {
  const shrink = { evaluations: 0, steps: 0, stoppedBy: 'none', confirmed: false } as const;
  const told = firstOf(judged);
  return buildFinding({
    case: c,
    original: c,
    index,
    judged,
    told,
    everybody,
    work,
    ...key,
    shrink,
    context,
  });
}

/**
 * What the ledger knows is kept as it was found, with everybody's judgement of it: an example of an entry,
 * which has its smallest case itself. Only the blamed one is asked again, alone; null where it does not show
 * the same then.
 */
async function describeKnown(
  examiner: Examiner,
  { case: c, index, work }: WorkedCase,
  judgement: CaseJudgement,
  { judged, key }: KeyedDivergence,
): Promise<Finding | null> {
  if (key.ledger === null) return null;
  const blamed = toBlamed(examiner, index, judged);
  const again = await blamed.judge(c, work);
  if (blamed.keyOf(c, again)?.signature !== key.signature) return null;
  const everybody = judgement.map((other) => (other === judged ? again : other));
  return buildFinding({
    case: plainly(c), // the ledger is about references, which are called the plain way
    original: c,
    index,
    judged: again,
    told: firstOf(again),
    everybody: everybody as unknown as CaseJudgement,
    work,
    ...key,
    shrink: { evaluations: 0, steps: 0, stoppedBy: 'none', confirmed: true },
    context: examiner.context,
  });
}

/**
 * The finding of a divergence. What was seen in a stack is asked again alone; where the case does not show it
 * alone, the stack is the case, and the finding says so.
 */
async function describe(
  examiner: Examiner,
  toExamine: WorkedCase,
  { judged, key }: KeyedDivergence,
): Promise<Finding> {
  const { case: c, stackCase, work } = toExamine;
  const blamed = toBlamed(examiner, toExamine.index, judged);
  if (!judged.isStacked) return describeCase(examiner, blamed, { ...toExamine, judged, key });
  const alone = await blamed.judge(c, work);
  if (blamed.keyOf(c, alone)?.signature === key.signature)
    return describeCase(examiner, blamed, { ...toExamine, judged: alone, key });
  const stack = stackCase?.(blamed.place) ?? null;
  const finding =
    (stack === null ? null : await describeStack(examiner, blamed, { ...toExamine, case: stack })) ??
    (await describeCase(examiner, blamed, { ...toExamine, judged, key, shrink: false }));
  const sentence = `only in a stack with other cases, and not alone: ${finding.sentence}`;
  const { signature, ledger } = key;
  return { ...finding, signature, formerly: key.formerly(), ledger, known: ledger !== null, sentence };
}

/** The finding of a stack as a case of its own; null where it shows nothing. */
async function describeStack(
  examiner: Examiner,
  blamed: Blamed,
  toExamine: CaseToExamine,
): Promise<Finding | null> {
  const work = new CaseWork(toExamine.case);
  const judged = await blamed.judge(toExamine.case, work);
  const key = blamed.keyOf(toExamine.case, judged);
  return key === null ? null : describeCase(examiner, blamed, { ...toExamine, work, judged, key });
}

/**
 * Shrinks to the smallest case that is no less bad, asks everybody again about that one, and describes it.
 * What the ledger knows stays as it was found: its smallest case is in the ledger.
 */
async function describeCase(
  examiner: Examiner,
  blamed: Blamed,
  toExamine: WorkedCase & KeyedDivergence,
): Promise<Finding> {
  const { index, shrink, judged, key } = toExamine;
  const c = judged.role === 'reference' ? plainly(toExamine.case) : toExamine.case;
  const isShown = (candidate: Case, again: ImplementationJudgement): boolean =>
    isNoLessBad(again, { than: judged, format: c.format }) &&
    blamed.ledgerOf(candidate, again) === key.ledger;
  const diverges = async (candidate: Case): Promise<boolean> =>
    isShown(candidate, await blamed.judge(candidate));
  const isKnown = key.ledger !== null;
  const shrunk =
    shrink && !isKnown
      ? await shrinkCase(c, diverges, { maxEvaluations: evaluationsFor(judged, examiner) })
      : { case: c, evaluations: 0, steps: 0, stoppedBy: 'none' as const };
  const workOnShrunk = toExamine.work.isOf(shrunk.case) ? toExamine.work : new CaseWork(shrunk.case);
  const once = await blamed.judge(shrunk.case, workOnShrunk);
  const isConfirmed = isShown(shrunk.case, once);
  const [minimal, work] = isConfirmed ? [shrunk.case, workOnShrunk] : [c, toExamine.work];
  const { implementation, role } = judged;
  const root =
    shrink && role === 'subject' && isConfirmed && !isEnding(once.outcome)
      ? await rootOf(minimal, once, (candidate) => blamed.judge(candidate))
      : undefined;
  // What was last seen of the very case: asked with the others, it may agree.
  const seen = isConfirmed ? { ...once, implementation, role } : judged;
  const asked: Participants = {
    ...examiner.participants,
    lawsPerCase: Infinity, // the few laws that a case draws from its bytes are others for a shrunk one
    onRun: (called) => blamed.mark(called),
  };
  const everybody = await judgeCase(isKnown ? minimal : withAllChecks(minimal), asked, work);
  return buildFinding({
    case: minimal,
    original: toExamine.case,
    index,
    judged: confirmedJudgement(everybody, seen),
    told: firstOf(seen),
    root,
    originally: originallyOf(c, judged, { now: firstOf(seen) }),
    everybody,
    work,
    ...key,
    shrink: {
      evaluations: shrunk.evaluations,
      steps: shrunk.steps,
      stoppedBy: shrunk.stoppedBy,
      confirmed: isConfirmed,
    },
    context: examiner.context,
  });
}

/** A process that ends is started again for each try. */
const restartsMax = 60;

function evaluationsFor({ outcome }: ImplementationJudgement, { shrinkEvaluations }: Examiner): number {
  return isEnding(outcome) ? Math.min(restartsMax, shrinkEvaluations) : shrinkEvaluations;
}

/**
 * How the original case diverged, for the finding of a smaller one; undefined where it is told of the same.
 */
function originallyOf(
  { format }: Case,
  judged: ImplementationJudgement,
  { now }: { readonly now: Divergence },
): Originally | undefined {
  const { oracle, severity, symptom, detail: sentence, ...rest } = firstOf(judged);
  if (sentence === now.detail) return undefined;
  return { oracle, severity, symptom, ratio: ratioOf({ ...rest, oracle }, format), sentence };
}

/** All laws and a numerical gradient of more elements would take a call's limit, and blame who was called. */
const fullyCheckedMax = 2 ** 16;

/** The finding tells of every oracle, drawn or not; what named it stays first. */
function withAllChecks(c: Case): Case {
  return caseSize(c) > fullyCheckedMax ? c : { ...c, checks: ['gradient', 'property', 'repeat'] };
}

/** As it was judged with the others, if that shows what was seen: a subject may change with each call. */
function confirmedJudgement(
  everybody: CaseJudgement,
  seen: ImplementationJudgement,
): ImplementationJudgement {
  const again = everybody.find(
    (other) => other.role === seen.role && other.implementation === seen.implementation,
  );
  const isSeenAgain =
    again !== undefined && divergencesOf(again).some((divergence) => isAlike(divergence, firstOf(seen)));
  return isSeenAgain ? again : seen;
}
