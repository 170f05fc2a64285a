/**
 * A campaign whose cases are judged by machines that take their share from a queue: this process hands out,
 * gathers and writes; it loads no subject and judges nothing.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { UsageError } from '../contract/failure.ts';
import type { CampaignResult, Resumption } from '../campaign/observers.ts';
import type { QueueChoices } from '../campaign/plan-file.ts';
import type { CampaignPlan } from '../campaign/plan.ts';
import { whyOver } from '../campaign/schedule.ts';
import { askedOf, participantsOf, progressOf, resultOf, stateOf, type State } from '../campaign/state.ts';
import type { SubjectSetup } from '../examine/finding-fields.ts';
import { settledSpace } from '../worker/space.ts';
import { confirmed, handBack, withMachines } from './conclusion.ts';
import { coordinationOf, expectBegun, handOutAnew } from './coordination.ts';
import { takeCoordinatorLock, type CoordinatorLock } from './coordinator-lock.ts';
import { openDesk, type Desk } from './desk.ts';
import { machinesOf } from './fleet.ts';
import { gathererFor } from './gather.ts';
import { clearCampaign, headquartersOn, type Headquarters } from './headquarters.ts';
import { readIdentity, type Identity } from './identity.ts';
import { newCourse, type CoordinatorObservers, type Course, type Office } from './office.ts';
import { namedSubject, type NamedSubject } from './named-subject.ts';
import { endMs, GoneError, patienceWith } from './patience.ts';
import { handOut, look, tell } from './rounds.ts';
import type { Server } from './server.ts';
import { lonelyMs, standingMs, tickMs } from './timing.ts';

export interface Coordinated {
  readonly server: Server;
  readonly choices: QueueChoices;
  /** How this process's own settings name the subject; its `subject` null where they do not. */
  readonly named: SubjectSetup;
  readonly resumption: Resumption | null;
}

/** So long is waited for the machines to leave a campaign that has ended; those that were killed do not. */
const leaveMs = 2_000;

/**
 * Hands the plan to whoever comes, and gathers it.
 * @returns null where it was interrupted before a machine came.
 * @throws UsageError where the campaign is another process's, or its machines are not those of the run;
 *   InfrastructureError where the server is gone for good.
 */
export async function coordinate(
  plan: CampaignPlan,
  observers: CoordinatorObservers,
  { server, choices, named: own, resumption }: Coordinated,
): Promise<CampaignResult | null> {
  const quarters = headquartersOn(server, choices, plan);
  const patience = patienceWith(observers, plan);
  const { within } = patience;
  const lock = await takeCoordinatorLock(server, quarters.keys.lock, choices);
  let desk: Desk | null = null;
  try {
    if (resumption === null) await within(clearCampaign(server, quarters.keys));
    await within(quarters.begin());
    const identity = await firstIdentity(quarters, { observers, lock, within });
    if (identity === null) return null;
    patience.begin();
    const state = stateFor(plan, observers, { identity, resumption });
    observers.onReady?.({ ...participantsOf(state), plan: state.plan });
    const coordination = coordinationOf(state, choices);
    expectBegun(coordination);
    const named = namedSubject(own, participantsOf(state));
    const { run } = choices;
    const gatherer = gathererFor(coordination, { run, onNote: observers.onNote, nameIn: named.nameIn });
    desk = await openDesk(server, quarters.keys, async (data) => {
      if (!named.isKnown) named.hear(await machinesOf(server.redis, quarters.keys));
      gatherer.take(data);
    });
    const office = { server, quarters, desk, gatherer, coordination, observers, choices, lock, within };
    return await conduct(office, named);
  } finally {
    patience.end();
    await atMost(endMs, endOf(server, quarters, desk, lock));
  }
}

async function conduct(office: Office, named: NamedSubject): Promise<CampaignResult> {
  const { coordination, gatherer, observers } = office;
  const { state } = coordination;
  const course = newCourse();
  try {
    await handAllOut(office, course);
    gatherer.check();
    observers.onCheckpoint?.(progressOf(state));
    const result = await confirmed(office, course);
    await office.within(tell(office, course));
    return withMachines(result, course, named);
  } catch (error) {
    // Whoever is told to end does so without the server; what was judged until then is whole.
    state.stoppedBy = whyOver(state);
    if (!(error instanceof GoneError) || state.stoppedBy === null) throw error;
    observers.onNote(`${error.message}; it is told of as it is`);
    return withMachines(resultOf(state), course, named);
  }
}

/** Until all is judged, or the campaign is over. */
async function handAllOut(office: Office, course: Course): Promise<void> {
  const { coordination, within, quarters } = office;
  const { state } = coordination;
  // What came back while nobody coordinated is taken first, or it would be judged again.
  do {
    course.counts = await within(office.desk.counts());
    if (course.counts.results > 0) await pause(tickMs / 4);
  } while (course.counts.results > 0);
  await within(office.desk.drain()); // jobs of the coordinator before, which nobody waits for
  handOutAnew(coordination);
  await within(quarters.say('running'));
  while ((state.stoppedBy ??= whyOver(state)) === null) {
    await within(look(office, course));
    await within(handOut(office, course));
    if (state.inFlight.size === 0) break;
    await pause(tickMs);
  }
  state.stoppedBy ??= 'runs';
  if (state.inFlight.size > 0) await handBack(office, course);
}

/** Waits for the first machine, and says so now and then; null where it is interrupted before that. */
async function firstIdentity(
  quarters: Headquarters,
  { observers, lock, within }: Pick<Office, 'observers' | 'lock' | 'within'>,
): Promise<Identity | null> {
  let [lonelyAt, renewedAt] = [-Infinity, performance.now()];
  for (;;) {
    const text = await within(quarters.identity());
    if (text !== null) return readIdentity(text);
    if (observers.interrupt?.aborted === true) return null;
    const now = performance.now();
    if (now - lonelyAt > lonelyMs) {
      lonelyAt = now;
      observers.onNote('waiting for the first worker: logitfuzz worker --queue … --subject …');
    }
    if (now - renewedAt > standingMs) {
      renewedAt = now;
      await within(lock.renew());
      await within(quarters.begin());
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

/**
 * Each step whatever became of those before it: a Worker that is not closed keeps the process for ever. Of a
 * campaign that is another coordinator's by now nothing is touched.
 */
async function endOf(
  server: Server,
  quarters: Headquarters,
  desk: Desk | null,
  lock: CoordinatorLock,
): Promise<void> {
  const steps: readonly (() => Promise<void> | undefined)[] = (await lock.isOurs())
    ? [
        () => quarters.end(),
        () => machinesLeft(server, quarters),
        () => desk?.clear(),
        () => lock.release(), // from here on machines remove what comes too late
        () => desk?.close(),
      ]
    : [() => desk?.close()];
  for (const step of steps) await step()?.catch((error: unknown) => server.tell(error));
}

/**
 * A BullMQ Worker looks for stalled jobs now and then, and writes a key of the queue as it does: where that
 * comes after the queue was removed, the key is there for ever.
 */
async function machinesLeft({ redis }: Server, { keys }: Headquarters): Promise<void> {
  const until = performance.now() + leaveMs;
  while (performance.now() < until && (await machinesOf(redis, keys)).length > 0) await pause(tickMs / 2);
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
