/** What the supervisor and a worker process say to each other. Plain data, in frames (src/connect). */
import type { CaseJson } from '../case/case-json.ts';
import type { Diagnosis } from '../case/diagnosis.ts';
import type { Finding } from '../case/finding.ts';
import type { Shard, Range } from '../examine/range.ts';
import type { Canary, CanaryEnd } from '../examine/canary.ts';
import type { AskedAgain } from '../examine/ask-again.ts';
import type { Explanation } from '../examine/explain.ts';
import type { ReferenceState, Sighting, SubjectState } from '../examine/sighting.ts';
import type { Tally } from '../examine/tally.ts';
import type { Connection } from '../case/connection.ts';
import type { SpaceSetup } from './space.ts';

/** All that a worker must know before its first job; the same for every worker of a campaign. */
export interface WorkerSetup extends SpaceSetup {
  /**
   * The subject as given on the command line; null for the default one.
   * Resolved against the working directory.
   */
  readonly subject: string | null;
  /** What the command line says beside it; absent where it says nothing. */
  readonly connection?: Connection;
  /** Names of the references to load; the worker says which it got. */
  readonly references: readonly string[];
  /** A decimal string in [0, 2^64). */
  readonly seed: string;
  /** Judged before anything is generated. */
  readonly corpus: readonly CaseJson[];
  /** Cases of the whole campaign, all shards together; null for no bound. */
  readonly runs: number | null;
  readonly shard: Shard;
  /** Resident memory in MB above which the process ends itself. */
  readonly rssLimitMb: number;
  readonly shrinkEvaluations: number;
  /** True where an index is not a case but a chain that climbs to the subject's worst (src/search). */
  readonly maximize: boolean;
  /** True where each case is judged by itself, and none in a column; absent where it is not said. */
  readonly oneByOne?: true;
}

/** What a worker process is told first. */
export interface WorkerStart extends WorkerSetup {
  /** The file where it writes what it is doing. */
  readonly journal: string;
  /** For a call of a subject beyond the worker's process: the worker's own are watched over from outside. */
  readonly caseTimeoutMs: number;
}

export type Job =
  /** A range of cases. */
  | (Range & {
      readonly kind: 'indices';
      /** Keys of stacks of this block that killed a worker: their cases are asked alone. */
      readonly unstacked: readonly string[];
      /** Lowest index seen of each signature: only a lower one is worth shrinking again. */
      readonly known: readonly (readonly [string, number])[];
      /** What is left of the campaign's time; null where it has no limit. */
      readonly leftMs: number | null;
    })
  /** One case with everything that can be said of it, after the cases that it needs before it. */
  | { readonly kind: 'explain'; readonly case: CaseJson; readonly preceded?: Preceded }
  /** The case of a finding, of the subject alone: does it diverge as it did? */
  | {
      readonly kind: 'ask-again';
      readonly finding: Finding;
      readonly preceded: Preceded;
      readonly which: 'minimal' | 'original';
      /** The most times that it is asked, until it does. */
      readonly asksMax: number;
      /** What is asked after each time that it did not. */
      readonly between?: CaseJson;
    }
  /** What can be told of the mistake behind a finding, by asking the subject more. */
  | { readonly kind: 'diagnose'; readonly finding: Finding }
  /** Cases of the campaign, asked of the subject: is what it does the same as before? */
  | { readonly kind: 'digest'; readonly indices: readonly number[] }
  /** The canary (src/examine/canary.ts), asked of everybody, but for the cases that have ended a process. */
  | { readonly kind: 'canary'; readonly ended: readonly CanaryEnd[] };

/** What the subject is asked before, and how long is waited for what that and the case leave behind. */
export interface Preceded {
  /** In this order: a case, or the index of one. */
  readonly before: readonly (CaseJson | number)[];
  /** How often all of them are asked. */
  readonly rounds: number;
  readonly lingerMs: number;
}

export const replyKinds: readonly Reply['kind'][] = [
  'ready',
  'failed',
  'batch',
  'explained',
  'asked-again',
  'digest',
  'diagnosed',
  'canary',
];

export type Reply =
  | {
      readonly kind: 'ready';
      readonly subject: SubjectState;
      readonly references: readonly ReferenceState[];
      readonly rssMb: number;
    }
  | {
      readonly kind: 'failed';
      readonly failure: 'usage' | 'infrastructure' | 'assertion';
      readonly message: string;
      /** Where the mistake was made, of an assertion. */
      readonly stack?: string;
    }
  | {
      readonly kind: 'batch';
      readonly tally: Tally;
      readonly sightings: readonly Sighting[];
      readonly findings: readonly Finding[];
      /**
       * The first index that was not judged, where the campaign's time was over before the end of the range;
       * absent where all of it was.
       */
      readonly endedBefore?: number;
      /** Resident memory of the process after the batch. */
      readonly rssMb: number;
    }
  | { readonly kind: 'explained'; readonly explanation: Explanation }
  | (AskedAgain & { readonly kind: 'asked-again' })
  | { readonly kind: 'diagnosed'; readonly diagnosis: Diagnosis }
  /** The same text where the subject did the same, bit for bit. */
  | { readonly kind: 'digest'; readonly text: string }
  | { readonly kind: 'canary'; readonly canary: Canary };

/** The answer to a job. */
export type Done = Exclude<Reply, { kind: 'ready' | 'failed' }>;
