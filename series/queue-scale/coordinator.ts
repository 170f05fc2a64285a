/** The real coordinator, a process of the built command, and what it costs. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { mainPath } from '../run.ts';
import { runs, seed } from './recording.ts';

export interface Coordinator {
  readonly pid: number;
  /** Its heap after a collection, and its resident memory, in bytes. */
  memory(): Promise<Memory>;
  /** What it has said, at its end. */
  stop(): Promise<string>;
  readonly hasEnded: boolean;
  said(): string;
  /** Bytes of the file by which its run is resumed. */
  progressBytes(): number;
}

export interface Memory {
  readonly heapUsed: number;
  readonly rss: number;
  readonly external: number;
  readonly arrayBuffers: number;
}

export interface CoordinatorOptions {
  readonly url: string;
  readonly references: readonly string[];
  readonly jobSeconds: number;
  readonly folder: string;
  /** Where a profile of its CPU is written; null: none is made. */
  readonly profile: string | null;
}

const probe = fileURLToPath(new URL('probe.js', import.meta.url));

export function startCoordinator({
  url,
  references,
  jobSeconds,
  folder,
  profile,
}: CoordinatorOptions): Coordinator {
  const node = ['--expose-gc', '--import', probe];
  const profiling = profile === null ? [] : ['--cpu-prof', '--cpu-prof-dir', profile];
  const plan = ['--runs', String(runs), '--seed', seed, '--references', references.join(',') || 'none'];
  const ways = ['--job-seconds', String(jobSeconds), '--json', '--no-report'];
  const child: ChildProcess = spawn(
    process.execPath,
    [...node, ...profiling, mainPath, 'fuzz', ...plan, ...ways],
    {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      env: { ...process.env, NO_COLOR: '1', LOGITFUZZ_QUEUE: url },
    },
  );
  let said = '';
  child.stdout!.setEncoding('utf8').on('data', (text: string) => (said += text));
  child.stderr!.setEncoding('utf8').on('data', (text: string) => (said += text));
  const ended = once(child, 'close');
  let hasEnded = false;
  void ended.then(() => (hasEnded = true));
  return {
    pid: child.pid!,
    get hasEnded() {
      return hasEnded;
    },
    said: () => said,
    async memory() {
      const answered = once(child, 'message');
      child.send('memory');
      const [memory] = (await answered) as [Memory];
      return memory;
    },
    async stop() {
      child.kill('SIGINT');
      const late = setTimeout(() => child.kill('SIGKILL'), 60_000);
      await ended;
      clearTimeout(late);
      return said;
    },
    progressBytes() {
      const parent = join(folder, 'reports/runs');
      const [run] = readdirSync(parent);
      return statSync(join(parent, run!, 'progress.json')).size;
    },
  };
}

/** Seconds of CPU that a process has used, in all its threads. */
export function cpuSecondsOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}

/** Linux counts so many, wherever Node runs. */
const ticksPerSecond = 100;
