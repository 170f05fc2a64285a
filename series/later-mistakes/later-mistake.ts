/**
 * The later mistake: a wrong kernel that was planted after the rules of the diagnosis were written, with its
 * stage said before any diagnosis of it was looked at. No rule is compared with one: they only measure.
 */
import type { StageName } from '../../src/case/stage.ts';
import type { SubjectModule } from '../../src/contract/subject.ts';

export interface LaterMistake {
  /** In kebab-case, unique, and the name of no mutant. */
  readonly name: string;
  /** The step in which the mistake is made; null where it is of none, or of two with equal right. */
  readonly stage: StageName | null;
  /** The one small change to a sound kernel, in one sentence. */
  readonly change: string;
  /** Makes the kernels with fresh state. */
  create(): SubjectModule;
}
