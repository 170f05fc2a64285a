/** What a coordinator works with, and what changes while it does. Types, and what is counted of them. */
import type { Observers } from '../campaign/observers.ts';
import type { QueueChoices } from '../campaign/plan-file.ts';
import type { Coordination } from './coordination.ts';
import type { Desk, JobCounts } from './desk.ts';
import type { Gatherer } from './gather.ts';
import type { Headquarters } from './headquarters.ts';
import { newPace, type Pace } from './pace.ts';
import type { Patience } from './patience.ts';
import type { Server } from './server.ts';
import type { MachineStanding } from './standing.ts';

export interface CoordinatorObservers extends Observers {
  /** A sentence of what people should know. */
  onNote(sentence: string): void;
  /** About once a second: who is there. */
  onMachines?(machines: readonly MachineStanding[]): void;
  /** The run's folder, once there is one: for people who ask where it is written. */
  readonly path: () => string | null;
}

/** What a coordinator works with. */
export interface Office {
  readonly server: Server;
  readonly quarters: Headquarters;
  readonly desk: Desk;
  readonly gatherer: Gatherer;
  readonly coordination: Coordination;
  readonly observers: CoordinatorObservers;
  readonly choices: QueueChoices;
  readonly lock: { renew(): Promise<void> };
  readonly within: Patience['within'];
}

/** What changes while it goes on. */
export interface Course {
  counts: JobCounts;
  machines: readonly MachineStanding[];
  /** Worker processes of the machines that were there last: a busy fleet may be late to say that it is. */
  slots: number;
  /** When jobs were handed out last. */
  handedAt: number;
  /** All that were ever there, by their ids. */
  readonly seen: Map<string, MachineStanding>;
  /** Jobs that were nowhere when they were looked for last. */
  missing: ReadonlySet<string>;
  standingAt: number;
  /** When a machine was seen last, or it was said that none is there. */
  companyAt: number;
  reconciledAt: number;
  readonly pace: Pace;
}

export function newCourse(): Course {
  return {
    counts: { waiting: 0, active: 0, failed: 0, results: 0 },
    machines: [],
    slots: 0,
    handedAt: -Infinity,
    seen: new Map(),
    missing: new Set(),
    standingAt: -Infinity,
    companyAt: performance.now(),
    reconciledAt: performance.now(),
    pace: newPace(),
  };
}

/** Worker processes of all these machines. */
export function slotsOf(machines: Iterable<MachineStanding>): number {
  let sum = 0;
  for (const { slots } of machines) sum += slots;
  return sum;
}
