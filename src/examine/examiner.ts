/** What examining a case needs and works with. Types only. */
import type { Case } from '../case/case.ts';
import type { Outcome } from '../case/outcome.ts';
import type { CaseJudgement, ImplementationJudgement, Participants } from '../judge/judge-case.ts';
import type { CaseWork } from '../oracles/exact.ts';
import type { CallLog } from './call-place.ts';
import type { FindingContext } from './finding-fields.ts';
import type { FindingKey } from './finding-key.ts';

export interface Examiner {
  readonly participants: Participants;
  readonly calls: CallLog;
  readonly context: FindingContext;
  readonly shrinkEvaluations: number;
}

/** A case to be examined. */
export interface CaseToExamine {
  readonly case: Case;
  readonly index: number;
  readonly shrink: boolean;
  /** Lowest index seen of each signature. */
  readonly known: ReadonlyMap<string, number>;
  readonly stacked?: Participants['stacked'];
  /** The stack that a reference was asked the case in; null where it was asked alone. */
  readonly stackCase?: (place: number) => Case | null;
  /**
   * What was answered already to the calls that judging it makes, by place in [subject, ...references]: these
   * are not made again.
   */
  readonly kept?: readonly (readonly Outcome[])[];
  /** There where cases before it are still to be judged. */
  readonly earlier?: EarlierCases;
  /** Called with the judgement before anything is made of it. */
  readonly onJudged?: (judgement: CaseJudgement) => void;
}

/** Cases that were called and are still to be judged, before anything is made of one after them. */
export interface EarlierCases {
  /** Keeps a judgement in which nobody diverges, to be counted after them. */
  keep(judgement: CaseJudgement): void;
  /** Judges them. */
  judge(): Promise<void>;
}

/** A case to be examined, with the work on it that is done already. */
export type WorkedCase = CaseToExamine & { readonly work: CaseWork };

/**
 * What was concluded of one implementation, and what its first divergence is counted under: null where it has
 * none.
 */
export interface Keyed {
  readonly judged: ImplementationJudgement;
  readonly key: FindingKey | null;
}

export interface KeyedDivergence extends Keyed {
  readonly key: FindingKey;
}
