/** What a process that looks for mutants is to do, and what it says. Plain data, sent by structured clone. */
import type { Failed } from '../../worker/one-job.ts';

/** Looked for in a stream of cases, by whoever it is. */
export type FindJob =
  /** This tool, from its first case on, in a process that has judged nothing before. */
  | { readonly kind: 'tool'; readonly mutant: string; readonly seed: string; readonly capSeconds: number }
  /** The loops in JavaScript, for all of the mutants together. */
  | {
      readonly kind: 'loops';
      readonly mutants: readonly string[];
      readonly seed: number;
      readonly capSeconds: number;
    }
  /** The loop in Python, likewise. */
  | {
      readonly kind: 'python';
      readonly mutants: readonly string[];
      readonly seed: number;
      readonly capSeconds: number;
      readonly python: string;
    };

/** One finder that looked for one mutant with one seed. */
export interface Search {
  readonly finder: string;
  readonly mutant: string;
  readonly seed: string;
  /** CPU seconds until it was found; null where that took more than the cap. */
  readonly cpuSeconds: number | null;
  /** It looked no longer than that. */
  readonly capSeconds: number;
  /** Those that called a kernel that the mutant changes in a loop; all, of the tool. */
  readonly cases: number;
}

/** What a loop makes of the sound kernels that the mutants are made of. */
export interface Alarms {
  readonly finder: string;
  readonly seed: string;
  readonly cases: number;
  /** Those on which it rejects them. */
  readonly alarms: number;
}

export type FindReply =
  | { readonly kind: 'searched'; readonly searches: readonly Search[]; readonly alarms: readonly Alarms[] }
  | Failed;
