/** Judges cases one after the other in this process, shrinks what is new, and keeps count. Starts no process. */
import type { Case } from '../case/case.ts';
import type { Finding } from '../case/finding.ts';
import { signatureOf, signatureText } from '../case/signature.ts';
import type { Divergence } from '../case/verdict.ts';
import {
  judgeCase,
  type CaseJudgement,
  type ImplementationJudgement,
  type Jury,
} from '../judge/judge-case.ts';
import { shrinkCase } from '../shrink/shrink-case.ts';
import type { Implementation } from '../subjects/implementation.ts';
import { buildFinding, type Circumstances } from './build-finding.ts';
import { countCase } from './count-case.ts';
import type { JournalWriter } from './journal.ts';
import type { Sighting } from './protocol.ts';
import { emptyTally, type Tally } from './tally.ts';

export interface Examiner {
  readonly jury: Jury;
  readonly journal: JournalWriter;
  readonly circumstances: Circumstances;
  readonly shrinkEvaluations: number;
}

export interface Batch {
  readonly tally: Tally;
  readonly sightings: Map<string, Sighting>;
  /** By signature: the finding of the lowest index. */
  readonly findings: Map<string, Finding>;
}

export function emptyBatch(): Batch {
  return { tally: emptyTally(), sightings: new Map(), findings: new Map() };
}

/**
 * Judges one case into the batch. A signature seen at a lower index, here or in `known`, is only counted.
 * A promise only where an implementation returned one or something had to be shrunk.
 */
export function examineCase(
  examiner: Examiner,
  batch: Batch,
  {
    case: c,
    index,
    shrink,
    known,
    stacked,
  }: {
    case: Case;
    index: number;
    shrink: boolean;
    known: ReadonlyMap<string, number>;
    stacked?: Jury['stacked'];
  },
): void | Promise<void> {
  const jury: Jury = {
    ...examiner.jury,
    onRun: (place) => examiner.journal.write({ index, stage: 'judge', place }),
    ...(stacked === undefined ? {} : { stacked }),
  };
  const finish = (judgement: CaseJudgement): void | Promise<void> => {
    countCase(batch.tally, c, judgement);
    const fresh = judgement.filter((judged) => isWorthDescribing(c, judged, { batch, index, known }));
    if (fresh.length > 0) return describeAll(examiner, batch, { case: c, index, shrink, fresh });
  };
  const judgement = judgeCase(c, jury);
  return judgement instanceof Promise ? judgement.then(finish) : finish(judgement);
}

/** Counts the sighting; true where it is the lowest index so far, so that a finding is due. */
function isWorthDescribing(
  c: Case,
  judged: ImplementationJudgement,
  { batch, index, known }: { batch: Batch; index: number; known: ReadonlyMap<string, number> },
): boolean {
  if (judged.verdict.kind !== 'diverge') return false;
  const signature = signatureFor(c, judged, judged.verdict.divergences[0]);
  const before = batch.sightings.get(signature);
  const lowest = Math.min(before?.lowestIndex ?? Infinity, known.get(signature) ?? Infinity);
  batch.sightings.set(signature, {
    signature,
    count: (before?.count ?? 0) + 1,
    lowestIndex: Math.min(before?.lowestIndex ?? Infinity, index),
  });
  return index < lowest;
}

function signatureFor(
  c: Case,
  judged: Pick<ImplementationJudgement, 'implementation' | 'role'>,
  divergence: Divergence,
): string {
  const blame = judged.role === 'subject' ? 'subject' : judged.implementation;
  return signatureText(signatureOf(c, { blame, divergence }));
}

async function describeAll(
  examiner: Examiner,
  batch: Batch,
  {
    case: c,
    index,
    shrink,
    fresh,
  }: { case: Case; index: number; shrink: boolean; fresh: readonly ImplementationJudgement[] },
): Promise<void> {
  for (const judged of fresh) {
    const finding = await describe(examiner, { case: c, index, shrink, judged });
    batch.findings.set(finding.signature, finding);
  }
}

/** Shrinks to the smallest case of the same signature, asks everybody again about that one, and describes it. */
async function describe(
  examiner: Examiner,
  {
    case: c,
    index,
    shrink,
    judged,
  }: { case: Case; index: number; shrink: boolean; judged: ImplementationJudgement },
): Promise<Finding> {
  if (judged.verdict.kind !== 'diverge') throw new Error('only a divergence is described');
  const signature = signatureFor(c, judged, judged.verdict.divergences[0]);
  const [blamed, place] = find(examiner.jury, judged.implementation, judged.role);
  const mark = (called: number): void => examiner.journal.write({ index, stage: 'shrink', place: called });
  const accused: Jury = {
    ...juryFor(blamed, judged, examiner.jury),
    lawsPerCase: Infinity,
    onRun: (called) => mark(called === 0 ? place : called), // the accused stands in the subject's place
  };

  const diverges = async (candidate: Case): Promise<boolean> => {
    const own = (await judgeCase(candidate, accused))[0];
    return (
      own.verdict.kind === 'diverge' && signatureFor(candidate, own, own.verdict.divergences[0]) === signature
    );
  };
  const shrunk = shrink
    ? await shrinkCase(c, diverges, { maxEvaluations: examiner.shrinkEvaluations })
    : { case: c, evaluations: 0, steps: 0, stoppedBy: 'none' as const };
  const isConfirmed = await diverges(shrunk.case);
  const minimal = isConfirmed ? shrunk.case : c;
  const everybody = await judgeCase(withAllChecks(minimal), {
    ...examiner.jury,
    lawsPerCase: Infinity, // the few laws that a case draws from its bytes are others for a shrunk one
    onRun: mark,
  });
  return buildFinding({
    case: minimal,
    original: c,
    index,
    judged: confirmedJudgement(everybody, judged),
    everybody,
    signature,
    shrink: {
      evaluations: shrunk.evaluations,
      steps: shrunk.steps,
      stoppedBy: shrunk.stoppedBy,
      confirmed: isConfirmed,
    },
    circumstances: examiner.circumstances,
  });
}

/** Only the accused is asked while shrinking, unless the differential oracle alone had spoken. */
function juryFor(blamed: Implementation, judged: ImplementationJudgement, jury: Jury): Jury {
  const oracle = judged.verdict.kind === 'diverge' ? judged.verdict.divergences[0].oracle : null;
  const references = oracle === 'differential' ? jury.references : [];
  return { subject: blamed, references, ...(jury.oracles === undefined ? {} : { oracles: jury.oracles }) };
}

function find(jury: Jury, name: string, role: 'subject' | 'reference'): readonly [Implementation, number] {
  if (role === 'subject') return [jury.subject, 0];
  const at = jury.references.findIndex((reference) => reference.name === name);
  const found = jury.references[at];
  if (found === undefined) throw new Error(`no reference ${name} in the jury`);
  return [found, at + 1];
}

/** The finding tells of every oracle, drawn or not; what named it stays first. */
function withAllChecks(c: Case): Case {
  return { ...c, checks: ['gradient', 'property', 'repeat'] };
}

function confirmedJudgement(
  everybody: CaseJudgement,
  judged: ImplementationJudgement,
): ImplementationJudgement {
  const again = everybody.find(
    (other) => other.role === judged.role && other.implementation === judged.implementation,
  );
  return again !== undefined && again.verdict.kind === 'diverge' ? again : judged;
}
