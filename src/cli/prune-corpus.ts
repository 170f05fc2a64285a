/**
 * Which cases of the corpus show nothing any more:
 * each is judged again, by the implementations that are there now.
 */
import { join } from 'node:path';
import type { CorpusEntry } from '../archive/corpus.ts';
import type { Explanation } from '../examine/explain.ts';
import { startWorker, type Worker } from '../worker/supervise.ts';
import { operations } from '../contract/subject.ts';
import { formats } from '../float/format.ts';
import { referenceNames } from '../../reference/index.ts';
import { defaults } from './campaign-options.ts';
import { openJournalFolder } from './journal-folder.ts';
import { parseDurationMs, parseNames } from './option-values.ts';
import { textOf, type Settings } from './settings.ts';

export interface PruneDecision {
  readonly name: string;
  /** Null for one to be pruned. */
  readonly keptBecause: string | null;
}

/** Case by case, in their order. */
export async function pruneDecisions(
  entries: readonly CorpusEntry[],
  settings: Settings,
): Promise<readonly PruneDecision[]> {
  const journals = openJournalFolder();
  let worker = await startFor(settings, journals.path);
  try {
    const decisions: PruneDecision[] = [];
    for (const entry of entries) {
      const reply = isAsked(entry, worker) ? await worker.run({ kind: 'explain', case: entry.case }) : null;
      if (reply?.kind === 'died') {
        worker.stop();
        worker = await startFor(settings, journals.path);
      }
      const explanation = reply?.kind === 'explained' ? reply.explanation : null;
      decisions.push({ name: entry.name, keptBecause: whyKept(entry, reply === null, explanation) });
    }
    return decisions;
  } finally {
    worker.stop();
    journals.remove();
  }
}

/** A case is only given up where the implementation that it was found in is asked again. */
function isAsked({ origin }: CorpusEntry, { ready }: Worker): boolean {
  if (origin.kind === 'hand') return false;
  return (
    ready.subject.name === origin.blamed ||
    ready.references.some(({ name, available }) => available && name === origin.blamed)
  );
}

/** Null where every implementation agrees or declines, and the one that it was found in agrees. */
function whyKept(
  { origin }: CorpusEntry,
  isUnasked: boolean,
  explanation: Explanation | null,
): string | null {
  if (origin.kind === 'hand') return 'by hand';
  if (isUnasked) return `found in ${origin.blamed}, which is not there`;
  if (explanation === null) return 'it ends the process';
  const dissent = explanation.implementations.find(({ name, verdict }) =>
    name === origin.blamed ? verdict.kind !== 'agree' : !['agree', 'skip'].includes(verdict.kind),
  );
  return dissent === undefined ? null : `${dissent.name}: ${dissent.verdict.kind}`;
}

function startFor(settings: Settings, folder: string): Promise<Worker> {
  const asked = textOf(settings, 'references')!;
  const isDefault = settings.subject?.from === 'default';
  return startWorker(
    {
      subject: isDefault ? null : textOf(settings, 'subject')!,
      references: parseNames('references', asked, {
        known: referenceNames,
        noun: 'reference',
        allowNone: true,
      }),
      corpus: [],
      seed: '0',
      operations,
      formats,
      runs: null,
      shard: { number: 1, of: 1 },
      rssLimitMb: defaults.rssLimitMb,
      shrinkEvaluations: 0,
      maximize: false,
    },
    {
      journal: join(folder, 'journal'),
      caseTimeoutMs: parseDurationMs('case-timeout', textOf(settings, 'caseTimeout')!),
      startTimeoutMs: 120_000,
    },
  );
}
