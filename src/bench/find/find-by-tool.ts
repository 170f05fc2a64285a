/**
 * The CPU seconds until this tool finds a planted mutant: as a worker process judges cases, with default
 * settings and no references, and without a process to watch it.
 */
import { InfrastructureError } from '../../contract/failure.ts';
import { firstBatch } from '../../campaign/state.ts';
import { blockAt, cut, lengthOf } from '../../examine/range.ts';
import { nativeFormats } from '../../float/format.ts';
import { changeSentence, takeIntrinsics } from '../../subjects/intrinsics.ts';
import { watchIntrinsics } from '../../subjects/watch-intrinsics.ts';
import { calledHere } from '../../worker/load-participants.ts';
import { performerOf, unwatched } from '../../worker/perform.ts';
import { beginPatiently } from '../../worker/warm-up.ts';
import type { Mutant } from '../../score/mutants/mutant.ts';
import { drawnByDefault, unwatchedSetup } from '../unwatched-setup.ts';
import { cpuSecondsSince } from './cpu-clock.ts';
import type { Search } from './find-job.ts';
import { toolName } from './finder-names.ts';

/** Thrown from within a range, which is not needed to its end. */
class Found extends Error {
  readonly index: number;
  constructor(index: number) {
    super(`found at ${index}`);
    this.index = index;
  }
}

/** The process must not have judged anything before, or it is not the time of a campaign's start. */
export async function findByTool(
  mutant: Mutant,
  { seed, capSeconds }: { readonly seed: string; readonly capSeconds: number },
): Promise<Search> {
  const watch = watchIntrinsics(takeIntrinsics(), (change) => {
    throw new InfrastructureError(`${mutant.name}: ${changeSentence(change)}`);
  });
  const { subject, state } = calledHere(mutant.create(), { name: mutant.name, watch });
  const loaded = { participants: { subject, references: [] }, subject: state, references: [] };
  let start: NodeJS.CpuUsage | null = null;
  let cpuSeconds: number | null = null;
  const setup = unwatchedSetup({ subject: mutant.name, seed, formats: nativeFormats, ...drawnByDefault });
  const perform = performerOf(setup, loaded, {
    ...unwatched,
    journal: {
      ...unwatched.journal,
      // Whoever is blamed is asked more of at once, and that is no longer looking.
      write({ index, stage }) {
        if (stage !== 'shrink') return;
        cpuSeconds ??= cpuSecondsSince(start!);
        throw new Found(index);
      },
    },
  });
  start = process.cpuUsage();
  const found = await search(perform, beginPatiently(), () => cpuSecondsSince(start) > capSeconds);
  return {
    finder: toolName,
    mutant: mutant.name,
    seed,
    cpuSeconds: found.isFound ? (cpuSeconds ?? cpuSecondsSince(start)) : null,
    capSeconds,
    cases: found.cases,
  };
}

/** Batches as the supervisor of one worker hands them out: each twice the one before, up to `batchMax`. */
async function search(
  perform: ReturnType<typeof performerOf>,
  onCases: (cases: number) => void,
  isOver: () => boolean,
): Promise<{ readonly isFound: boolean; readonly cases: number }> {
  let [cases, length] = [0, firstBatch];
  for (let block = 0; ; block++) {
    for (let rest = blockAt(block, null); rest !== null;) {
      const { head, rest: behind } = cut(rest, length);
      const place = { kind: 'indices', ...head, unstacked: [], known: [], leftMs: null } as const;
      try {
        const done = await perform(place);
        if (done.kind === 'batch' && done.sightings.length > 0)
          return {
            isFound: true,
            cases: cases + 1 + (done.sightings[0]!.lowestIndex - head.from) / head.step,
          };
      } catch (error) {
        if (!(error instanceof Found)) throw error;
        return { isFound: true, cases: cases + 1 + (error.index - head.from) / head.step };
      }
      cases += lengthOf(head);
      onCases(lengthOf(head));
      if (isOver()) return { isFound: false, cases };
      length = Math.min(2 * length, batchMax);
      rest = behind;
    }
  }
}

/** About what a worker judges in half a second, which is as long as a batch is made to take. */
const batchMax = 8_192;
