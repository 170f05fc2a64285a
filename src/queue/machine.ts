/**
 * One machine at work for one campaign: it takes jobs, has them judged in its slots, sends what they say, and
 * says every other second that it is there.
 */
import { hostname } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { parseData } from '../case/parse-data.ts';
import { InfrastructureError, UsageError } from '../contract/failure.ts';
import { confirmApart, type Gained, type LastingSlot, type RangeJob } from '../campaign/lasting-slot.ts';
import type { CampaignPlan } from '../campaign/plan.ts';
import { unlessAborted } from '../campaign/unless-aborted.ts';
import { fromStored } from '../campaign/progress.ts';
import type { startWorker } from '../worker/supervise.ts';
import { handBackIn } from './hand-back.ts';
import { machineHere, type Identity } from './identity.ts';
import { confirmId, jobSchema, rangesText, strangerIn, type JudgeJob } from './job.ts';
import { removeLeftovers } from './leftovers.ts';
import type { JobLike, WorkerLike } from './libraries.ts';
import {
  askedIn,
  bodiesOf,
  bodiesOfConfirmed,
  packed,
  toConfirmSchema,
  unpacked,
  type Body,
  type Envelope,
} from './message.ts';
import { jobsQueue, resultsQueue, type KeyNames } from './names.ts';
import { newPace } from './pace.ts';
import type { CampaignRecord } from './record.ts';
import type { Server } from './server.ts';
import type { MachineStanding } from './standing.ts';
import { heartbeatMs, lockMs, machineMs, stallsMax } from './timing.ts';
import { watchCampaign } from './watch-campaign.ts';
import { machineRecordOf } from './why-differs.ts';

/** What a machine brings along. */
export interface MachineSetup extends Pick<CampaignPlan, 'subject' | 'connection'> {
  readonly slots: number;
  /** Null: what the campaign says. */
  readonly rssLimitMb: number | null;
  readonly campaign: string;
  /** Whether it leaves once a campaign has ended, or waits for the next one of that name. */
  readonly untilEnded: boolean;
  readonly journalFolder: string;
}

export interface MachineObservers {
  onNote(sentence: string): void;
  /** About each second while it works. */
  onProgress?(standing: MachineStanding): void;
  /** Aborted where it is to hand back what it does, and leave. */
  readonly leave: AbortSignal;
}

export interface Surroundings {
  readonly keys: KeyNames;
  readonly setup: MachineSetup;
  readonly observers: MachineObservers;
}

export interface MachineParts extends Surroundings {
  readonly record: CampaignRecord;
  readonly plan: CampaignPlan;
  readonly id: string;
  readonly own: Identity;
  readonly campaign: Identity;
}

/** Does the jobs of one campaign. */
export class Machine {
  readonly #server: Server;
  readonly #parts: MachineParts;
  readonly #began = performance.now();
  readonly #doing = new Map<string, string>();
  #cases = 0;
  readonly #pace = newPace();

  constructor(server: Server, parts: MachineParts) {
    this.#server = server;
    this.#parts = parts;
    this.#pace.at(0, 0);
  }

