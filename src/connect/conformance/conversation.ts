/** A talk with one process of a kit: frames with their sequence numbers, and outcomes of what they ask. */
import type { Case } from '../../case/case.ts';
import type { Outcome } from '../../case/outcome.ts';
import type { Welcome } from '../welcome.ts';
import { encodeRun } from '../records.ts';
import { decodeResults } from '../results.ts';
import { encodeFrame, frameTypes } from '../wire.ts';
import { encodeEcho, type Wish } from './echo.ts';
import type { KitProcess } from './kit-process.ts';

/** What a check did not want to see, as a sentence. */
export class NotSeen extends Error {}

export interface Conversation {
  readonly kit: KitProcess;
  /** How long one answer may take. */
  readonly answerMs: number;
  readonly welcome: Welcome;
  /** Whether the kit offers `echo`, which no welcome of a kernel lists. */
  readonly hasEcho: boolean;
  /** The frame that asks these cases of their own kernels, or of echo; its number is the next. */
  frameOf(cases: readonly Case[], asked?: readonly Wish[]): Uint8Array;
  /** The outcomes of the frame that is answered next. @throws NotSeen */
  answers(cases: readonly Case[]): Promise<readonly Outcome[]>;
}

export function converse(
  parts: Pick<Conversation, 'kit' | 'welcome' | 'hasEcho' | 'answerMs'>,
): Conversation {
  const { kit, answerMs } = parts;
  let asked = 0;
  let answered = 0;
  return {
    ...parts,
    frameOf(cases, wishes) {
      const body = wishes === undefined ? encodeRun(cases) : encodeEcho(cases, wishes);
      return encodeFrame({ type: frameTypes.run, sequence: ++asked, body });
    },
    async answers(cases) {
      const next = await kit.next(answerMs);
      if (next.kind === 'none') throw new NotSeen(next.why);
      const { type, sequence, body } = next.frame;
      if (type === frameTypes.fail) throw new NotSeen(`it said fail: ${new TextDecoder().decode(body)}`);
      if (type !== frameTypes.results) throw new NotSeen(`a frame of type ${type}`);
      if (sequence !== ++answered) throw new NotSeen(`the answer to frame ${sequence}, not ${answered}`);
      const outcomes = decodeResults(body, cases, parts.welcome.arithmetic);
      if (typeof outcomes === 'string') throw new NotSeen(outcomes);
      return outcomes;
    },
  };
}

/** The outcomes of cases, each by itself the wish of echo. */
export async function askEcho(
  conversation: Conversation,
  cases: readonly Case[],
  asked: readonly Wish[] = cases.map(() => 'copy'),
): Promise<readonly Outcome[]> {
  conversation.kit.write(conversation.frameOf(cases, asked));
  return conversation.answers(cases);
}
