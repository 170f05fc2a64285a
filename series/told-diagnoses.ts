/** What a diagnosis told of a mistake that is known, beside what it should have. */
import type { Diagnosis } from '../src/case/diagnosis.ts';
import type { StageName } from '../src/case/stage.ts';

/** A mistake that is known, and what was told of it. */
export interface Told {
  readonly name: string;
  /** Null where the mistake is of no stage, or of two. */
  readonly stage: StageName | null;
  readonly case: string;
  readonly diagnosis: Diagnosis;
  /** Whether it was held out when the first rules were written: see later-mistakes for what is now. */
  readonly isHeldOut: boolean;
}

export interface DiagnosisReport {
  readonly mutants: readonly Told[];
  /** Mutants that no case of the series kills. */
  readonly unfound: readonly string[];
  /** What was written after the rules. */
  readonly later: readonly Told[];
  readonly ledger: readonly Told[];
  readonly wrongKernels: readonly Told[];
  /** Sound kernels, accused of what they do not do. */
  readonly sound: readonly Told[];
}

export type Mark = 'right' | 'wrong' | 'none told' | 'has none' | 'told one';

export function markOf({ stage, diagnosis }: Told): Mark {
  const told = diagnosis.stage?.name ?? null;
  if (stage === null) return told === null ? 'has none' : 'told one';
  if (told === null) return 'none told';
  return told === stage ? 'right' : 'wrong';
}
