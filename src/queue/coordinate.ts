/**
 * A campaign whose cases are judged by machines that take their share from a queue: this process hands out,
 * gathers and writes; it loads no subject and judges nothing.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { InfrastructureError, UsageError } from '../contract/failure.ts';
import { countOfCauses, countOfSubject } from '../campaign/findings.ts';
import type { CampaignResult, Observers, Resumption } from '../campaign/observers.ts';
import type { QueueChoices } from '../campaign/plan-file.ts';
import type { CampaignPlan } from '../campaign/plan.ts';
import { whyOver } from '../campaign/schedule.ts';
import { askedOf, participantsOf, progressOf, resultOf, stateOf, type State } from '../campaign/state.ts';
import { toStored } from '../campaign/progress.ts';
import { lengthOf } from '../examine/range.ts';
import { settledSpace } from '../worker/space.ts';
import { uniteMachines, type MachineRecord } from '../archive/machine-record.ts';
import { coordinationOf, dueJobs, giveUp, judgeJob, type Coordination } from './coordination.ts';
import { takeCoordinatorLock } from './coordinator-lock.ts';
import { openDesk, type Desk, type JobCounts } from './desk.ts';
import { machinesOf } from './fleet.ts';
import { gathererFor, type Gatherer } from './gather.ts';
import { clearCampaign, headquartersOn, toConfirm, type Headquarters } from './headquarters.ts';
import { readIdentity, type Identity } from './identity.ts';
import { confirmId, rangesText, type QueueJob } from './job.ts';
import type { Server } from './server.ts';
import type { MachineStanding, Standing } from './standing.ts';
import { reconcileMs, standingMs, tickMs } from './timing.ts';

export interface CoordinatorObservers extends Observers {
  /** A sentence of what people should know. */
  onNote(sentence: string): void;
  /** About once a second: who is there. */
  onMachines?(machines: readonly MachineStanding[]): void;
  /** The run's folder, once there is one: for people who ask where it is written. */
  readonly path: () => string | null;
}

export interface Coordinated {
  readonly server: Server;
  readonly choices: QueueChoices;
  readonly resumption: Resumption | null;
}

/** So long may what was interrupted or is over take to come back. */
const handBackMs = 3_000;
/** So long is waited for a machine to ask the findings again, where none is there; and in all. */
const [confirmAloneMs, confirmMs] = [20_000, 300_000];
/** A server that is not there for so long ends the campaign, which can be resumed. */
const awayMs = 600_000;
/** What the end may take where the server does not answer. */
const endMs = 5_000;
/** Nobody has come: said again after so long. */
const lonelyMs = 30_000;

/**
 * Hands the plan to whoever comes, and gathers it.
 * @returns null where it was interrupted before a machine came.
 * @throws UsageError where the campaign is another process's, or the machines are not those of the run that
 * is
 *   resumed; InfrastructureError where the server is gone for good.
 */
export async function coordinate(
  plan: CampaignPlan,
  observers: CoordinatorObservers,
  { server, choices, resumption }: Coordinated,
): Promise<CampaignResult | null> {
  const quarters = headquartersOn(server, choices);
  const patience = patienceWith(observers, plan);
  const { within } = patience;
  const lock = await takeCoordinatorLock(server.redis, quarters.keys.lock, choices);
  let desk: Desk | null = null;
  try {
    if (resumption === null) await within(clearCampaign(server, quarters.keys));
    await within(quarters.begin(plan));
    const identity = await firstIdentity(quarters, { observers, lock, plan });
    if (identity === null) return null;
    patience.begin();
    const state = stateFor(plan, observers, { identity, resumption });
    observers.onReady?.({ ...participantsOf(state), plan: state.plan });
    const coordination = coordinationOf(state, choices);
    const gatherer = gathererFor(coordination, { run: choices.run, onNote: observers.onNote });
    desk = await openDesk(server, quarters.keys, async (data) => gatherer.take(data));
    const office = { server, quarters, desk, gatherer, coordination, observers, choices, plan, lock, within };
    return await conduct(office);
  } finally {
    patience.end();
    await atMost(endMs, endOf(quarters, desk, lock));
  }
}

