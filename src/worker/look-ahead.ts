/**
 * Asks a subject beyond this process cases ahead, in frames, while the answers to those before are judged.
 * What is found does not depend on it: each case is asked once for each time that it is judged with.
 */
import type { Case } from '../case/case.ts';
import type { Outcome } from '../case/outcome.ts';
import type { Implementation } from '../subjects/implementation.ts';
import { caseBytesOf } from '../case/case-tensors.ts';

/** An implementation that can be asked many cases at once. */
export type Batching = Implementation & Required<Pick<Implementation, 'runMany'>>;

/** So many cases make a frame, or so many bytes of them. */
const [casesMax, bytesMax] = [128, 256 * 2 ** 10];

export interface LookAhead {
  /** The subject; it answers what was asked ahead at once. */
  readonly subject: Implementation;
  /** The cases of one job. */
  over(indices: readonly number[], generate: (index: number) => Case): Ahead;
}

export interface Ahead {
  caseAt(index: number): Case;
  /** To be waited for before a case is judged. */
  arrive(index: number): Promise<void> | void;
}

interface Frame {
  readonly cases: ReadonlyMap<number, Case>;
  /** The number of indices before the first that is not in it. */
  readonly end: number;
  readonly answered: Promise<void>;
}

/** Whether it can be asked cases ahead. */
export function isBatching(implementation: Implementation): implementation is Batching {
  return implementation.runMany !== undefined;
}

/** The look-ahead over a subject that can be asked many cases at once. */
export function lookAheadOver(subject: Batching): LookAhead {
  const answers = new Map<Case, Outcome[]>();

  function open(indices: readonly number[], from: number, generate: (index: number) => Case): Frame {
    const cases = new Map<number, Case>();
    const asked: Case[] = [];
    let end = from;
    for (let bytes = 0; end < indices.length && asked.length < casesMax && bytes < bytesMax; end++) {
      const c = generate(indices[end]!);
      cases.set(indices[end]!, c);
      if (subject.declines(c) !== null) continue;
      bytes += caseBytesOf(c);
      asked.push(c);
      if (c.checks.includes('repeat')) asked.push(c);
    }
    return { cases, end, answered: asked.length === 0 ? Promise.resolve() : askAll(asked) };
  }

  async function askAll(asked: readonly Case[]): Promise<void> {
    const outcomes = await subject.runMany(asked);
    for (const [i, c] of asked.entries()) {
      const kept = answers.get(c);
      if (kept === undefined) answers.set(c, [outcomes[i]!]);
      else kept.push(outcomes[i]!);
    }
  }

  return {
    subject: {
      ...subject,
      run(c) {
        const kept = answers.get(c);
        const outcome = kept?.shift();
        if (kept?.length === 0) answers.delete(c);
        return outcome ?? subject.run(c);
      },
    },
    over(indices, generate) {
      answers.clear();
      let [current, next]: (Frame | null)[] = [null, null];
      return {
        caseAt: (index) => current!.cases.get(index)!,
        arrive(index) {
          if (current?.cases.has(index) === true) return;
          current = next ?? open(indices, indices.indexOf(index), generate);
          next = current.end < indices.length ? open(indices, current.end, generate) : null;
          next?.answered.catch(() => undefined); // it is waited for, and thrown, in its turn
          return current.answered;
        },
      };
    },
  };
}
