/**
 * A campaign on a queue, and all that can happen to it: each fault is a row, tried with a real server, real
 * processes of the built command and a small campaign. After each: the whole run's findings, or exit 3 with a
 * sentence; nothing hangs, no process and no key is left that the run does not need.
 * `npm run series:queue`, `-- --sample` for what CI tries, `-- SIGKILL memory` for the rows with such names.
 */
import { dealRows } from './queue-faults/deals.ts';
import { endRows } from './queue-faults/ends.ts';
import { forgeryRows } from './queue-faults/forgeries.ts';
import { interruptionRows } from './queue-faults/interruptions.ts';
import { refusalRows } from './queue-faults/refusals.ts';
import type { Row } from './queue-faults/row.ts';
import { Stage } from './queue-faults/stage.ts';
import { strangerRows } from './queue-faults/strangers.ts';
import { isMain } from './run.ts';

export const rows: readonly Row[] = [
  ...dealRows,
  ...refusalRows,
  ...strangerRows,
  ...interruptionRows,
  ...forgeryRows,
  ...endRows,
];

export interface RowReport {
  readonly name: string;
  readonly seconds: number;
  readonly verdict: 'right' | 'wrong' | 'skipped';
  readonly happened: string;
}

/** Longer than any of them takes on a busy machine. */
const rowMs = 180_000;
/** How long a process of a role that has ended may take to be gone. */
const goneMs = 3_000;

export async function tryRow(row: Row): Promise<RowReport> {
  const lacking = row.lacks?.() ?? null;
  if (lacking !== null) return { name: row.name, seconds: 0, verdict: 'skipped', happened: lacking };
  const begun = performance.now();
  const stage = new Stage(row.references);
  const told = (verdict: RowReport['verdict'], happened: string): RowReport => ({
    name: row.name,
    seconds: (performance.now() - begun) / 1000,
    verdict,
    happened,
  });
  let timer: NodeJS.Timeout | undefined;
  try {
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`it hangs: ${rowMs / 1000} s`)), rowMs);
    });
    const happened = await Promise.race([row.act(stage), late]);
    const left = [
      ...(await processesLeft(stage)),
      ...(row.leavesKeys === true ? [] : await stage.keysLeft()),
    ];
    return left.length === 0
      ? told('right', happened)
      : told('wrong', `left: ${left.join(', ')}; ${happened}`);
  } catch (error) {
    console.error(stage.lastWords());
    return told('wrong', (error as Error).message);
  } finally {
    clearTimeout(timer);
    await stage.clear();
  }
}

async function processesLeft(stage: Stage): Promise<readonly string[]> {
  const end = performance.now() + goneMs;
  while (stage.processesLeft().length > 0 && performance.now() < end)
    await new Promise((resolve) => setTimeout(resolve, 100));
  return stage.processesLeft();
}

if (isMain(import.meta.url)) {
  const words = process.argv.slice(2);
  const isSample = words.includes('--sample');
  const parts = words.filter((word) => !word.startsWith('--'));
  const chosen = rows.filter(
    ({ name, isInSample }) =>
      (!isSample || isInSample === true) && (parts.length === 0 || parts.some((part) => name.includes(part))),
  );
  let wrong = 0;
  for (const row of chosen) {
    const { name, seconds, verdict, happened } = await tryRow(row);
    if (verdict === 'wrong') wrong++;
    console.log(`${verdict.padEnd(8)}${seconds.toFixed(0).padStart(4)} s  ${name}: ${happened}`);
  }
  console.log(`${chosen.length} faults, ${wrong} wrong`);
  process.exitCode = chosen.length === 0 || wrong > 0 ? 1 : 0;
}
