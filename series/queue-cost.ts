/**
 * What a queue costs: the same campaign by `fuzz --workers 2`, and by a coordinator with one worker of two
 * slots, its server among them, in seconds of CPU, in alternating pairs. `npm run series:queue-cost -- 120000
 * 3 none`: cases, pairs, references.
 */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { isMain, mainPath, temporaryFolder } from './run.ts';
import { startValkey } from './valkey.ts';

interface Spent {
  /** In user and system mode, of a process and all that it waited for. */
  readonly seconds: number;
  readonly exitCode: number | null;
}

/** Runs the built command by a shell that tells what it and its children took. */
async function spend(args: readonly string[], cwd: string, env: NodeJS.ProcessEnv = {}): Promise<Spent> {
  const child = spawn(
    'bash',
    ['-c', 'TIMEFORMAT="%U %S"; time "$@" > /dev/null 2>&1', 'bash', process.execPath, mainPath, ...args],
    { cwd, stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, ...env } },
  );
  let text = '';
  child.stderr.setEncoding('utf8').on('data', (more: string) => (text += more));
  const exitCode = await new Promise<number | null>((resolve) => child.on('close', resolve));
  const [user, system] = text.trim().split('\n').at(-1)!.split(' ').map(Number);
  return { seconds: user! + system!, exitCode };
}

/** Seconds of CPU of a process that goes on. */
function spentBy(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

export interface PairCost {
  readonly alone: number;
  /** What each took: the coordinator, the worker with its processes, the server. */
  readonly queued: readonly [coordinator: number, worker: number, server: number];
}

export async function costOf(cases: number, references: string): Promise<PairCost> {
  const folder = temporaryFolder();
  const valkey = await startValkey({ appendOnly: true });
  try {
    const plan = ['--runs', String(cases), '--seed', '9', '--references', references, '--no-report'];
    const alone = await spend(['fuzz', ...plan, '--workers', '2'], folder.path);
    const before = spentBy(valkey.pid);
    const env = { LOGITFUZZ_QUEUE: valkey.url };
    const coordinator = spend(['fuzz', ...plan, '--out', 'queued'], folder.path, env);
    await sleep(1_000);
    const worker = spend(['worker', '--workers', '2', '--until-ended'], folder.path, env);
    const [one, other] = await Promise.all([coordinator, worker]);
    for (const { exitCode } of [alone, one, other])
      if (exitCode !== 0) throw new Error(`a process ended with ${exitCode}`);
    return { alone: alone.seconds, queued: [one.seconds, other.seconds, spentBy(valkey.pid) - before] };
  } finally {
    await valkey.stop();
    folder.remove();
  }
}

export function totalOf({ queued }: PairCost): number {
  return queued.reduce((sum, seconds) => sum + seconds, 0);
}

if (isMain(import.meta.url)) {
  const [cases = '120000', pairs = '3', references = 'none'] = process.argv.slice(2);
  const costs: PairCost[] = [];
  for (let i = 0; i < Number(pairs); i++) {
    const cost = await costOf(Number(cases), references);
    costs.push(cost);
    const parts = cost.queued.map((seconds) => seconds.toFixed(1)).join(' + ');
    const ratio = totalOf(cost) / cost.alone;
    console.log(
      `--workers 2: ${cost.alone.toFixed(1)} s; coordinator + worker + server: ${parts} s; ${ratio.toFixed(3)}`,
    );
  }
  // The machine is shared: one pair says little.
  const median = (values: readonly number[]): number =>
    values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
  const [alone, queued] = [median(costs.map((cost) => cost.alone)), median(costs.map(totalOf))];
  console.log(
    `medians of ${pairs} pairs of ${cases} cases, ${references}: ${alone.toFixed(1)} and ${queued.toFixed(1)} s, ${(queued / alone).toFixed(3)}`,
  );
}
