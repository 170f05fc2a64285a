/** Which process a run belongs to while it goes on: nobody else may go on with it, and what a dead one left is swept. */
import { hostname } from 'node:os';
import { z } from 'zod';
import { UsageError } from '../contract/failure.ts';
import { namesIn, realFileSystem, removePath, type FileSystem } from './file-system.ts';
import { inPosix, isInRun, loadFromRun, allRuns, saveInRun, type RunFolder } from './run-folder.ts';

const ownerName = 'running.json';

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

/** Sweeps what a dead owner left. @throws UsageError where a living process of this machine has it. */
export function takeRun(folder: RunFolder, fs: FileSystem = realFileSystem): void {
  const owner = ownerOf(folder, fs);
  if (owner !== null && owner.pid !== process.pid && isAlive(owner)) {
    throw new UsageError(
      `the run ${folder.path} is still going on, in process ${owner.pid} of ${owner.host} ` +
        `(if that is no logitfuzz, remove ${inPosix(folder.path, ownerName)})`,
    );
  }
  if (owner !== null) sweepRun(folder, fs);
  const mine: Owner = { schemaVersion: 1, pid: process.pid, host: hostname() };
  saveInRun(folder, ownerName, mine, fs);
}

export function releaseRun(folder: RunFolder, fs: FileSystem = realFileSystem): void {
  removePath(fs, inPosix(folder.path, ownerName));
}

/** Files that a killed process was in the middle of writing: they have a number behind their name. */
const temporary = /\.(?:json|md|html)\.\d+$/;

/** Of the root's unfinished runs without a living owner. @returns how many files it removed. */
export function sweep(root: string, fs: FileSystem = realFileSystem): number {
  let removed = 0;
  for (const folder of allRuns(root, fs)) {
    const owner = ownerOf(folder, fs);
    if (owner === null || isAlive(owner)) continue;
    removed += sweepRun(folder, fs);
    releaseRun(folder, fs);
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

/** Null where nobody has it, and where its file says nothing that can be read. */
function ownerOf(folder: RunFolder, fs: FileSystem): Owner | null {
  if (!isInRun(folder, ownerName, fs)) return null;
  try {
    return loadFromRun(folder, { name: ownerName, schema: ownerSchema }, fs);
  } catch (error) {
    if (error instanceof UsageError) return { schemaVersion: 1, pid: 0, host: hostname() };
    throw error;
  }
}

/** A process of another machine may be: it cannot be asked. */
function isAlive({ pid, host }: Owner): boolean {
  if (host !== hostname()) return true;
  if (pid === 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
