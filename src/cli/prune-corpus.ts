/**
 * Which cases of the corpus another one covers: each is judged
 * again, by the implementations that are there now.
 */
import { join } from 'node:path';
import type { CorpusEntry } from '../archive/corpus.ts';
import type { Explanation } from '../examine/explain.ts';
import { startWorker, type Worker } from '../worker/supervise.ts';
import { operations } from '../contract/subject.ts';
import { sizeOf } from '../tensor/tensor.ts';
import { coversOf, type Shown } from './corpus-cover.ts';
import { formats } from '../float/format.ts';
import { defaults, parseReferences } from './campaign-options.ts';
import { openJournalFolder } from './journal-folder.ts';
import { parseDurationMs } from './option-values.ts';
import { connectionIn, textOf, type Settings } from './settings.ts';

export interface PruneDecision {
  readonly name: string;
  /** Null for one to be pruned. */
  readonly keptBecause: string | null;
  /** The case that shows all that it shows; null for one that is kept. */
  readonly coveredBy: string | null;
}

/** Case by case, in their order. */
export async function pruneDecisions(
  entries: readonly CorpusEntry[],
  settings: Settings,
): Promise<readonly PruneDecision[]> {
  const cases: Asked[] = [];
  const journals = openJournalFolder();
  let worker = await startFor(settings, journals.path);
  try {
    for (const entry of entries) {
      const isThere = isBlamedThere(entry, worker);
      const reply = await worker.run({ kind: 'explain', case: entry.case });
      if (reply.kind === 'died') {
        worker.stop();
        worker = await startFor(settings, journals.path);
      }
      cases.push({ ...shownBy(entry, reply.kind === 'explained' ? reply.explanation : null), isThere });
    }
  } finally {
    worker.stop();
    journals.remove();
  }
  const covers = coversOf(cases);
  return cases.map((one) => {
    const coveredBy = covers.get(one.name) ?? null;
    return { name: one.name, keptBecause: coveredBy === null ? whyKept(one) : null, coveredBy };
  });
}

interface Asked extends Shown {
  /** Whether the implementation is there that it was found in. */
  readonly isThere: boolean;
}

function isBlamedThere({ origin }: CorpusEntry, { ready }: Worker): boolean {
  if (origin.kind === 'hand') return true;
  return (
    ready.subject.name === origin.blamed ||
    ready.references.some(({ name, available }) => available && name === origin.blamed)
  );
}

function shownBy({ name, origin, case: json }: CorpusEntry, explanation: Explanation | null): Shown {
  const today = explanation?.implementations.map((one) => [one.name, one.signatures] as const) ?? null;
  return {
    name,
    byHand: origin.kind === 'hand',
    blamed: origin.kind === 'hand' ? '' : origin.blamed,
    size: sizeOf(json.logits.shape),
    foundAs: origin.kind === 'found' && origin.signature.startsWith('2:') ? origin.signature : null,
    today: today === null ? null : new Map(today),
  };
}

function whyKept({ byHand, blamed, isThere, today }: Asked): string {
  if (byHand) return 'by hand';
  if (!isThere) return `found in ${blamed}, which is not there`;
  if (today === null) return 'it ends the process';
  return 'no other case that is no larger shows the same';
}

function startFor(settings: Settings, folder: string): Promise<Worker> {
  const asked = textOf(settings, 'references')!;
  const isDefault = settings.subject?.from === 'default';
  return startWorker(
    {
      subject: isDefault ? null : textOf(settings, 'subject')!,
      ...connectionIn(settings),
      references: parseReferences(asked),
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
