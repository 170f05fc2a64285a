/**
 * Which process a run belongs to while it lasts:
 * nobody else may resume it, and what a dead process left is swept.
 */
import { hostname } from 'node:os';
import { z } from 'zod';
import { UsageError } from '../contract/failure.ts';
import { createFile, namesIn, realFileSystem, removePath, type FileSystem } from './file-system.ts';
import { allRuns, inPosix, loadFromRun, type RunFolder } from './run-folder.ts';

interface Owner {
  readonly schemaVersion: 1;
  readonly pid: number;
  readonly host: string;
}

const ownerSchema: z.ZodType<Owner> = z.strictObject({
  schemaVersion: z.literal(1),
  pid: z.int().min(1),
  host: z.string(),
});

/** Each owner writes a file of its own turn, which no two can make: who has the last one has the run. */
const ownerPattern = /^running-(\d{1,15})\.json$/;

interface Turn {
  readonly number: number;
  readonly owner: Owner;
}

/**
 * Sweeps what a dead owner left. @returns how many files that were.
 * @throws UsageError where a living process has the run; of several that try at once all but one see this.
 */
export function takeRun(folder: RunFolder, fs: FileSystem = realFileSystem): number {
  const before = lastTurn(folder, fs);
  if (before !== null && isAlive(before.owner)) throw ownedBy(before, folder);
  const mine: Owner = { schemaVersion: 1, pid: process.pid, host: hostname() };
  const number = (before?.number ?? 0) + 1;
  const path = turnPath(folder, number);
  if (!createFile(fs, path, `${JSON.stringify(mine)}\n`)) return takeRun(folder, fs);
  const now = lastTurn(folder, fs);
  if (now !== null && now.number !== number) {
    removePath(fs, path); // whoever was faster thought this one dead before it had written its name
    throw ownedBy(now, folder);
  }
  return before === null ? 0 : sweepRun(folder, fs);
}

/** Releases a run by its owner, with the turns of the dead owners before it. */
export function releaseRun(folder: RunFolder, fs: FileSystem = realFileSystem): void {
  for (const name of filesIn(fs, folder.path))
    if (ownerPattern.test(name)) removePath(fs, inPosix(folder.path, name));
}

/** @throws UsageError where a living process has the run. */
export function refuseOwned(folder: RunFolder, fs: FileSystem = realFileSystem): void {
  const turn = lastTurn(folder, fs);
  if (turn !== null && isAlive(turn.owner)) throw ownedBy(turn, folder);
}

function ownedBy({ number, owner: { pid, host } }: Turn, folder: RunFolder): UsageError {
  const elsewhere =
    host === hostname() ? '' : ` on ${host}: if that has ended, remove ${turnPath(folder, number)}`;
  return new UsageError(`the run ${folder.path} is still going on, in process ${pid}${elsewhere}`);
}

/** Files that a killed process was in the middle of writing: they have a number behind their name. */
const temporary = /\.(?:json|md|html)\.\d+$/;

/**
 * Removes what unfinished runs without a living owner left half-written, `own` aside: its owner has this very
 * process number, which in a container a dead one may have had before.
 * @returns how many files it removed.
 */
export function sweep(root: string, own: RunFolder | null, fs: FileSystem = realFileSystem): number {
  let removed = 0;
  for (const folder of allRuns(root, fs)) {
    if (folder.id === own?.id) continue;
    try {
      const turn = lastTurn(folder, fs);
      if (turn === null || isAlive(turn.owner)) continue;
      removed += takeRun(folder, fs);
      releaseRun(folder, fs);
    } catch (error) {
      // somebody else has resumed it, or it is not ours to write
      if (!(error instanceof UsageError)) throw error;
    }
  }
  return removed;
}

function sweepRun(folder: RunFolder, fs: FileSystem): number {
  const findings = inPosix(folder.path, 'findings');
  const slugs = namesIn(fs, findings) ?? [];
  let removed = 0;
  for (const path of [folder.path, findings, ...slugs.map((slug) => inPosix(findings, slug))]) {
    for (const name of filesIn(fs, path)) {
      if (!temporary.test(name)) continue;
      removePath(fs, inPosix(path, name));
      removed++;
    }
  }
  return removed;
}

/** [] for what is no folder. */
function filesIn(fs: FileSystem, path: string): readonly string[] {
  try {
    return fs.list(path);
  } catch {
    return [];
  }
}

/** Null where nobody has it. */
function lastTurn(folder: RunFolder, fs: FileSystem): Turn | null {
  const numbers = (namesIn(fs, folder.path) ?? []).flatMap((name) => ownerPattern.exec(name)?.[1] ?? []);
  if (numbers.length === 0) return null;
  const number = Math.max(...numbers.map(Number));
  return { number, owner: ownerOf(folder, number, fs) };
}

function turnPath(folder: RunFolder, number: number): string {
  return inPosix(folder.path, `running-${number}.json`);
}

/** Process 0, which is nobody, where its file says nothing that can be read. */
function ownerOf(folder: RunFolder, number: number, fs: FileSystem): Owner {
  try {
    return loadFromRun(folder, { name: `running-${number}.json`, schema: ownerSchema }, fs);
  } catch (error) {
    if (error instanceof UsageError) return { schemaVersion: 1, pid: 0, host: hostname() };
    throw error;
  }
}

/** Whether it is another process, and there. One of another machine may be: it cannot be asked. */
function isAlive({ pid, host }: Owner): boolean {
  if (host !== hostname()) return true;
  if (pid === 0 || pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
