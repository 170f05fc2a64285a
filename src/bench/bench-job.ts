/** What `bench` has a process of its own do, and what comes back. Plain data, sent by structured clone. */
import type { Failed } from '../worker/one-job.ts';
import type { Direction, Operation } from '../contract/subject.ts';
import type { Format } from '../float/format.ts';
import type { Rate } from './rate.ts';

export type BenchJob =
  /** The loop that people write instead: examples/plain-loop. */
  | {
      readonly kind: 'plain';
      readonly references: readonly string[];
      readonly timeMs: number;
      readonly seed: string;
    }
  /** The harness without its process: what is left of a campaign when nothing is isolated. */
  | { readonly kind: 'unisolated'; readonly timeMs: number; readonly seed: string }
  /** How long one call takes. */
  | { readonly kind: 'kernels'; readonly shapes: readonly KernelShape[]; readonly timeMs: number };

export interface KernelShape {
  readonly shape: readonly number[];
  readonly axis: number;
}

/** What each kernel is timed in. */
export const timedFormat: Format = 'float32';

/** One call of one implementation. */
export interface KernelTiming extends KernelShape {
  readonly implementation: string;
  readonly operation: Operation;
  readonly direction: Direction;
  /** Median over the calls. */
  readonly microseconds: number;
  readonly calls: number;
  /**
   * Largest distance from the exact answer over the elements that are finite in both; null where there is
   * none, or the exact answer is not known to an eighth of an ULP.
   */
  readonly ulpsMax: number | null;
}

/** A peer that is not there. */
export interface AbsentPeer {
  readonly name: string;
  /** Why not, and what to do about it. */
  readonly reason: string;
}

export interface KernelTimings {
  readonly timings: readonly KernelTiming[];
  readonly absent: readonly AbsentPeer[];
}

export type BenchReply =
  { readonly kind: 'rate'; readonly rate: Rate } | ({ readonly kind: 'timings' } & KernelTimings) | Failed;
