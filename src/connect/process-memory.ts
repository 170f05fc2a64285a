/** How much memory another process and those that it has started hold. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';

const pageBytes = 4096; // of every Linux that Node is built for, but a few kernels with larger ones
const hasProc = existsSync('/proc/self/statm');

/** Resident memory in MB; 0 where it is gone or nobody can tell. */
export function residentMbOf(pid: number): number {
  return hasProc ? treeMb(pid) : listedMb(pid);
}

/** A process counts what it shares with its children again: rather too much than too little. */
function treeMb(pid: number): number {
  const pages = Number(textOf(`/proc/${pid}/statm`).split(' ')[1] ?? 0);
  const children = textOf(`/proc/${pid}/task/${pid}/children`).trim();
  const own = (pages * pageBytes) / 2 ** 20;
  return children === '' ? own : children.split(' ').reduce((sum, child) => sum + treeMb(Number(child)), own);
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function listedMb(pid: number): number {
  const { stdout } = spawnSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' });
  return Number(stdout ?? 0) / 2 ** 10 || 0;
}
