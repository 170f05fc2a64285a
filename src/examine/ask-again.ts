/**
 * A finding's case asked again of the subject alone: after other cases, or over and over. Says whether it
 * diverges as it did; what follows from that is the campaign's.
 */
import { createHash } from 'node:crypto';
import type { Case } from '../case/case.ts';
import { divergedAs, type Finding } from '../case/finding.ts';
import { isAlike } from '../case/verdict.ts';
import { judgeCase, type ImplementationJudgement, type Participants } from '../judge/judge-case.ts';
import { CaseWork } from '../oracles/exact.ts';
import { buildFinding } from './build-finding.ts';
import type { Examiner } from './examiner.ts';
import { divergencesOf } from './blamed.ts';

export interface AskedAgain {
  /** Which time of asking it diverged as it did, from 1 on; null where it never has. */
  readonly at: number | null;
  /** The finding as it is of the case that was asked; null where it did not diverge so. */
  readonly finding: Finding | null;
}

/** Asks the subject a case and forgets the answer, as replay and the confirming of a finding both do. */
export async function askOnce(examiner: Examiner, c: Case, index: number): Promise<void> {
  await judgeCase(c, subjectAlone(examiner, index));
}

/** What the subject does with these cases, asked in their order: the same text for the same to the bit. */
export async function digestOf({ participants, calls }: Examiner, cases: readonly Case[]): Promise<string> {
  const hash = createHash('sha1');
  for (const c of cases) {
    if (participants.subject.declines(c) !== null) continue;
    calls.write({ index: 0, stage: 'judge', place: 0 });
    const { tensor, ...rest } = { tensor: null, ...(await participants.subject.run(c)) };
    hash.update(JSON.stringify(rest));
    if (tensor === null) continue;
    const { data } = tensor;
    hash.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }
  return hash.digest('hex');
}

/** What is asked of a finding. */
interface AskOver {
  readonly finding: Finding;
  readonly case: Case;
  /** How often the case is asked at most, until it diverges under the finding's signature. */
  readonly asksMax: number;
  /** What is asked after each time that it did not. */
  readonly between: Case | null;
}

export async function askAgain(
  examiner: Examiner,
  { finding, case: c, asksMax, between }: AskOver,
): Promise<AskedAgain> {
  const participants = subjectAlone(examiner, finding.index ?? 0);
  for (let at = 1; at <= asksMax; at++) {
    const work = new CaseWork(c);
    const [judged] = await judgeCase(c, participants, work);
    if (divergencesOf(judged).some((divergence) => isAlike(divergence, divergedAs(finding))))
      return { at, finding: findingOf(examiner, finding, { case: c, judged, work }) };
    if (between !== null) await askOnce(examiner, between, finding.index ?? 0);
  }
  return { at: null, finding: null };
}

function subjectAlone({ participants, calls }: Examiner, index: number): Participants {
  const { subject } = participants;
  const onRun = (): void => calls.write({ index, stage: 'judge', place: 0 });
  return { subject, references: [], lawsPerCase: Infinity, onRun };
}

/** As it was found, of another case. Nobody else was asked that one. */
function findingOf(
  examiner: Examiner,
  finding: Finding,
  { case: c, judged, work }: { case: Case; judged: ImplementationJudgement; work: CaseWork },
): Finding {
  const { index, signature, formerly, originally, root, references, count, known, seed, original } = finding;
  const rebuilt = buildFinding({
    case: c,
    original: c,
    index: index ?? 0,
    judged,
    everybody: [judged],
    work,
    told: divergedAs(finding),
    originally,
    signature,
    formerly: () => formerly ?? signature,
    ledger: null,
    shrink: { evaluations: 0, steps: 0, stoppedBy: 'none', confirmed: true },
    context: { ...examiner.context, seed, references },
  });
  return { ...rebuilt, index, original, count, known, ...(root === undefined ? {} : { root }) };
}