interface Office {
  readonly server: Server;
  readonly quarters: Headquarters;
  readonly desk: Desk;
  readonly gatherer: Gatherer;
  readonly coordination: Coordination;
  readonly observers: CoordinatorObservers;
  readonly choices: QueueChoices;
  /** As the record has it. */
  readonly plan: CampaignPlan;
  readonly lock: { renew(): Promise<void> };
  readonly within: Patience['within'];
}

/** What changes while it goes on. */
interface Course {
  counts: JobCounts;
  machines: readonly MachineStanding[];
  /** All that were ever there, by their ids. */
  readonly seen: Map<string, MachineStanding>;
  /** Jobs that were nowhere when they were looked for last. */
  missing: ReadonlySet<string>;
  standingAt: number;
  reconciledAt: number;
  /** Cases, and when, of late. */
  pace: readonly (readonly [seconds: number, cases: number])[];
}

async function conduct(office: Office): Promise<CampaignResult> {
  const { coordination, within, quarters, observers } = office;
  const { state } = coordination;
  const course: Course = {
    counts: { waiting: 0, active: 0, failed: 0, results: 0 },
    machines: [],
    seen: new Map(),
    missing: new Set(),
    standingAt: -Infinity,
    reconciledAt: performance.now(),
    pace: [],
  };
  // What came back while nobody coordinated is taken first, or it would be judged again.
  do {
    course.counts = await within(office.desk.counts());
    if (course.counts.results > 0) await pause(tickMs / 4);
  } while (course.counts.results > 0);
  await within(quarters.say('running'));
  while ((state.stoppedBy ??= whyOver(state)) === null) {
    await within(look(office, course));
    await within(handOut(office, course));
    if (state.inFlight.size === 0) break;
    await pause(tickMs);
  }
  state.stoppedBy ??= 'runs';
  if (state.inFlight.size > 0) await handBack(office, course);
  observers.onCheckpoint?.(progressOf(state));
  const result = await confirmed(office, course);
  await within(tell(office, course));
  return withMachines(result, course);
}

/** Counts, machines, what is known, where it stands; and what became of jobs that nothing came of. */
async function look(office: Office, course: Course): Promise<void> {
  const { desk, server, quarters, gatherer, observers, lock } = office;
  const now = performance.now();
  if (now - course.standingAt < standingMs) return;
  course.standingAt = now;
  await lock.renew();
  // A server that has forgotten everything is told everything again.
  if (await quarters.begin(office.plan)) observers.onNote('the queue is told of the campaign anew');
  course.counts = await desk.counts();
  course.machines = await machinesOf(server.redis, quarters.keys);
  for (const machine of course.machines) course.seen.set(machine.id, machine);
  observers.onMachines?.(course.machines);
  const known = gatherer.known();
  if (known !== null) await quarters.publish(known);
  await tell(office, course);
  if (now - course.reconciledAt < reconcileMs) return;
  course.reconciledAt = now;
  await reconcile(office, course);
}

async function handOut({ coordination, desk, choices, observers }: Office, course: Course): Promise<void> {
  const { state } = coordination;
  const jobs = dueJobs(coordination, { slots: slotsOf(course), leftSeconds: leftSecondsOf(state) });
  if (jobs.length === 0) return;
  // Whoever resumes knows of each job that anybody may have.
  observers.onCheckpoint?.(progressOf(state));
  await desk.hand(jobs.map(({ id, ranges }) => ({ id, job: judgeJob(coordination, choices.run, ranges) })));
}

function slotsOf({ machines }: Course): number {
  return machines.reduce((sum, { slots }) => sum + slots, 0);
}

function leftSecondsOf({ plan: { timeMs }, start }: State): number | null {
  return timeMs === null ? null : Math.max(0, (start + timeMs - performance.now()) / 1000);
}

