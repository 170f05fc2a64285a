/**
 * Judges cases one after the other in this process, shrinks what is new, and keeps count. Starts no process.
 */
import type { Case } from '../case/case.ts';
import type { Finding } from '../case/finding.ts';
import {
  isDivergence,
  judgeCase,
  type CaseJudgement,
  type ImplementationJudgement,
  type Participants,
} from '../judge/judge-case.ts';
import { CaseWork } from '../oracles/exact.ts';
import { shrinkCase } from '../shrink/shrink-case.ts';
import type { Implementation } from '../subjects/implementation.ts';
import { buildFinding } from './build-finding.ts';
import type { FindingContext } from './finding-fields.ts';
import type { CallLog } from './call-place.ts';
import { CaseCounts } from './count-case.ts';
import { findingKey, type FindingKey } from './finding-key.ts';
import type { Sighting } from './sighting.ts';
import type { Tally } from './tally.ts';

export interface Examiner {
  readonly participants: Participants;
  readonly calls: CallLog;
  readonly context: FindingContext;
  readonly shrinkEvaluations: number;
}

export interface Batch {
  readonly counts: CaseCounts;
  /** The counts as they stand. */
  readonly tally: Tally;
  readonly sightings: Map<string, Sighting>;
  /** The finding of the lowest index, by signature. */
  readonly findings: Map<string, Finding>;
}

export function emptyBatch(): Batch {
  const counts = new CaseCounts();
  return {
    counts,
    get tally() {
      return counts.tally();
    },
    sightings: new Map(),
    findings: new Map(),
  };
}

/** A case to be examined. */
export interface CaseToExamine {
  readonly case: Case;
  readonly index: number;
  readonly shrink: boolean;
  /** Lowest index seen of each signature. */
  readonly known: ReadonlyMap<string, number>;
  readonly stacked?: Participants['stacked'];
  /** The stack that a reference was asked the case in; null where it was asked alone. */
  readonly stackCase?: (place: number) => Case | null;
  /** Called with the judgement before anything is made of it. */
  readonly onJudged?: (judgement: CaseJudgement) => void;
}

/**
 * Judges one case into the batch. A signature seen at a lower index, here or in `known`, is only counted.
 * A promise only where an implementation returned one or something had to be shrunk.
 */
export function examineCase(
  examiner: Examiner,
  batch: Batch,
  toExamine: CaseToExamine,
): void | Promise<void> {
  const { case: c, index, known, stacked } = toExamine;
  const { subject, references, oracles, lawsPerCase } = examiner.participants;
  const onRun = (place: number): void => examiner.calls.write({ index, stage: 'judge', place });
  const participants: Participants = { subject, references, oracles, lawsPerCase, onRun, stacked };
  const work = new CaseWork(c);
  const conclude = (judgement: CaseJudgement, keyed: readonly Keyed[]): void | Promise<void> => {
    toExamine.onJudged?.(judgement);
    batch.counts.add(c, judgement, index);
    const fresh = keyed
      .filter(isDivergent)
      .filter(({ key }) => isWorthDescribing(key, { batch, index, known }));
    if (fresh.length > 0) return describeAll(examiner, batch, { ...toExamine, work }, { judgement, fresh });
  };
  const finish = (judgement: CaseJudgement): void | Promise<void> => {
    if (!judgement.some(isDivergence)) return conclude(judgement, []);
    const keyed = judgement.map((judged) => ({ judged, key: keyOf(c, judged, participants) }));
    if (!keyed.some(isDoubtful)) return conclude(judgement, keyed);
    return askDoubtfulAlone(examiner, { ...toExamine, work }, keyed).then((settled) =>
      conclude(settled.map(({ judged }) => judged) as unknown as CaseJudgement, settled),
    );
  };
  const judgement = judgeCase(c, participants, work);
  return judgement instanceof Promise ? judgement.then(finish) : finish(judgement);
}

/** A case to be examined, with the work on it that is done already. */
type WorkedCase = CaseToExamine & { readonly work: CaseWork };

/**
 * What was concluded of one implementation, and what its first divergence is counted under: null where it has
 * none.
 */
interface Keyed {
  readonly judged: ImplementationJudgement;
  readonly key: FindingKey | null;
}

interface KeyedDivergence extends Keyed {
  readonly key: FindingKey;
}

function isDivergent(keyed: Keyed): keyed is KeyedDivergence {
  return keyed.key !== null;
}

/**
 * Seen in a stack, and not as the ledger knows it: some mistakes of a reference depend on the shape that it
 * is asked in.
 */
function isDoubtful({ judged, key }: Keyed): boolean {
  return judged.isStacked && key !== null && key.ledger === null;
}

/** What the case shows alone counts, where it shows anything. */
async function askDoubtfulAlone(
  examiner: Examiner,
  { case: c, index, work }: WorkedCase,
  keyed: readonly Keyed[],
): Promise<readonly Keyed[]> {
  const settled: Keyed[] = [];
  for (const one of keyed) {
    if (!isDoubtful(one)) {
      settled.push(one);
      continue;
    }
    const blamed = toBlamed(examiner, index, one.judged);
    const judged = await blamed.judge(c, work);
    settled.push(judged.verdict.kind === 'diverge' ? { judged, key: blamed.keyOf(c, judged) } : one);
  }
  return settled;
}

