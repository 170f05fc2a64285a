/**
 * The implementation that a divergence is blamed on: what the divergence is counted under, and how it is
 * asked again.
 */
import type { BlamedDivergence } from '../../reference/ledger/entry.ts';
import { ledgerEntryFor } from '../../reference/ledger/ledger.ts';
import type { Case } from '../case/case.ts';
import { judgeCase, type ImplementationJudgement, type Participants } from '../judge/judge-case.ts';
import type { CaseWork } from '../oracles/exact.ts';
import type { Implementation } from '../subjects/implementation.ts';
import { isAlike, type Divergence } from '../case/verdict.ts';
import { dependenceOf, type Dependence } from './dependence.ts';
import type { Examiner } from './examiner.ts';
import { findingKey, type FindingKey } from './finding-key.ts';

/** The key of the first divergence, which names the finding; null where there is none. */
export function keyOf(
  c: Case,
  judged: ImplementationJudgement,
  participants: Participants,
  dependence?: Dependence,
): FindingKey | null {
  const held = heldAgainst(c, judged, participants);
  return held === null ? null : findingKey(held, dependence);
}

/** The first divergence; null where there is none. */
function heldAgainst(
  c: Case,
  { implementation, role, verdict, isStacked, onlyByForm }: ImplementationJudgement,
  participants: Participants,
): BlamedDivergence | null {
  if (verdict.kind !== 'diverge') return null;
  const { version } = find(participants, implementation, role)[0];
  const blame = role === 'subject' ? 'subject' : implementation;
  return { case: c, blame, version, divergence: verdict.divergences[0], isStacked, onlyByForm };
}

/** The implementation that a divergence is blamed on, and how it is asked again. */
export interface Blamed {
  /** The implementation's place in [subject, ...references]. */
  readonly place: number;
  judge(c: Case, work?: CaseWork): Promise<ImplementationJudgement>;
  /** The key of its first divergence; null where it has none. */
  keyOf(c: Case, judged: ImplementationJudgement): FindingKey | null;
  /** The ledger's entry that explains its first divergence; null where none does, or there is none. */
  ledgerOf(c: Case, judged: ImplementationJudgement): string | null;
  /** The key of its first divergence, which it has, once it was asked what that depends on. */
  nameOf(c: Case, judged: ImplementationJudgement): Promise<FindingKey>;
  /** Notes that the implementation at this place is being called. */
  mark(called: number): void;
}

export function toBlamed(examiner: Examiner, index: number, judged: ImplementationJudgement): Blamed {
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
    ledgerOf(c, again) {
      const held = heldAgainst(c, { ...again, implementation, role }, examiner.participants);
      return held === null ? null : (ledgerEntryFor(held)?.id ?? null);
    },
    async nameOf(c, again) {
      const divergence = firstOf(again);
      const shows = async (variant: Case): Promise<boolean> =>
        divergencesOf((await judgeCase(variant, participants))[0]).some((other) =>
          isAlike(other, divergence),
        );
      const dependence = await dependenceOf(c, divergence, shows);
      return keyOf(c, { ...again, implementation, role }, examiner.participants, dependence)!;
    },
    mark,
  };
}

export function divergencesOf({ verdict }: Pick<ImplementationJudgement, 'verdict'>): readonly Divergence[] {
  return verdict.kind === 'diverge' ? verdict.divergences : [];
}

/** The divergence that names it. */
export function firstOf(judged: ImplementationJudgement): Divergence {
  const first = divergencesOf(judged)[0];
  if (first === undefined) throw new Error(`no divergence of ${judged.implementation}`);
  return first;
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