/** Jobs that were given up are asked in parts, or are lost; those that are nowhere are handed out again. */
async function reconcile({ desk, coordination, choices, observers }: Office, course: Course): Promise<void> {
  const { state } = coordination;
  if (course.counts.failed > 0) {
    for (const { id, why } of await desk.takeFailed()) {
      const lost = giveUp(coordination, id);
      if (lost.length > 0)
        observers.onNote(
          `lost: the cases ${rangesText(lost.map(toStored))}, since nobody came back with them: ${why}`,
        );
    }
  }
  const { waiting, active, results } = course.counts;
  if (results > 0 || waiting + active >= state.inFlight.size) {
    course.missing = new Set();
    return;
  }
  const missing: string[] = [];
  for (const id of state.inFlight.keys())
    if (typeof id === 'string' && !(await desk.isThere(id))) missing.push(id);
  const again = missing.filter((id) => course.missing.has(id) && state.inFlight.has(id));
  course.missing = new Set(missing.filter((id) => !again.includes(id)));
  const jobs = again.map((id) => ({ id, job: judgeJob(coordination, choices.run, state.inFlight.get(id)!) }));
  if (jobs.length > 0) await desk.hand(jobs);
}

/** What is being done comes back as far as it is done; what nobody has begun stays to be done. */
async function handBack(office: Office, course: Course): Promise<void> {
  const { quarters, desk, within, coordination } = office;
  const { stoppedBy, plan } = coordination.state;
  const graceMs = stoppedBy === 'interrupted' ? handBackMs : handBackMs + plan.caseTimeoutMs;
  const until = performance.now() + graceMs;
  await within(quarters.say('handing-back'));
  await within(desk.drain());
  do {
    await pause(tickMs);
    course.counts = await within(desk.counts());
  } while (course.counts.active + course.counts.results > 0 && performance.now() < until);
}