/** Counts the sighting; true where it is the lowest index so far, so that a finding is due. */
function isWorthDescribing(
  { signature }: FindingKey,
  { batch, index, known }: { batch: Batch; index: number; known: ReadonlyMap<string, number> },
): boolean {
  const before = batch.sightings.get(signature);
  const lowest = Math.min(before?.lowestIndex ?? Infinity, known.get(signature) ?? Infinity);
  batch.sightings.set(signature, {
    signature,
    count: (before?.count ?? 0) + 1,
    lowestIndex: Math.min(before?.lowestIndex ?? Infinity, index),
  });
  return index < lowest;
}

/** The key of the first divergence, which names the finding; null where there is none. */
function keyOf(
  c: Case,
  { implementation, role, verdict, isStacked }: ImplementationJudgement,
  participants: Participants,
): FindingKey | null {
  if (verdict.kind !== 'diverge') return null;
  const { version } = find(participants, implementation, role)[0];
  const blame = role === 'subject' ? 'subject' : implementation;
  return findingKey({ case: c, blame, version, divergence: verdict.divergences[0], isStacked });
}

async function describeAll(
  examiner: Examiner,
  batch: Batch,
  toExamine: WorkedCase,
  { judgement, fresh }: { judgement: CaseJudgement; fresh: readonly KeyedDivergence[] },
): Promise<void> {
  for (const divergence of fresh) {
    const finding =
      (await describeKnown(examiner, toExamine, judgement, divergence)) ??
      (await describe(examiner, toExamine, divergence));
    batch.findings.set(finding.signature, finding);
  }
}

/**
 * What the ledger knows may be a thousand signatures: such a case is kept as it was found, with everybody's
 * judgement of it. Only the blamed one is asked again, alone; null where it does not show the same then.
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
    case: c,
    original: c,
    index,
    judged: again,
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
  return { ...finding, ...key, known: key.ledger !== null, sentence };
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

/** The implementation that a divergence is blamed on, and how it is asked again. */
interface Blamed {
  /** The implementation's place in [subject, ...references]. */
  readonly place: number;
  judge(c: Case, work?: CaseWork): Promise<ImplementationJudgement>;
  /** The key of its first divergence; null where it has none. */
  keyOf(c: Case, judged: ImplementationJudgement): FindingKey | null;
  /** Notes that the implementation at this place is being called. */
  mark(called: number): void;
}

function toBlamed(examiner: Examiner, index: number, judged: ImplementationJudgement): Blamed {
  const { implementation, role } = judged;
  const [implementationBlamed, place] = find(examiner.participants, implementation, role);
  const mark = (called: number): void => examiner.calls.write({ index, stage: 'shrink', place: called });
  // The blamed stands in the subject's place.
  const onRun = (called: number): void => mark(called === 0 ? place : called);
  const participants: Participants = {
    ...participantsFor(implementationBlamed, judged, examiner.participants),
    lawsPerCase: Infinity,
    onRun,
  };
  return {
    place,
    judge: async (c, work) => (await judgeCase(c, participants, work))[0],
    // Asked alone, a reference is judged in the subject's place.
    keyOf: (c, again) => keyOf(c, { ...again, implementation, role }, examiner.participants),
    mark,
  };
}

/**
 * Shrinks to the smallest case of the same name, asks everybody again about that one, and describes it. What
 * the ledger knows stays as it was found: its smallest case is in the ledger, and there may be a thousand
 * such signatures.
 */
async function describeCase(
  examiner: Examiner,
  blamed: Blamed,
  toExamine: WorkedCase & KeyedDivergence,
): Promise<Finding> {
  const { case: c, index, shrink, judged, key } = toExamine;
  const diverges = async (candidate: Case, work?: CaseWork): Promise<boolean> =>
    blamed.keyOf(candidate, await blamed.judge(candidate, work))?.signature === key.signature;
  const isKnown = key.ledger !== null;
  const shrunk =
    shrink && !isKnown
      ? await shrinkCase(c, (candidate) => diverges(candidate), {
          maxEvaluations: examiner.shrinkEvaluations,
        })
      : { case: c, evaluations: 0, steps: 0, stoppedBy: 'none' as const };
  const workOnShrunk = toExamine.work.isOf(shrunk.case) ? toExamine.work : new CaseWork(shrunk.case);
  const isConfirmed = await diverges(shrunk.case, workOnShrunk);
  const [minimal, work] = isConfirmed ? [shrunk.case, workOnShrunk] : [c, toExamine.work];
  const asked: Participants = {
    ...examiner.participants,
    lawsPerCase: Infinity, // the few laws that a case draws from its bytes are others for a shrunk one
    onRun: (called) => blamed.mark(called),
  };
  const everybody = await judgeCase(isKnown ? minimal : withAllChecks(minimal), asked, work);
  return buildFinding({
    case: minimal,
    original: c,
    index,
    judged: confirmedJudgement(everybody, judged),
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

/**
 * Whom to ask while shrinking: the blamed alone, unless the differential oracle alone had found something.
 */
function participantsFor(
  blamed: Implementation,
  judged: ImplementationJudgement,
  participants: Participants,
): Participants {
  const oracle = judged.verdict.kind === 'diverge' ? judged.verdict.divergences[0].oracle : null;
  const references = oracle === 'differential' ? participants.references : [];
  return {
    subject: blamed,
    references,
    ...(participants.oracles === undefined ? {} : { oracles: participants.oracles }),
  };
}

function find(
  participants: Participants,
  name: string,
  role: 'subject' | 'reference',
): readonly [Implementation, number] {
  if (role === 'subject') return [participants.subject, 0];
  const at = participants.references.findIndex((reference) => reference.name === name);
  const found = participants.references[at];
  if (found === undefined) throw new Error(`no reference ${name} in the participants`);
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
