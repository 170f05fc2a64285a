/**
 * Whether what the ledger knows is still so: each entry's
 * smallest case, asked of the references that it is about.
 */
import type { LedgerEntry } from '../../reference/ledger/entry.ts';
import { ledger } from '../../reference/ledger/ledger.ts';
import { operations } from '../contract/subject.ts';
import type { ReferenceState } from '../examine/sighting.ts';
import { startWorker, type Worker } from '../worker/supervise.ts';

/** An entry and one reference, in a version that it names. */
export interface LedgerStatus {
  readonly id: string;
  readonly reference: string;
  readonly version: string;
  /** False where it has been fixed: the smallest case agrees. */
  readonly stillDiverges: boolean;
}

const startTimeoutMs = 120_000;

/**
 * Asked in a worker of its own, whose journal is at this path. References that are not there are left out.
 */
export async function checkLedger(
  references: readonly string[],
  { journal, caseTimeoutMs }: { journal: string; caseTimeoutMs: number },
): Promise<readonly LedgerStatus[]> {
  const worker = await startWorker(
    {
      subject: null,
      references,
      seed: '0',
      operations,
      formats: ['float32'],
      corpus: [],
      runs: null,
      shard: { number: 1, of: 1 },
      rssLimitMb: Infinity,
      shrinkEvaluations: 0,
      maximize: false,
    },
    { journal, caseTimeoutMs, startTimeoutMs },
  );
  try {
    return await statusesBy(worker);
  } finally {
    worker.stop();
  }
}

/**
 * The status of each entry for the references that the worker has loaded, in the order of the ledger. One
 * that hangs or dies diverges, and ends the questions: its worker is gone.
 */
export async function statusesBy(worker: Pick<Worker, 'ready' | 'run'>): Promise<readonly LedgerStatus[]> {
  const statuses: LedgerStatus[] = [];
  for (const entry of ledger) {
    const concerned = worker.ready.references.filter((reference) => isAbout(entry, reference));
    if (concerned.length === 0) continue;
    const reply = await worker.run({ kind: 'explain', case: entry.smallest });
    for (const { name, version } of concerned) {
      const said =
        reply.kind === 'explained'
          ? reply.explanation.implementations.find(
              (other) => other.role === 'reference' && other.name === name,
            )
          : undefined;
      const stillDiverges = said === undefined || said.verdict.kind === 'diverge';
      statuses.push({ id: entry.id, reference: name, version: version!, stillDiverges });
    }
    if (reply.kind === 'died') break;
  }
  return statuses;
}

function isAbout({ affects }: LedgerEntry, { name, version, available }: ReferenceState): boolean {
  const versions = Object.entries(affects).find(([affected]) => affected === name)?.[1];
  return available && version !== null && (versions?.includes(version) ?? false);
}
