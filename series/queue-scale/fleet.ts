/**
 * Machines whose slots judge nothing: each holds its job for as long as its pace would take, and says what
 * was recorded. All else of a machine is the real one.
 */
import { randomBytes } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import type { LastingSlot } from '../../src/campaign/lasting-slot.ts';
import { lengthOfAll } from '../../src/examine/range.ts';
import { Machine } from '../../src/queue/machine.ts';
import type { KeyNames } from '../../src/queue/names.ts';
import { planFrom, recordSchema } from '../../src/queue/record.ts';
import type { Server } from '../../src/queue/server.ts';
import type { Recording } from './recording.ts';
import { handedBack, replayOf } from './replay.ts';

export interface FleetOptions {
  readonly slots: number;
  readonly slotsOfMachine: number;
  /** Cases a second of one slot. */
  readonly pace: number;
  /** True where a job is held for no time at all. */
  readonly isHasty: boolean;
}

export interface Fleet {
  /** Slots that have work. */
  readonly busy: number;
  /** The most that had work at once. */
  readonly busyMax: number;
  /** Jobs that were done. */
  readonly done: number;
  /** Findings that were described. */
  readonly described: number;
  readonly notes: readonly string[];
  stop(): Promise<void>;
}

export async function startFleet(
  server: Server,
  keys: KeyNames,
  recording: Recording,
  { slots, slotsOfMachine, pace, isHasty }: FleetOptions,
): Promise<Fleet> {
  const { identity } = recording;
  await server.redis.set(keys.identity, JSON.stringify(identity), 'NX');
  const record = recordSchema.parse(JSON.parse((await server.redis.get(keys.record))!));
  const replay = replayOf(recording, Math.random);
  const leave = new AbortController();
  setMaxListeners(0, leave.signal); // of all machines
  const fleet = { busy: 0, busyMax: 0, done: 0, described: 0, notes: [] as string[] };
  const slot: LastingSlot = {
    async do({ ranges, known, interrupt }) {
      fleet.busyMax = Math.max(fleet.busyMax, ++fleet.busy);
      try {
        const seconds = lengthOfAll(ranges) / pace;
        const gained = replay({ ranges, known }, { seconds });
        // No two machines are equally fast.
        if (!isHasty)
          await pause(1000 * seconds * (0.9 + 0.2 * Math.random()), undefined, { signal: interrupt });
        fleet.done++;
        fleet.described += gained.findings.length;
        return gained;
      } catch {
        return handedBack(ranges);
      } finally {
        fleet.busy--;
      }
    },
    stop: () => undefined,
  };
  const own = { subject: null, workers: slotsOfMachine, rssLimitMb: null };
  const note = (sentence: string): void => {
    if (fleet.notes.length < 100) fleet.notes.push(sentence);
  };
  const works: Promise<unknown>[] = [];
  for (let left = slots; left > 0; left -= slotsOfMachine) {
    const machine = new Machine(server, {
      keys,
      setup: {
        ...own,
        slots: Math.min(left, slotsOfMachine),
        campaign: 'main',
        untilEnded: true,
        journalFolder: '',
      },
      observers: { onNote: note, leave: leave.signal },
      record,
      plan: planFrom(record, own),
      id: randomBytes(6).toString('hex'),
      own: identity,
      campaign: identity,
    });
    const mine = Array.from({ length: Math.min(left, slotsOfMachine) }, () => slot);
    works.push(
      machine
        .work(mine, () => Promise.reject(new Error('nothing is judged here')))
        .catch((error: unknown) => note(String(error))),
    );
    await pause(5);
  }
  return {
    get busy() {
      return fleet.busy;
    },
    get busyMax() {
      return fleet.busyMax;
    },
    get done() {
      return fleet.done;
    },
    get described() {
      return fleet.described;
    },
    get notes() {
      return fleet.notes;
    },
    async stop() {
      leave.abort();
      await Promise.allSettled(works);
    },
  };
}
