/**
 * One bucket of the sample of errors that a run keeps for its picture:
 * the element that came worst by its tolerance.
 */
import { z } from 'zod';

/**
 * What the cases of a bucket have in common: `width` is a lane's
 * length, `spread` its max − min, `magnitude` max |logit|.
 */
export const measures = ['magnitude', 'spread', 'width'] as const;
export type Measure = (typeof measures)[number];

export interface ErrorBucket {
  readonly cases: number;
  /**
   * Error of the element with the largest error ÷ careful
   * tolerance, in ULPs of the format at its exact answer.
   */
  readonly ulps: number;
  /** The careful tolerance of that very element, in the same ULPs. */
  readonly allowed: number;
  /** Cases in which a NaN or an infinity came where it is not due, or the reverse. */
  readonly notFinite: number;
}

/** An error and what was allowed. */
export type ErrorInUlps = Pick<ErrorBucket, 'ulps' | 'allowed'>;

/**
 * `operation/direction/format/measure/bucket/implementation`;
 * the bucket is floor(log2 of the measure), or `zero`.
 */
export type ErrorSample = Readonly<Record<string, ErrorBucket>>;

const count = z.number().min(0);
export const errorBucketSchema: z.ZodType<ErrorBucket> = z.strictObject({
  cases: count,
  ulps: count,
  allowed: count,
  notFinite: count,
});

/** Associative and commutative, as all that a run counts. */
export function sumOfBuckets(a: ErrorBucket, b: ErrorBucket): ErrorBucket {
  const { ulps, allowed } = isWorse(b, a) ? b : a;
  return { cases: a.cases + b.cases, ulps, allowed, notFinite: a.notFinite + b.notFinite };
}

/** A total order: of two without an error the tolerance decides, or the order of the work would. */
export function isWorse(a: ErrorInUlps, b: ErrorInUlps): boolean {
  const [one, other] = [excessOf(a), excessOf(b)];
  if (one !== other) return one > other;
  return a.ulps === b.ulps ? a.allowed > b.allowed : a.ulps > b.ulps;
}

/** Error ÷ tolerance; 0 where there is no error. */
export function excessOf({ ulps, allowed }: ErrorInUlps): number {
  return ulps === 0 ? 0 : ulps / allowed;
}
