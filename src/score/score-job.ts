/** What `score` has its process do, and what comes back. Plain data, sent by structured clone. */
import type { Failed } from '../worker/one-job.ts';
import type { ScoreRecord } from '../archive/score-record.ts';
import type { Progress, ScorePlan } from './run-score.ts';

export interface ScoreJob extends ScorePlan {
  /** Names, in the table's order. */
  readonly mutants: readonly string[];
}

export type ScoreReply =
  | { readonly kind: 'progress'; readonly progress: Progress }
  | { readonly kind: 'scored'; readonly record: ScoreRecord }
  | Failed;
