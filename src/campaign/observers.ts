/** What a campaign tells whoever started it, while it runs and at its end. Types only. */
import type { MachineRecord } from '../archive/machine-record.ts';
import type { CoverRecord } from '../archive/run-record.ts';
import type { Finding } from '../case/finding.ts';
import type { Break } from './breaker.ts';
import type { CampaignPlan } from './plan.ts';
import type { CampaignProgress } from './progress.ts';
import type { ReferenceState, Sighting, SubjectState } from '../examine/sighting.ts';
import type { Range } from '../examine/range.ts';
import type { Tally } from '../examine/tally.ts';

export type StopReason = 'runs' | 'time' | 'max-findings' | 'breaker' | 'interrupted';

export interface Progress {
  readonly cases: number;
  readonly elements: number;
  readonly seconds: number;
  readonly findings: number;
  readonly subjectFindings: number;
  /** Resident memory of the worker that has just answered. */
  readonly rssMb: number;
  /** How many machines judge it, and with how many worker processes; absent for one that is alone. */
  readonly fleet?: { readonly machines: number; readonly slots: number };
}

export interface Observers {
  /**
   * The workers have loaded what they were asked for, and the plan says which kernels are drawn. Throwing
   * here ends the campaign before its first case.
   */
  onReady?(ready: {
    readonly plan: CampaignPlan;
    readonly subject: SubjectState;
    readonly references: readonly ReferenceState[];
  }): void;
  onProgress?(progress: Progress): void;
  /** A new signature, or one whose lowest index came down. Called before anything is reported of it. */
  onFinding?(finding: Finding): void;
  /** About once a second: from here another process could go on. */
  onCheckpoint?(progress: CampaignProgress): void;
  /** Nothing has come back for a while: a sentence that names who is being waited for, and in which case. */
  onStall?(sentence: string): void;
  /** Findings did not come again in a fresh process, and what they need before them is sought: a sentence. */
  onSearch?(sentence: string): void;
  /** A worker was killed, and nobody is blamed yet: a sentence that says where. */
  onRetry?(sentence: string): void;
  /** How long that is; default 30 s. */
  readonly stallMs?: number;
  readonly interrupt?: AbortSignal;
}

export interface CampaignResult {
  /** The plan with its space settled: the kernels that were drawn, and what the subject supports. */
  readonly plan: CampaignPlan;
  /** The indices that were judged. */
  readonly covers: readonly CoverRecord[];
  readonly tally: Tally;
  /** One per signature, at its lowest index, with its count; ordered by signature. */
  readonly findings: readonly Finding[];
  readonly sightings: readonly Sighting[];
  readonly stoppedBy: StopReason;
  /** The failure that tripped the breaker, and whose it was; null where none did. */
  readonly brokenBy: Break | null;
  readonly seconds: number;
  readonly subject: SubjectState;
  readonly references: readonly ReferenceState[];
  /** How many worker processes there were, those that died or were renewed among them. */
  readonly workersStarted: number;
  /** How many of them have died, whoever is to blame; those of an earlier part of the run among them. */
  readonly workersDied: number;
  /** Ranges that were not judged, since whoever was asked them was gone again and again; absent for none. */
  readonly lost?: readonly Range[];
  /** The machines that judged it, where they were asked through a queue. */
  readonly machines?: readonly MachineRecord[];
}

/** What an earlier process left of the same plan. */
export interface Resumption {
  readonly progress: CampaignProgress;
  readonly findings: readonly Finding[];
}
