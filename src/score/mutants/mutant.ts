/** The Mutant: a planted wrong kernel. A campaign that misses it is too weak. Types and class names only. */
import type { StageName } from '../../case/stage.ts';
import type { SubjectModule } from '../../contract/subject.ts';
import type { Format, HalfFormat } from '../../float/format.ts';

export const mutantClasses = [
  'stability',
  'axis and stride',
  'width and tail',
  'special values',
  'gradient',
  'loss options',
  'reduction',
  'targets',
  'precision',
  'nondeterminism',
  'state',
  'conduct',
  'call and memory',
] as const;
export type MutantClass = (typeof mutantClasses)[number];

export interface Mutant {
  /** The mutant's name in kebab-case, unique. */
  readonly name: string;
  readonly class: MutantClass;
  /**
   * The step in which the mistake is made; null where it is of none, or of two with equal right. Said before
   * anything guessed it.
   */
  readonly stage: StageName | null;
  /** The one small change to a sound kernel, in one sentence. */
  readonly change: string;
  /** A real bug of its class, as project#number or a page: what it was; or 'none found'. */
  readonly seen: string;
  /** Its only defect is a value of a backward or targetBackward: the gradient oracle alone must kill it. */
  readonly isGradient: boolean;
  /**
   * Claimed: it passes 20,000 cases of `fc.float32Array` within ±10 at an absolute 1e-3. `score` measures it.
   */
  readonly isSubtle: boolean;
  /**
   * In a case of fewer elements it is the sound host, and is not asked. Those of more are rare, and so it is
   * given ten times as many cases.
   */
  readonly elementsMin?: number;
  /**
   * The formats in which it is wrong. Absent of one that is in float32 and float64, and in halves where its
   * kernels are asked in float32.
   */
  readonly formats?: readonly Format[];
  /**
   * The halves in which nothing that it does is beyond what naive composed arithmetic comes to: all that is
   * said of it there is `inaccurate`.
   */
  readonly inaccurateIn?: readonly HalfFormat[];
  /** Makes the kernels with fresh state: once per campaign. */
  create(): SubjectModule;
}

/** A row of a mutant that is wrong in halves alone: of what native formats are asked nothing is claimed. */
export type HalfRow = Omit<Mutant, 'isGradient' | 'isSubtle' | 'formats'> & {
  readonly formats: readonly HalfFormat[];
};

export function halfMutants(rows: readonly HalfRow[]): readonly Mutant[] {
  return rows.map((row) => ({ ...row, isGradient: false, isSubtle: false }));
}
