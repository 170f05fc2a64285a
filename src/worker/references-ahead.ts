/**
 * Asks references ahead what no stack holds: one reference after the other, all cases of a part of a job. A
 * call on ten numbers costs a third of what it does where other code has run since the last. What is found
 * does not depend on it: each case is asked once for each time that it is judged with.
 */
import type { Case } from '../case/case.ts';
import type { Outcome } from '../case/outcome.ts';
import type { Block } from '../examine/block.ts';
import type { CallLog } from '../examine/call-place.ts';
import type { Implementation } from '../subjects/implementation.ts';

/** So many cases of a job are asked ahead at once. */
export const aheadMax = 4096;

export interface ReferencesAhead {
  /** They answer what was asked ahead at once. */
  readonly references: readonly Implementation[];
  /** Forgets what was asked before. */
  ask(indices: readonly number[], block: Block, calls: CallLog): Promise<void>;
}

export function referencesAhead(references: readonly Implementation[]): ReferencesAhead {
  const all = references.map(remembering);
  return {
    references: all.map(({ reference }) => reference),
    async ask(indices, block, calls) {
      for (const [at, { forget, askAhead }] of all.entries()) {
        forget();
        const place = at + 1;
        await block.askStacks(indices, place);
        for (const index of indices) {
          const c = block.aloneAt(index, place);
          if (c === null || c.invalid !== undefined || references[at]!.declines(c) !== null) continue;
          calls.write({ index, stage: 'judge', place });
          const pending = askAhead(c);
          if (pending !== undefined) await pending;
        }
      }
    },
  };
}

interface Remembering {
  readonly reference: Implementation;
  /** Asks the case as often as it is judged with. */
  askAhead(c: Case): void | Promise<void>;
  forget(): void;
}

/** The case is an object that its block keeps: whoever asks it again asks for the same object. */
function remembering(own: Implementation): Remembering {
  const answers = new Map<Case, Outcome[]>();
  const take = (c: Case): Outcome | undefined => {
    const kept = answers.get(c);
    if (kept?.length === 1) answers.delete(c);
    return kept?.shift();
  };
  async function askLater(c: Case, kept: Outcome[], pending: Promise<Outcome>): Promise<void> {
    kept.push(await pending);
    if (c.checks.includes('repeat')) kept.push(await own.run(c));
    answers.set(c, kept);
  }
  return {
    reference: { ...own, run: (c) => take(c) ?? own.run(c) },
    askAhead(c) {
      const kept: Outcome[] = [];
      const outcome = own.run(c);
      if (outcome instanceof Promise) return askLater(c, kept, outcome);
      kept.push(outcome);
      if (c.checks.includes('repeat')) kept.push(own.run(c) as Outcome);
      answers.set(c, kept);
      return undefined;
    },
    forget: () => answers.clear(),
  };
}
