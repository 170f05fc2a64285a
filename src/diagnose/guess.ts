/** What a rule says: a stage and what speaks for it. And how rules ask of probe cases. */
import type { Case } from '../case/case.ts';
import type { StageName } from '../case/stage.ts';
import type { Pattern, Probed } from './pattern.ts';
import type { Tag } from './probe-cases.ts';

/** A stage, and what speaks for it, as the end of a sentence. */
export interface Guess {
  readonly name: StageName;
  readonly because: string;
  /** Where sound algorithms differ in it, and none is wrong. */
  readonly isChoice?: true;
}

/** 'unsure' ends it: two stages fit. Null: another rule may speak. */
export type Rule = (c: Case, pattern: Pattern) => Guess | null | 'unsure';

export function all(wrong: readonly Probed[], test: (probed: Probed) => boolean): boolean {
  return wrong.length > 0 && wrong.every(test);
}

export const has =
  (...tags: readonly Tag[]) =>
  ({ probe }: Probed): boolean =>
    tags.some((tag) => probe.tags.includes(tag));

export const specialTags: readonly Tag[] = ['nan', '+inf', '-inf', 'masked lane', 'empty'];
