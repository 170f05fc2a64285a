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
  const conclude = (judgement: CaseJudgement): void | Promise<void> => {
    toExamine.onJudged?.(judgement);
    batch.counts.add(c, judgement, index);
    if (!judgement.some(isDivergence)) return;
    const fresh = judgement.filter((judged) =>
      isWorthDescribing(c, judged, { participants, batch, index, known }),
    );
    if (fresh.length > 0) return describeAll(examiner, batch, toExamine, { judgement, fresh });
  };
  const finish = (judgement: CaseJudgement): void | Promise<void> =>
    judgement.some((judged) => isDoubtful(c, judged, participants))
      ? askDoubtfulAlone(examiner, toExamine, judgement).then(conclude)
      : conclude(judgement);
  const judgement = judgeCase(c, participants);
  return judgement instanceof Promise ? judgement.then(finish) : finish(judgement);
}

/**
 * Seen in a stack, and not as the ledger knows it:
 * some mistakes of a reference depend on the shape that it is asked in.
 */
function isDoubtful(c: Case, judged: ImplementationJudgement, participants: Participants): boolean {
  return judged.isStacked && nameFor(c, judged, participants)?.ledger === null;
}

/** What the case shows alone counts, where it shows anything. */
async function askDoubtfulAlone(
  examiner: Examiner,
  { case: c, index }: CaseToExamine,
  judgement: CaseJudgement,
): Promise<CaseJudgement> {
  const settled: ImplementationJudgement[] = [];
  for (const judged of judgement) {
    const alone = isDoubtful(c, judged, examiner.participants)
      ? await toBlamed(examiner, index, judged).judge(c)
      : judged;
    settled.push(alone.verdict.kind === 'diverge' ? alone : judged);
  }
  return settled as unknown as CaseJudgement;
}

/** Counts the sighting; true where it is the lowest index so far, so that a finding is due. */
function isWorthDescribing(
  c: Case,
  judged: ImplementationJudgement,
  {
    participants,
    batch,
    index,
    known,
  }: { participants: Participants; batch: Batch; index: number; known: ReadonlyMap<string, number> },
): boolean {
  const name = nameFor(c, judged, participants);
  if (name === null) return false;
  const { signature } = name;
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
function nameFor(
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
  toExamine: CaseToExamine,
  { judgement, fresh }: { judgement: CaseJudgement; fresh: readonly ImplementationJudgement[] },
): Promise<void> {
  for (const judged of fresh) {
    const finding =
      (await describeKnown(examiner, toExamine, judgement, judged)) ??
      (await describe(examiner, toExamine, judged));
    batch.findings.set(finding.signature, finding);
  }
}

/**
 * What the ledger knows may be a thousand signatures: such a case is kept as it was found, with everybody's
 * judgement of it. Only the blamed one is asked again, alone; null where it does not show the same then.
 */
async function describeKnown(
  examiner: Examiner,
  { case: c, index }: CaseToExamine,
  judgement: CaseJudgement,
  judged: ImplementationJudgement,
): Promise<Finding | null> {
  const blamed = toBlamed(examiner, index, judged);
  const name = blamed.nameOf(c, judged);
  if (name === null || name.ledger === null) return null;
  const again = await blamed.judge(c);
  if (blamed.nameOf(c, again)?.signature !== name.signature) return null;
  const everybody = judgement.map((other) => (other === judged ? again : other));
  return buildFinding({
    case: c,
    original: c,
    index,
    judged: again,
    everybody: everybody as unknown as CaseJudgement,
    ...name,
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
  toExamine: CaseToExamine,
  judged: ImplementationJudgement,
): Promise<Finding> {
  const { case: c, stackCase } = toExamine;
  const blamed = toBlamed(examiner, toExamine.index, judged);
  const name = blamed.nameOf(c, judged);
  if (name === null) throw new Error('only a divergence is described');
  if (!judged.isStacked) return describeCase(examiner, blamed, { ...toExamine, judged, name });
  const alone = await blamed.judge(c);
  if (blamed.nameOf(c, alone)?.signature === name.signature)
    return describeCase(examiner, blamed, { ...toExamine, judged: alone, name });
  const stack = stackCase?.(blamed.place) ?? null;
  const again = stack === null ? null : await blamed.judge(stack);
  const inStack = stack === null || again === null ? null : blamed.nameOf(stack, again);
  const finding =
    stack === null || again === null || inStack === null
      ? await describeCase(examiner, blamed, { ...toExamine, judged, name, shrink: false })
      : await describeCase(examiner, blamed, { ...toExamine, case: stack, judged: again, name: inStack });
  const sentence = `only in a stack with other cases, and not alone: ${finding.sentence}`;
  return { ...finding, ...name, known: name.ledger !== null, sentence };
}

/** The implementation that a divergence is blamed on, and how it is asked again. */
interface Blamed {
  /** The implementation's place in [subject, ...references]. */
  readonly place: number;
  judge(c: Case): Promise<ImplementationJudgement>;
  /** The key of its first divergence; null where it has none. */
  nameOf(c: Case, judged: ImplementationJudgement): FindingKey | null;
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
    judge: async (c) => (await judgeCase(c, participants))[0],
    // Asked alone, a reference is judged in the subject's place.
    nameOf: (c, again) => nameFor(c, { ...again, implementation, role }, examiner.participants),
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
  toExamine: CaseToExamine & { readonly judged: ImplementationJudgement; readonly name: FindingKey },
): Promise<Finding> {
  const { case: c, index, shrink, judged, name } = toExamine;
  const diverges = async (candidate: Case): Promise<boolean> =>
    blamed.nameOf(candidate, await blamed.judge(candidate))?.signature === name.signature;
  const isKnown = name.ledger !== null;
  const shrunk =
    shrink && !isKnown
      ? await shrinkCase(c, diverges, { maxEvaluations: examiner.shrinkEvaluations })
      : { case: c, evaluations: 0, steps: 0, stoppedBy: 'none' as const };
  const isConfirmed = await diverges(shrunk.case);
  const minimal = isConfirmed ? shrunk.case : c;
  const everybody = await judgeCase(isKnown ? minimal : withAllChecks(minimal), {
    ...examiner.participants,
    lawsPerCase: Infinity, // the few laws that a case draws from its bytes are others for a shrunk one
    onRun: (called) => blamed.mark(called),
  });
  return buildFinding({
    case: minimal,
    original: c,
    index,
    judged: confirmedJudgement(everybody, judged),
    everybody,
    ...name,
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
