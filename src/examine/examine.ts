/**
 * Judges cases one after the other in this process, shrinks what is new, and keeps count. Starts no process.
 */
import { isEnding, type Outcome } from '../case/outcome.ts';
import type { Case } from '../case/case.ts';
import type { Finding } from '../case/finding.ts';
import { ratioOf } from '../case/ratio.ts';
import { isDivergence, judgeCase, type CaseJudgement, type Participants } from '../judge/judge-case.ts';
import { CaseWork } from '../oracles/exact.ts';
import type { Implementation } from '../subjects/implementation.ts';
import { keyOf, toBlamed } from './blamed.ts';
import { CaseCounts } from './count-case.ts';
import { describeAll } from './describe.ts';
import type { CaseToExamine, Examiner, Keyed, KeyedDivergence, WorkedCase } from './examiner.ts';
import { sumOfSightings, type Sighting } from './sighting.ts';
import type { Tally } from './tally.ts';
import { TimeIsUp } from './time-is-up.ts';

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

/**
 * Judges one case into the batch. A signature seen at a lower index, here or in `known`, is only counted.
 * A promise only where an implementation returned one or something had to be shrunk.
 */
export function examineCase(
  examiner: Examiner,
  batch: Batch,
  toExamine: CaseToExamine,
): void | Promise<void> {
  const { case: c, index, known, stacked, kept, earlier } = toExamine;
  const { subject, references, oracles, lawsPerCase } = examiner.participants;
  const onRun = (place: number): void => examiner.calls.write({ index, stage: 'judge', place });
  const participants: Participants = { subject, references, oracles, lawsPerCase, onRun, stacked };
  const work = new CaseWork(c);
  const conclude = (judgement: CaseJudgement, keyed: readonly Keyed[]): void | Promise<void> => {
    toExamine.onJudged?.(judgement);
    batch.counts.add(c, judgement, index);
    const fresh = keyed
      .filter(isDivergent)
      .filter((divergence) => isWorthDescribing(sightingOf(c, divergence, index), batch, known));
    if (fresh.length === 0) return;
    return describeAll(examiner, { ...toExamine, work }, { judgement, fresh }).then((findings) => {
      for (const finding of findings) batch.findings.set(finding.signature, finding);
    });
  };
  const finish = (judgement: CaseJudgement): void | Promise<void> => {
    if (judgement.some(isDivergence))
      return earlier === undefined ? name(judgement) : earlier.judge().then(() => name(judgement));
    return earlier === undefined ? conclude(judgement, []) : earlier.keep(judgement);
  };
  const name = (judgement: CaseJudgement): void | Promise<void> => {
    const keyed = judgement.map((judged) => ({ judged, key: keyOf(c, judged, participants) }));
    if (!keyed.some(isNew)) return conclude(judgement, keyed);
    return settle(examiner, { ...toExamine, work }, keyed).then((settled) =>
      conclude(settled.map(({ judged }) => judged) as unknown as CaseJudgement, settled),
    );
  };
  const judgement = judgeCase(c, kept === undefined ? participants : withKept(participants, c, kept), work);
  return judgement instanceof Promise ? judgement.then(finish) : finish(judgement);
}

/** The same who answer what was kept of their calls of the case, and are asked from then on. */
function withKept(participants: Participants, c: Case, kept: readonly (readonly Outcome[])[]): Participants {
  const answering = (implementation: Implementation, place: number): Implementation => {
    const left = [...(kept[place] ?? [])];
    return {
      ...implementation,
      run: (asked) => (asked === c ? left.shift() : undefined) ?? implementation.run(asked),
    };
  };
  return {
    ...participants,
    subject: answering(participants.subject, 0),
    references: participants.references.map((reference, i) => answering(reference, i + 1)),
  };
}

function isDivergent(keyed: Keyed): keyed is KeyedDivergence {
  return keyed.key !== null;
}

/** Whatever else is asked of a divergence is asked of one that the ledger does not know. */
function isNew({ key }: Keyed): boolean {
  return key !== null && key.ledger === null;
}

/**
 * Seen in a stack, and not as the ledger knows it: some mistakes of a reference depend on the shape that it
 * is asked in.
 */
function isDoubtful(keyed: Keyed): boolean {
  return keyed.judged.isStacked && isNew(keyed);
}

/**
 * What the case shows alone counts, where it shows anything; and what the divergence does not depend on, its
 * name does not say. What the ledger knows has its name from there.
 */
async function settle(
  examiner: Examiner,
  toExamine: WorkedCase,
  keyed: readonly Keyed[],
): Promise<readonly Keyed[]> {
  const settled: Keyed[] = [];
  for (const one of keyed) {
    const alone = isDoubtful(one) ? await askAlone(examiner, toExamine, one) : one;
    settled.push(isDivergent(alone) ? await named(examiner, toExamine, alone) : alone);
  }
  return settled;
}

async function askAlone(
  examiner: Examiner,
  { case: c, index, work }: WorkedCase,
  doubtful: Keyed,
): Promise<Keyed> {
  const blamed = toBlamed(examiner, index, doubtful.judged);
  const judged = await blamed.judge(c, work);
  return judged.verdict.kind === 'diverge' ? { judged, key: blamed.keyOf(c, judged) } : doubtful;
}

/** Nobody is asked more where that has ended a process, or where the time is over. */
async function named(
  examiner: Examiner,
  { case: c, index, shrink }: WorkedCase,
  divergent: KeyedDivergence,
): Promise<KeyedDivergence> {
  const { judged, key } = divergent;
  if (!shrink || key.ledger !== null || judged.isStacked || isEnding(judged.outcome)) return divergent;
  const blamed = toBlamed(examiner, index, judged);
  try {
    return { judged, key: await blamed.nameOf(c, judged) };
  } catch (error) {
    if (!(error instanceof TimeIsUp)) throw error;
    return divergent;
  }
}

/** The sighting of one case. */
function sightingOf(
  { format }: Case,
  { key, judged: { verdict } }: KeyedDivergence,
  index: number,
): Sighting {
  if (verdict.kind !== 'diverge') throw new Error('a divergence has a key, and nothing else');
  const ratio = ratioOf(verdict.divergences[0], format);
  return { signature: key.signature, count: 1, lowestIndex: index, ratio };
}

/** Counts the sighting; true where it is the lowest index so far, so that a finding is due. */
function isWorthDescribing(
  sighting: Sighting,
  { sightings }: Batch,
  known: ReadonlyMap<string, number>,
): boolean {
  const { signature, lowestIndex } = sighting;
  const before = sightings.get(signature);
  sightings.set(signature, before === undefined ? sighting : sumOfSightings(before, sighting));
  return lowestIndex < Math.min(before?.lowestIndex ?? Infinity, known.get(signature) ?? Infinity);
}
