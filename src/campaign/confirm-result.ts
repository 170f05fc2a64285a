/**
 * The result of a campaign once a fresh process was asked: its findings of the subject as they are then, some
 * of them diagnosed, and the sightings under the signatures that they have then.
 */
import type { Finding } from '../case/finding.ts';
import { standsBefore } from '../case/representative.ts';
import { caseFromJson } from '../case/case-json.ts';
import { sumOfSightings, type Sighting } from '../examine/sighting.ts';
import { confirmFindings, type Confirmed, type FreshDeath } from './confirm.ts';
import { batchOfDeath } from './death.ts';
import { diagnoseFindings } from './diagnose-findings.ts';
import { openFreshProcess } from './fresh-process.ts';
import type { CampaignResult } from './observers.ts';
import { participantsOf, type State } from './state.ts';
import { describeDeath } from '../worker/death.ts';

/** The most processes: half a minute or less, of a subject whose every finding depends on earlier calls. */
const startsMax = 40;
/** How long after its time a campaign that has one asks no more; what is not asked by then is told. */
const lateMs = 2_800;

/** What of a result is confirmed. */
export type ToConfirm = Pick<CampaignResult, 'findings' | 'sightings' | 'stoppedBy'>;

/** No process is started where the subject has no finding, or the campaign was interrupted. */
export async function confirmResult<T extends ToConfirm>(state: State, result: T): Promise<T> {
  const { plan, journalFolder, observers } = state;
  const own = result.findings.filter(({ blame }) => blame === 'subject');
  if (own.length === 0 || result.stoppedBy === 'interrupted') return result;
  const leftMs =
    plan.timeMs === null ? Infinity : Math.max(0, state.start + plan.timeMs + lateMs - performance.now());
  const process = openFreshProcess(
    { plan, journalFolder, start: state.startWorker },
    { startsMax, timeMs: leftMs, interrupt: observers.interrupt },
  );
  const deaths: FreshDeath[] = [];
  try {
    const confirmed = await confirmFindings(state, own, {
      process,
      onSearch: (count) => observers.onSearch?.(searchSentence(count)),
      onDeath: (death) => void deaths.push(death),
    });
    const whole = withConfirmed(result, confirmed, deathsAsFindings(state, deaths));
    return { ...whole, findings: await diagnoseFindings(whole.findings, process) };
  } finally {
    process.stop();
  }
}

function searchSentence(count: number): string {
  const which = count === 1 ? '1 finding is' : `${count} findings are`;
  return `earlier calls change what the subject does: ${which} asked again, each in processes of its own`;
}

/** A death is a finding of its own, as that of a worker is. */
function deathsAsFindings(state: State, deaths: readonly FreshDeath[]): readonly Finding[] {
  return deaths.flatMap(({ finding, outcome }) => {
    const at = { beat: 0, index: finding.index ?? 0, to: 0, stage: 'judge', place: 0 } as const;
    const whole =
      outcome.kind === 'timed-out'
        ? outcome
        : { ...outcome, detail: `${describeDeath(outcome)}, when it was asked again in a fresh process` };
    const lost = { at, case: caseFromJson(finding.minimal) };
    return batchOfDeath({ plan: state.plan, ...participantsOf(state) }, whole, lost).findings;
  });
}

function withConfirmed<T extends ToConfirm>(
  result: T,
  confirmed: readonly Confirmed[],
  deaths: readonly Finding[],
): T {
  const names = new Map(confirmed.map(({ was, now }) => [was.signature, now.signature]));
  const sightings = renamed(
    [
      ...result.sightings,
      ...deaths.map(({ signature, index }) => ({
        signature,
        count: 1,
        lowestIndex: index ?? 0,
        ratio: null,
      })),
    ],
    names,
  );
  const findings = new Map<string, Finding>();
  const others = result.findings.filter(({ blame }) => blame !== 'subject');
  for (const finding of [...others, ...confirmed.map(({ now }) => now), ...deaths]) {
    const before = findings.get(finding.signature);
    if (before === undefined || standsBefore(finding, before)) findings.set(finding.signature, finding);
  }
  // What keeps its name keeps its count: that of a breaker's one finding is of many signatures.
  const counted = [...findings.values()].map((finding) =>
    finding.seenAs === undefined && !deaths.includes(finding)
      ? finding
      : { ...finding, count: sightings.get(finding.signature)!.count },
  );
  return {
    ...result,
    findings: counted.sort(bySignature),
    sightings: [...sightings.values()].sort(bySignature),
  };
}

/** Two signatures that have one name now are seen as often as both; how badly, conduct does not say. */
function renamed(
  sightings: readonly Sighting[],
  names: ReadonlyMap<string, string>,
): ReadonlyMap<string, Sighting> {
  const all = new Map<string, Sighting>();
  for (const sighting of sightings) {
    const signature = names.get(sighting.signature) ?? sighting.signature;
    const own = signature === sighting.signature ? sighting : { ...sighting, signature, ratio: null };
    const before = all.get(signature);
    all.set(signature, before === undefined ? own : sumOfSightings(before, own));
  }
  return all;
}

function bySignature(a: { readonly signature: string }, b: { readonly signature: string }): number {
  return a.signature < b.signature ? -1 : 1;
}
