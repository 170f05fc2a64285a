/** The one worker process that a replay asks: started for it, and ended with it. */
import { join } from 'node:path';
import { defaultReferences, referenceNames } from '../../reference/index.ts';
import type { CaseJson } from '../case/case-json.ts';
import { InfrastructureError } from '../contract/failure.ts';
import { operations } from '../contract/subject.ts';
import type { Explanation } from '../examine/explain.ts';
import { formats } from '../float/format.ts';
import { describeDeath, type WorkerDeath } from '../worker/death.ts';
import type { Preceded } from '../worker/protocol.ts';
import { startWorker, type Worker } from '../worker/supervise.ts';
import { defaults, parseReferences } from './campaign-options.ts';
import { connectionOf, type ConnectionArguments } from './connection-options.ts';
import { openJournalFolder } from './journal-folder.ts';
import { parseDurationMs } from './option-values.ts';

export interface WorkerArguments extends ConnectionArguments {
  readonly subject?: string;
  readonly caseTimeout?: string;
  /** As the flag has them; where there is none, those that are asked by default. */
  readonly references?: string;
  /** The one that the case, or the finding, is about. */
  readonly blame?: string;
}

/** Starts a worker with the subject and every reference that is there, and ends it whatever `use` does. */
export async function withWorker<T>(
  { subject, caseTimeout, references, blame, ...connection }: WorkerArguments,
  use: (worker: Worker) => Promise<T>,
): Promise<T> {
  const caseTimeoutMs =
    caseTimeout === undefined ? defaults.caseTimeoutMs : parseDurationMs('case-timeout', caseTimeout);
  const folder = openJournalFolder();
  try {
    const worker = await startWorker(
      {
        subject: subject ?? null,
        ...connectionOf(connection),
        references: askedReferences(references, blame),
        seed: '0',
        operations,
        formats,
        corpus: [],
        runs: null,
        shard: { number: 1, of: 1 },
        rssLimitMb: defaults.rssLimitMb,
        shrinkEvaluations: 0,
        maximize: false,
      },
      { journal: join(folder.path, 'journal'), caseTimeoutMs, startTimeoutMs: 120_000 },
    );
    try {
      return await use(worker);
    } finally {
      worker.stop();
    }
  } finally {
    folder.remove();
  }
}

/** Whom the case is about is asked too. */
function askedReferences(named: string | undefined, blame = 'subject'): readonly string[] {
  const asked = named === undefined ? defaultReferences : parseReferences(named);
  return referenceNames.includes(blame) && !asked.includes(blame) ? [...asked, blame] : asked;
}

/** Long enough for what the call leaves behind: a timer may end the process after it. */
export const lingerMs = 300;

export async function explainBy(
  worker: Worker,
  c: CaseJson,
  preceded: Preceded = { before: [], rounds: 1, lingerMs },
): Promise<Explanation | WorkerDeath> {
  const reply = await worker.run({ kind: 'explain', case: c, preceded });
  if (reply.kind !== 'died' && reply.kind !== 'explained')
    throw new Error(`a worker answered '${reply.kind}' to explain`);
  return reply.kind === 'died' ? reply : reply.explanation;
}

/**
 * How the call of the blamed implementation ended the process. What ends it between two calls was left
 * behind, and the references leave nothing behind.
 * @throws InfrastructureError where it was another implementation.
 */
export function deathOf(blame: string, death: WorkerDeath): string {
  const place = death.cause === 'stray' ? 0 : death.at?.place;
  const isCalled = death.cause === 'stray' || death.at?.stage === 'judge';
  const isBlamed = isCalled && (place === 0) === (blame === 'subject');
  if (isBlamed) return describeDeath(death.outcome);
  throw new InfrastructureError(
    `another implementation than ${blame} ended the process: ${describeDeath(death.outcome)}`,
  );
}

/** @throws InfrastructureError where the blamed reference is not there. */
export function checkReference(blame: string, whose: string, { ready }: Worker): void {
  const reference = ready.references.find(({ name }) => name === blame);
  if (reference?.available === true) return;
  throw new InfrastructureError(
    `${whose} blames ${blame}, which is not here: ${reference?.reason ?? `there are ${referenceNames.join(', ')}`}`,
  );
}
