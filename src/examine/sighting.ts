/**
 * What a worker reports beside its counts: who is there, and which signatures were seen where. Plain data.
 */
import { largerRatio, type Ratio } from '../case/ratio.ts';
import type { Arithmetic, Supports } from '../contract/subject.ts';
import type { Format } from '../float/format.ts';

export interface ReferenceState {
  readonly name: string;
  readonly available: boolean;
  readonly version: string | null;
  readonly engine: string | null;
  /** Why it is not there, and what to do. */
  readonly reason: string | null;
  /** Where it follows other conventions than the contract's, in words: what is not asked of it. */
  readonly conventions?: string;
  /** The file or command that one of the user's own is; absent for those of the table. */
  readonly module?: string;
}

export interface SubjectState {
  readonly name: string;
  readonly version: string;
  /** `operation/direction` of each kernel that it exports. */
  readonly kernels: readonly string[];
  /** What it says that it supports; absent where it says nothing. */
  readonly supports?: Supports;
  /** What a kit says that it can hand to a kernel, where that is not every format. */
  readonly formats?: readonly Format[];
  /** What it declares of its arithmetic on halves; absent where it declares nothing. */
  readonly arithmetic?: Arithmetic;
  /** True where it says that it refuses invalid arguments; absent where it does not. */
  readonly refuses?: true;
  /** What computes below it, of a subject beyond the worker's process. */
  readonly engine?: string;
  /** Where it follows other conventions than the contract's, in words: what is not asked of it. */
  readonly conventions?: string;
}

/** How often a signature was seen in a job, first where, and how badly. */
export interface Sighting {
  readonly signature: string;
  readonly count: number;
  readonly lowestIndex: number;
  /** The largest over all its cases; not there where files of old do not say. */
  readonly ratio?: Ratio;
}

/** What both have seen of one signature: associative and commutative. */
export function sumOfSightings(a: Sighting, b: Sighting): Sighting {
  const ratio = largerRatio(a.ratio, b.ratio);
  return {
    signature: a.signature,
    count: a.count + b.count,
    lowestIndex: Math.min(a.lowestIndex, b.lowestIndex),
    ...(ratio === undefined ? {} : { ratio }),
  };
}
