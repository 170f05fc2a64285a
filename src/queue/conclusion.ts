/**
 * The end of a campaign on a queue: what is under way comes back, and the subject's findings are asked again.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { uniteMachines, type MachineRecord } from '../archive/machine-record.ts';
import type { CampaignResult } from '../campaign/observers.ts';
import { toStored } from '../campaign/progress.ts';
import { resultOf } from '../campaign/state.ts';
import { toConfirm } from './headquarters.ts';
import { confirmId, type QueueJob } from './job.ts';
import type { NamedSubject } from './named-subject.ts';
import { slotsOf, type Course, type Office } from './office.ts';
import { confirmMs, handBackMs } from './patience.ts';
import { look } from './rounds.ts';
import type { MachineStanding } from './standing.ts';
import { tickMs } from './timing.ts';

/** So long is waited for a machine to ask the findings again where none is there. */
const confirmAloneMs = 20_000;

/** What is being done comes back as far as it is done; what nobody has begun stays to be done. */
export async function handBack(office: Office, course: Course): Promise<void> {
  const { quarters, desk, lock, within, coordination } = office;
  const { stoppedBy, plan } = coordination.state;
  const graceMs = stoppedBy === 'interrupted' ? handBackMs : handBackMs + plan.caseTimeoutMs;
  const until = performance.now() + graceMs;
  await within(quarters.say('handing-back'));
  await within(desk.drain());
  do {
    await pause(tickMs);
    await within(lock.renew());
    course.counts = await within(desk.counts());
  } while (course.counts.active + course.counts.results > 0 && performance.now() < until);
}

/** The result with the findings of the subject asked again, by a machine. */
export async function confirmed(office: Office, course: Course): Promise<CampaignResult> {
  const { quarters, desk, within, coordination, gatherer, observers, choices } = office;
  const { state } = coordination;
  gatherer.close();
  const result = resultOf(state);
  const own = result.findings.filter(({ blame }) => blame === 'subject');
  if (own.length === 0 || result.stoppedBy === 'interrupted') return result;
  const before = [...state.before].map(([signature, asked]) => [signature, asked.map(toStored)] as const);
  await within(quarters.ask(toConfirm(own, { sightings: result.sightings, before })));
  await within(quarters.say('confirming'));
  const job: QueueJob = { kind: 'confirm', run: choices.run };
  await within(desk.hand([{ id: confirmId, job }]));
  const began = performance.now();
  let seenAt = began;
  while (gatherer.confirmed() === null && observers.interrupt?.aborted !== true) {
    const now = performance.now();
    if (course.machines.length > 0) seenAt = now;
    const failed = course.counts.failed > 0 ? await within(desk.takeFailed()) : [];
    if (failed.some(({ id }) => id === confirmId) || now - seenAt > confirmAloneMs || now - began > confirmMs)
      break;
    await within(look(office, course));
    await pause(tickMs);
  }
  const answer = gatherer.confirmed();
  if (answer === null) {
    observers.onNote('the findings were not asked again in a fresh process: no worker came back with them');
    return result;
  }
  const names = new Set(own.map(({ signature }) => signature));
  return {
    ...result,
    findings: [...result.findings.filter(({ blame }) => blame !== 'subject'), ...answer.findings].sort(
      bySignature,
    ),
    sightings: [
      ...result.sightings.filter(({ signature }) => !names.has(signature)),
      ...answer.sightings,
    ].sort(bySignature),
  };
}

function bySignature(a: { readonly signature: string }, b: { readonly signature: string }): number {
  return a.signature < b.signature ? -1 : 1;
}

export function withMachines(
  result: CampaignResult,
  { seen }: Course,
  { setup }: NamedSubject,
): CampaignResult {
  const machines = uniteMachines([...seen.values()].map(machineRecordOf));
  return {
    ...result,
    plan: {
      ...result.plan,
      ...setup,
      workers: Math.max(1, slotsOf(seen.values())),
    },
    machines,
  };
}

function machineRecordOf({ node, v8, platform, cpu, canary, name }: MachineStanding): MachineRecord {
  return { node, v8, platform, cpu, names: [name], ...(canary === undefined ? {} : { canary }) };
}
