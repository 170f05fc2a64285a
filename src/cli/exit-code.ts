/** The exit code of a command: the first rule that holds. */
import { InfrastructureError, UsageError } from '../contract/failure.ts';
import type { Severity } from '../case/verdict.ts';

export type FindingsExit = 0 | 1;

export interface Ending {
  /** The signal that interrupted it, if one did. */
  readonly interruptedBy: 'SIGINT' | 'SIGTERM' | null;
  readonly missingRequired: readonly string[];
  /** A reference took the workers down whatever it was asked. */
  readonly brokenReference: boolean;
  /** Whether cases were given up, since whoever was asked them was gone again and again. */
  readonly hasLost?: boolean;
  /** Severities of the findings that blame the subject, and that no baseline lists. */
  readonly subjectSeverities: readonly Severity[];
  /** Kernels that have to be exported, and are not. */
  readonly missingKernels?: number;
  /** How many findings the baseline lists that have grown so much that they fail. */
  readonly grown?: number;
  /**
   * A gate's counts of findings of references that the ledger
   * does not know, and of baseline entries that no longer occur.
   */
  readonly newOfReferences?: number;
  readonly staleEntries?: number;
  /** Findings of references of the user's own, where those fail. */
  readonly failingOfOwnReferences?: number;
  readonly strict: boolean;
  /** 0 where what fails is told by the summary alone; absent: 1. */
  readonly findingsExit?: FindingsExit;
  /** Cases on which the subject gave an answer that was judged. */
  readonly judged: number;
  readonly minCases: number;
}

/**
 * 130/143 interrupted · 3 infrastructure · 1 the subject diverges · 4 too few cases judged · 0.
 * Where findings shall not make the exit code, the rules after theirs still do.
 */
export function exitCodeOf(ending: Ending): number {
  const {
    subjectSeverities,
    missingKernels = 0,
    grown = 0,
    strict,
    newOfReferences = 0,
    failingOfOwnReferences = 0,
    staleEntries = 0,
    findingsExit = 1,
  } = ending;
  if (ending.interruptedBy !== null) return ending.interruptedBy === 'SIGINT' ? 130 : 143;
  if (ending.missingRequired.length > 0 || ending.brokenReference || ending.hasLost === true) return 3;
  const isFailing =
    subjectSeverities.some((severity) => severity === 'wrong' || strict) ||
    missingKernels + grown + failingOfOwnReferences > 0 ||
    (strict && newOfReferences + staleEntries > 0);
  if (isFailing && findingsExit === 1) return 1;
  if (ending.judged < ending.minCases) return 4;
  return 0;
}

/**
 * What the operating system refuses wherever it is asked, whoever asks: too many files, no room, no memory, a
 * disk or a folder that is gone.
 */
const codesOfSurroundings: readonly unknown[] = [
  'EMFILE',
  'ENFILE',
  'ENOSPC',
  'EDQUOT',
  'ENOMEM',
  'EIO',
  'ESTALE',
];

/** 2 usage or configuration, 3 infrastructure; null for anything else, which is ours: a crash, 70. */
export function exitCodeOfError(error: unknown): 2 | 3 | null {
  if (error instanceof UsageError) return 2;
  if (error instanceof InfrastructureError) return 3;
  if (error instanceof Error && 'code' in error && codesOfSurroundings.includes(error.code)) return 3;
  return null;
}