  async work(slots: readonly LastingSlot[], start: typeof startWorker): Promise<'ended' | 'left'> {
    const { keys, record, observers } = this.#parts;
    const server = this.#server;
    const free = [...slots];
    const handBack = handBackIn();
    const fault = new AbortController();
    const ended = deferred<'ended'>();
    const watch = watchCampaign(server, keys, {
      run: record.run,
      onPhase(phase) {
        handBack.on(phase);
        if (phase === 'ended') ended.resolve('ended');
      },
    });
    const results = this.#resultsQueue();
    const signal = endOf(ended.promise);
    const send = async (job: string, bodies: readonly Body[]): Promise<void> => {
      for (const body of bodies) {
        const envelope: Envelope = { run: record.run, job, body: packed(body) };
        await server.untilAccepted(() => results.add(body.kind, envelope), { signal });
      }
    };
    const perform = async (job: JobLike): Promise<void> => {
      const asked = parseData(jobSchema, job.data, { name: 'a job' });
      if (asked.run !== record.run || job.id === undefined) return;
      if (asked.kind === 'confirm') return send(confirmId, await this.#confirm(start));
      const slot = free.pop();
      if (slot === undefined)
        throw new InfrastructureError('a worker was handed more jobs than it has slots');
      try {
        const interrupt = AbortSignal.any([handBack.signal, observers.leave, fault.signal]);
        await send(job.id, await this.#judge(job.id, asked, { slot, watch, interrupt }));
      } catch (error) {
        // Whoever cannot judge takes no other job, or it would fail them all.
        if (error instanceof SlotError) fault.abort(error.cause);
        throw error;
      } finally {
        free.push(slot);
      }
    };
    const worker = this.#worker(perform, slots.length);
    const heart = setInterval(() => void this.#beat().catch((error) => server.tell(error)), heartbeatMs);
    try {
      const { leave } = observers;
      const beat = server.untilAccepted(() => this.#beat(), { signal: leave });
      await unlessAborted(beat, leave); // a server that is away keeps nobody
      const how = await unlessAborted(unlessAborted(ended.promise, fault.signal), leave);
      if (fault.signal.aborted) throw fault.signal.reason;
      return how === 'ended' ? 'ended' : 'left';
    } finally {
      // Waits for what is being done: it is handed back as it is.
      await server.closeWorker(worker, { withinMs: closeMs(this.#parts.plan) });
      watch.stop();
      clearInterval(heart);
      await Promise.race([this.#goodbye(), pause(goodbyeMs, undefined, { ref: false })]).catch(
        () => undefined,
      );
      await results.close();
    }
  }

  #resultsQueue(): { add(name: string, data: unknown): Promise<unknown>; close(): Promise<void> } {
    const { Queue } = this.#server.libraries.bullmq;
    const queue = new Queue(resultsQueue, {
      connection: this.#server.redis,
      prefix: this.#parts.keys.prefix,
      streams: { events: { maxLen: 100 } },
      defaultJobOptions: { attempts: 1, removeOnComplete: true, removeOnFail: true },
    });
    return queue.on('error', (error) => this.#server.tell(error));
  }

  #worker(perform: (job: JobLike) => Promise<void>, concurrency: number): WorkerLike {
    const { Worker } = this.#server.libraries.bullmq;
    const { observers, keys } = this.#parts;
    const lockDuration = lockMs(process.env);
    const worker: WorkerLike = new Worker(
      jobsQueue,
      async (job: JobLike) => {
        try {
          await perform(job);
        } catch (error) {
          observers.onNote(`a job was not done: ${(error as Error).message}`);
          throw error;
        }
      },
      {
        connection: this.#server.connection(),
        prefix: keys.prefix,
        concurrency,
        lockDuration,
        stalledInterval: lockDuration / 2,
        maxStalledCount: stallsMax,
      },
    );
    this.#server.restWhileRefused(worker);
    return worker;
  }

  async #judge(
    id: string,
    { ranges, unstacked }: JudgeJob,
    {
      slot,
      watch,
      interrupt,
    }: {
      readonly slot: LastingSlot;
      readonly watch: ReturnType<typeof watchCampaign>;
      readonly interrupt: AbortSignal;
    },
  ): Promise<readonly Body[]> {
    const stranger = strangerIn(ranges, this.#parts.plan);
    if (stranger !== null)
      throw new UsageError(
        `a job has the cases ${rangesText([stranger])}, which are no part of the campaign`,
      );
    this.#doing.set(id, rangesText(ranges));
    const before = { cases: 0 };
    const countTo = (cases: number): void => {
      this.#cases += cases - before.cases;
      before.cases = cases;
    };
    try {
      const gained = await doneBy(slot, {
        ranges: ranges.map(fromStored),
        known: watch.known,
        unstacked: new Map(unstacked),
        leftMs: watch.leftMs(),
        interrupt,
        onCases: countTo,
      });
      countTo(gained.tally.cases);
      return bodiesOf(gained);
    } finally {
      this.#doing.delete(id);
    }
  }

  async #confirm(start: typeof startWorker): Promise<readonly Body[]> {
    const { keys, plan, own, setup, observers } = this.#parts;
    const bytes = await this.#server.redis.getBuffer(keys.confirm);
    if (bytes === null)
      throw new InfrastructureError('the findings that are to be asked again are not there');
    const asked = unpacked(bytes, { schema: toConfirmSchema, name: 'what is to be asked again' });
    this.#doing.set(confirmId, 'asking findings again');
    try {
      const confirmed = await confirmApart(
        plan,
        { onSearch: observers.onNote, interrupt: observers.leave },
        {
          journalFolder: setup.journalFolder,
          startWorker: start,
          participants: own,
          before: new Map(asked.before.map(([signature, ranges]) => [signature, askedIn(ranges)])),
        },
        asked,
      );
      // Then they are told as they were, not asked: another machine is to do it.
      if (observers.leave.aborted)
        throw new InfrastructureError('this worker is leaving, and another one asks the findings again');
      return bodiesOfConfirmed(confirmed);
    } finally {
      this.#doing.delete(confirmId);
    }
  }

  async #beat(): Promise<void> {
    const { keys, id, observers } = this.#parts;
    const standing = this.#standing();
    observers.onProgress?.(standing);
    await this.#server.redis.set(keys.machine(id), JSON.stringify(standing), 'PX', machineMs);
  }

  #standing(): MachineStanding {
    const { id, setup, own, campaign } = this.#parts;
    const seconds = (performance.now() - this.#began) / 1000;
    const { canary } = machineRecordOf(campaign, own, id);
    const jobs = [...this.#doing.values()];
    return {
      id,
      name: `${hostname()}-${process.pid}`.slice(0, 200),
      slots: setup.slots,
      cases: this.#cases,
      seconds,
      rate: this.#pace.at(seconds, this.#cases),
      job: jobs.length === 0 ? null : jobs.join('; ').slice(0, 900),
      ...machineHere(),
      ...(canary === undefined ? {} : { canary }),
      module: setup.subject?.slice(0, 900) ?? null,
    };
  }

  async #goodbye(): Promise<void> {
    const { keys, id, record } = this.#parts;
    await this.#server.redis.del(keys.machine(id));
    await removeLeftovers(this.#server, keys, record);
  }
}

const goodbyeMs = 1_000;

/** A slot has no worker process, and gets none. */
class SlotError extends Error {}

async function doneBy(slot: LastingSlot, job: RangeJob): Promise<Gained> {
  try {
    return await slot.do(job);
  } catch (error) {
    throw new SlotError((error as Error).message, { cause: error });
  }
}

/** A batch, the call that it may hang in, and the way of its result. */
function closeMs({ caseTimeoutMs }: CampaignPlan): number {
  return 3 * caseTimeoutMs + 10_000;
}

function endOf(ended: Promise<unknown>): AbortSignal {
  const controller = new AbortController();
  void ended.then(() => controller.abort());
  return controller.signal;
}

/** A promise that somebody else resolves. */
function deferred<T>(): { readonly promise: Promise<T>; resolve(value: T): void } {
  let resolve: (value: T) => void = () => undefined;
  const promise = new Promise<T>((settle) => (resolve = settle));
  return { promise, resolve: (value) => resolve(value) };
}
