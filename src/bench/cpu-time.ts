/**
 * CPU time of this process and of all that it has started. On a machine that others use too, a case costs the
 * same CPU time as on an idle one, about, and not the same time of the clock.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';

/** User and system, in seconds. */
export function ownCpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

/**
 * User and system, in seconds, of this process and its children: those that run and those that have ended.
 * NaN where nobody can tell.
 */
export function treeCpuSeconds(): number {
  return existsSync('/proc/self/stat') ? inProc(process.pid) : listed();
}

const ticksPerSecond = 100; // of every Linux that Node is built for

function inProc(pid: number): number {
  // The name before the last parenthesis may hold anything.
  const fields = textOf(`/proc/${pid}/stat`).split(') ').at(-1)!.split(' ');
  const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0); // own, and of ended children
  const children = textOf(`/proc/${pid}/task/${pid}/children`).split(' ').filter(Boolean);
  return children.reduce((sum, child) => sum + inProc(Number(child)), ticks / ticksPerSecond);
}

/** Empty where the process has just ended: its time is its parent's then. */
function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return '';
  }
}

/** As `ps` lists it, without what has ended. */
function listed(): number {
  const { stdout, status } = spawnSync('ps', ['-A', '-o', 'pid=,ppid=,time='], { encoding: 'utf8' });
  if (status !== 0) return NaN;
  const rows = stdout
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/));
  const sumOf = (pid: string): number =>
    rows
      .filter(([, parent]) => parent === pid)
      .reduce(
        (sum, [child]) => sum + sumOf(child!),
        secondsIn(rows.find(([own]) => own === pid)?.[2] ?? '0'),
      );
  return sumOf(String(process.pid));
}

/** `1-02:03:04.05` */
export function secondsIn(time: string): number {
  const [clock, days = '0'] = time.split('-').reverse();
  return clock!.split(':').reduce((sum, part) => 60 * sum + Number(part), 0) + 86_400 * Number(days);
}
