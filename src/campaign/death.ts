/**
 * What a worker leaves that has died: the case it was in becomes a finding of its own kind, counted like any
 * other.
 */
import { callFormName } from '../case/call-form.ts';
import { caseSize, type Case } from '../case/case.ts';
import type { Finding } from '../case/finding.ts';
import { conductDivergence } from '../case/verdict.ts';
import { coverageKeys, widthKeys } from '../generate/coverage.ts';
import { buildDeathFinding, subjectRecordOf, type FindingContext } from '../examine/finding-fields.ts';
import type { JournalEntry } from '../worker/journal.ts';
import { findingKey } from '../examine/finding-key.ts';
import type { CampaignPlan } from './plan.ts';
import type { Sighting } from '../examine/sighting.ts';
import type { LoadedParticipants } from './state.ts';
import { describeDeath, type WorkerDeath } from '../worker/death.ts';
import { emptyTally, emptyVerdictCounts, increment, incrementForm, type Tally } from '../examine/tally.ts';

export interface DeathBatch {
  readonly tally: Tally;
  readonly sightings: readonly Sighting[];
  readonly findings: readonly Finding[];
}

/**
 * The batch of one case: a divergence of whoever was being
 * called, and a skip for the subject if it was not that.
 */
export function batchOfDeath(
  participants: LoadedParticipants & { readonly plan: CampaignPlan },
  outcome: WorkerDeath['outcome'],
  { at, case: c }: { readonly at: JournalEntry; readonly case: Case },
): DeathBatch {
  const available = participants.references.filter((reference) => reference.available);
  const isSubject = at.place === 0;
  const blamed = isSubject ? participants.subject.name : available[at.place - 1]!.name;
  const divergence = conductDivergence(outcome.kind, `${blamed}: ${describeDeath(outcome)}`);
  const blame = isSubject ? 'subject' : blamed;
  const { version } = isSubject ? participants.subject : available[at.place - 1]!;
  const name = findingKey({ case: c, blame, version: version!, divergence });
  const context: FindingContext = {
    seed: participants.plan.seed,
    subject: subjectRecordOf(participants.subject, participants.plan),
    references: participants.references,
    arithmetic: {}, // nothing was judged
  };
  const finding = buildDeathFinding({ case: c, index: at.index, blame, divergence, ...name, context });
  return {
    tally: tallyOf(c, { blamed, isSubject }),
    sightings: [{ signature: name.signature, count: 1, lowestIndex: at.index, ratio: null }],
    findings: [finding],
  };
}

function tallyOf(c: Case, { blamed, isSubject }: { blamed: string; isSubject: boolean }): Tally {
  const tally = emptyTally();
  tally.cases = 1;
  tally.elements = caseSize(c);
  tally.verdicts[isSubject ? 'diverge' : 'skip']++;
  for (const counts of [tally.byImplementation, tally.byKernel]) {
    const key = counts === tally.byKernel ? `${c.operation}/${c.direction}/${blamed}` : blamed;
    (counts[key] ??= emptyVerdictCounts()).diverge++;
  }
  if (!isSubject) increment(tally.skips, `subject: ${blamed} took the process down first`);
  incrementForm(tally, c.call === undefined ? 'plain' : callFormName(c.call));
  for (const key of coverageKeys(c)) increment(tally.coverage, key);
  for (const key of widthKeys(c)) increment(tally.widths, key);
  return tally;
}