/** The result with the findings of the subject asked again, by a machine. */
async function confirmed(office: Office, course: Course): Promise<CampaignResult> {
  const { quarters, desk, within, coordination, gatherer, observers, choices } = office;
  const { state } = coordination;
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

function withMachines(result: CampaignResult, { seen }: Course): CampaignResult {
  const machines = uniteMachines([...seen.values()].map(machineRecordOf));
  const module = [...seen.values()].find((machine) => machine.module !== null)?.module ?? null;
  return {
    ...result,
    // For what people read: nothing is loaded because of it.
    plan: {
      ...result.plan,
      subject: module,
      workers: Math.max(1, slotsOf({ machines: [...seen.values()] } as unknown as Course)),
    },
    machines,
  };
}

function machineRecordOf({ node, v8, platform, cpu, canary, name }: MachineStanding): MachineRecord {
  return { node, v8, platform, cpu, names: [name], ...(canary === undefined ? {} : { canary }) };
}

async function tell({ quarters, coordination, choices, observers }: Office, course: Course): Promise<void> {
  const { state } = coordination;
  const { plan, gathered, start } = state;
  const { cases, elements } = gathered.tally;
  const seconds = (performance.now() - start) / 1000;
  course.pace = [...course.pace.filter(([at]) => at > seconds - paceSeconds), [seconds, cases]];
  const standing: Standing = {
    run: choices.run,
    seed: plan.seed,
    runs: plan.runs,
    timeMs: plan.timeMs,
    cases,
    elements,
    seconds,
    rate: rateOf(course.pace),
    findings: gathered.findings.size,
    subjectFindings: countOfSubject(gathered),
    causes: countOfCauses(gathered),
    jobs: { waiting: course.counts.waiting, active: course.counts.active },
    machines: course.machines.length,
    slots: slotsOf(course),
    lost: state.lost.reduce((sum, range) => sum + lengthOf(range), 0),
    phase: state.stoppedBy === null ? 'running' : 'handing-back',
    stoppedBy: state.stoppedBy,
    path: observers.path(),
  };
  await quarters.tell(standing);
  observers.onProgress?.({
    cases,
    elements,
    seconds,
    findings: standing.findings,
    subjectFindings: standing.subjectFindings,
    rssMb: 0,
    fleet: { machines: standing.machines, slots: standing.slots },
  });
}

const paceSeconds = 30;

function rateOf(pace: Course['pace']): number {
  const [first, last] = [pace[0], pace.at(-1)];
  if (first === undefined || last === undefined || last[0] === first[0]) return 0;
  return (last[1] - first[1]) / (last[0] - first[0]);
}

/** Waits for the first machine, and says so now and then; null where it is interrupted before that. */
async function firstIdentity(
  quarters: Headquarters,
  { observers, lock, plan }: { observers: CoordinatorObservers; lock: Office['lock']; plan: CampaignPlan },
): Promise<Identity | null> {
  let [lonelyAt, renewedAt] = [-Infinity, performance.now()];
  for (;;) {
    const text = await quarters.identity();
    if (text !== null) return readIdentity(text);
    if (observers.interrupt?.aborted === true) return null;
    const now = performance.now();
    if (now - lonelyAt > lonelyMs) {
      lonelyAt = now;
      observers.onNote('waiting for the first worker: logitfuzz worker --queue … --subject …');
    }
    if (now - renewedAt > standingMs) {
      renewedAt = now;
      await lock.renew();
      await quarters.begin(plan);
    }
    await pause(tickMs);
  }
}

function stateFor(
  plan: CampaignPlan,
  observers: CoordinatorObservers,
  { identity, resumption }: { readonly identity: Identity; readonly resumption: Resumption | null },
): State {
  const { onProgress: _, ...rest } = observers; // told from here, with the machines
  const state = stateOf(settledSpace(plan, identity.subject), rest, {
    journalFolder: '',
    resumption,
    startWorker: () => Promise.reject(new Error('a coordinator starts no worker')),
  });
  const { subject, references } = identity;
  const asked = askedOf({ subject, references }).join(', ');
  const before = state.askedBefore?.join(', ');
  if (before !== undefined && before !== asked)
    throw new UsageError(
      `the run was made with ${before}, and the workers have ${asked}: it cannot be resumed`,
    );
  state.participants = { subject, references };
  return state;
}

interface Patience {
  /** From here on its time passes. */
  begin(): void;
  /** What it is, unless the campaign is over before the server answers: then it throws. */
  within<T>(asked: Promise<T>): Promise<T>;
  end(): void;
}

/**
 * A server that does not answer keeps nobody waiting beyond an interruption, the campaign's time, or minutes.
 */
function patienceWith({ interrupt }: Observers, { timeMs, caseTimeoutMs }: CampaignPlan): Patience {
  const over = new AbortController();
  const timers: NodeJS.Timeout[] = [];
  const graceMs = handBackMs + caseTimeoutMs + endMs;
  const later = (ms: number): void => {
    if (ms < 2 ** 31) timers.push(setTimeout(() => over.abort(), ms));
  };
  const interrupted = (): void => later(2 * handBackMs);
  if (interrupt?.aborted === true) interrupted();
  else interrupt?.addEventListener('abort', interrupted, { once: true });
  return {
    begin() {
      if (timeMs !== null) later(timeMs + graceMs + confirmMs);
    },
    async within(asked) {
      let stop = (): void => undefined;
      const late = new Promise<never>((_, reject) => {
        const timer = setTimeout(() => reject(goneFor()), awayMs);
        const abort = (): void => reject(goneFor());
        over.signal.addEventListener('abort', abort, { once: true });
        stop = () => {
          clearTimeout(timer);
          over.signal.removeEventListener('abort', abort);
        };
        if (over.signal.aborted) abort();
      });
      try {
        return await Promise.race([asked, late]);
      } finally {
        stop();
      }
    },
    end() {
      for (const timer of timers) clearTimeout(timer);
      interrupt?.removeEventListener('abort', interrupted);
    },
  };
}

function goneFor(): InfrastructureError {
  return new InfrastructureError('the queue did not answer any more: the run can be resumed');
}

async function endOf(
  quarters: Headquarters,
  desk: Desk | null,
  lock: { release(): Promise<void> },
): Promise<void> {
  await quarters.end();
  await desk?.clear();
  await desk?.close();
  await lock.release();
}

async function atMost(ms: number, ending: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, ms)));
  try {
    await Promise.race([ending, late]);
  } catch {
    // The server is gone: what is left on it has a time to live, or the next run of that name clears it.
  } finally {
    clearTimeout(timer);
  }
}
