/**
 * What a reference is to the harness: all that depends on which of them it is, in one object. They are asked
 * by the table in index.ts; nothing else names one in order to treat it otherwise.
 */
import type { Case } from '../src/case/case.ts';
import type { Arithmetic, Direction, Operation } from '../src/contract/subject.ts';
import type { Format } from '../src/float/format.ts';
import type { Outcome } from '../src/case/outcome.ts';
import { defaultArithmetic, type Implementation } from '../src/subjects/implementation.ts';
import type { Stacking } from '../src/subjects/stacking.ts';
import type { Package } from '../src/text/script-lines.ts';

/** All that depends on which reference it is, in one object. */
export interface Reference {
  /** The reference's name in flags, findings and reports: small letters, digits and hyphens. */
  readonly name: string;
  /**
   * The project whose code it is: the ledger's document of a family has a column for each of its references.
   */
  readonly family: string;
  /** True where it comes with the package, and is there without any set-up. */
  readonly embedded: boolean;
  /** Whether it is asked where nobody says whom to ask, and it is there. */
  readonly isDefault: boolean;
  readonly support: SupportTable;
  /** Why it is not asked this case of a kernel that it has, or null. */
  declines(c: Case): string | null;
  /** How small cases are asked as one; null where each is asked alone. */
  readonly stacking: Stacking | null;
  /** What those who maintain it call the kernel of the case, in Markdown: `tf.softmax`. */
  kernelName(c: Pick<Case, 'operation' | 'direction' | 'loss'>): string;
  /** What a program of its own needs before it asks it: what is installed, and the lines that load it. */
  readonly package: Package;
  /**
   * What asks it this case in such a program (`replay --script`), as lines that leave its answer in `got`,
   * an array of numbers.
   */
  script(c: Case): readonly string[];
  /** How exact its exp and log are, where they are known to be coarser than 1 ULP; absent where not. */
  readonly arithmetic?: Arithmetic;
  /**
   * The backend of TensorFlow.js that examples/plain-loop is timed on beside it in `bench`;
   * null where there is none.
   */
  readonly plainLoopBackend: string | null;
  /** Gets what it needs onto this machine (`logitfuzz setup NAME`); null where nobody has to. */
  readonly setUp: ((options: { readonly log: (line: string) => void }) => Promise<unknown>) | null;
  /** Once per process; the same answer each time. */
  load(options?: LoadOptions): Promise<LoadedReference>;
}

/** What it has an answer for: read it before reading any of its verdicts. */
export interface SupportTable {
  readonly formats: readonly Format[];
  readonly kernels: Readonly<Record<Operation, Partial<Readonly<Record<Direction, Support>>>>>;
  /** What it makes of each option of cross-entropy, in words; null where it has none. */
  readonly lossOptions: Readonly<Record<LossOption, string>> | null;
}

/** True, or why the reference has no such thing. */
export type Support = true | string;

export type LossOption = 'reduction' | 'target=index' | 'labelSmoothing' | 'weight' | 'ignoreIndex';

/** A reference that is there, or why it is missing and what to do about it. */
export type LoadedReference =
  | { readonly kind: 'available'; readonly implementation: Implementation }
  /** `remedy` is what to do about it, in words that follow a semicolon. */
  | { readonly kind: 'missing'; readonly reason: string; readonly remedy: string };

export interface LoadOptions {
  /** For a reference that is beyond this process. */
  readonly outside?: OutsideLimits;
  /**
   * Fills and frees memory before each call, so that what
   * a kernel leaves unwritten shows. Slow. Default false.
   */
  readonly poisons?: boolean;
}

/** What bounds a reference in a process of its own. */
export interface OutsideLimits {
  readonly rssLimitMb: number;
  readonly caseTimeoutMs: number;
  /** The Python that runs it, where it is one of Python's; default that of the machine. */
  readonly python?: string;
  /** Called several times a second while an answer is waited for. */
  readonly onWait?: () => void;
}

/** What only a loaded reference has. */
export interface Running {
  readonly version: string;
  /** What computes below it; absent where there is nothing to say. */
  readonly engine?: string;
  run(c: Case): Outcome | Promise<Outcome>;
  /** Frees what it holds. */
  dispose?(): void;
}

/** The reference as it is asked, once it is loaded. */
export function available(
  reference: Reference,
  running: Running,
): Extract<LoadedReference, { kind: 'available' }> {
  const { name, stacking } = reference;
  const implementation: Implementation = {
    ...running,
    name,
    role: 'reference',
    arithmetic: { ...defaultArithmetic, ...reference.arithmetic },
    ...(stacking === null ? {} : { stacking }),
    declines: (c) => whyDeclined(reference, c),
  };
  return { kind: 'available', implementation };
}

/** Why the reference is not asked, or null. */
function whyDeclined(reference: Reference, c: Case): string | null {
  const { kernels } = reference.support;
  const ofFormat = whyNotFormat(reference.support, c);
  if (ofFormat !== null) return ofFormat;
  const has = kernels[c.operation][c.direction] ?? `no ${c.direction} of ${c.operation}`;
  return has === true ? reference.declines(c) : has;
}

/** Why a reference has no answer in the case's format, or null. */
export function whyNotFormat(
  { formats }: Pick<SupportTable, 'formats'>,
  { format }: Pick<Case, 'format'>,
): string | null {
  return formats.includes(format) ? null : `${listText(formats)} only`;
}

/** `float32`, `float32 and float64`, `float32, float64 and float16` */
function listText(formats: readonly Format[]): string {
  return [formats.slice(0, -1).join(', '), ...formats.slice(-1)].filter((text) => text !== '').join(' and ');
}
