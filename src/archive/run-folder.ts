/** The folder of one run under the reports root: `<root>/runs/<id>/run.json`, its findings beside it. */
import { posix } from 'node:path';
import type { z } from 'zod';
import { UsageError } from '../contract/failure.ts';
import {
  isThere,
  makeFolder,
  namesIn,
  readData,
  realFileSystem,
  writeFile,
  type FileSystem,
} from './file-system.ts';
import { listedFindings } from './failing.ts';
import { runRecordSchema, type RunRecord } from './run-record.ts';

export interface RunFolder {
  readonly id: string;
  /** `<root>/runs/<id>`, relative where the root is. */
  readonly path: string;
}

const recordName = 'run.json';
const idPattern = /^\d{8}T\d{9}Z-\d{1,20}-[a-z0-9]{1,16}$/;

/**
 * `20240229T134501123Z-<seed>-<suffix>`: sorts by time. `suffix` is random, for runs of the same millisecond.
 */
export function runIdOf({
  startedAt,
  seed,
  suffix,
}: {
  startedAt: Date;
  seed: string;
  suffix: string;
}): string {
  const id = `${startedAt.toISOString().replaceAll(/[-:.]/g, '')}-${seed}-${suffix}`;
  if (!idPattern.test(id)) throw new RangeError(`${JSON.stringify(id)} is no run id`);
  return id;
}

/** @throws UsageError where the root cannot be written, InfrastructureError where the disk is full. */
export function createRun(root: string, id: string, fs: FileSystem = realFileSystem): RunFolder {
  if (!idPattern.test(id)) throw new RangeError(`${JSON.stringify(id)} is no run id`);
  const path = inPosix(root, 'runs', id);
  makeFolder(fs, path);
  return { id, path };
}

/** Writes it with its keys in the schema's order, however it was made. @returns the path of its run.json. */
export function saveRun(folder: RunFolder, run: RunRecord, fs: FileSystem = realFileSystem): string {
  const path = inPosix(folder.path, recordName);
  writeFile(fs, path, `${JSON.stringify(runRecordSchema.parse(run), null, 2)}\n`);
  return path;
}

/** Reads a run.json, or the one in a folder. @throws UsageError naming the file and what is wrong with it. */
export function loadRun(path: string, fs: FileSystem = realFileSystem): RunRecord {
  const { data } = readData(fs, path, { schema: runRecordSchema, name: recordName });
  return { ...data, findings: listedFindings(data.findings, data) };
}

/** Writes a file of the run beside its run.json, whole. @returns its path. */
export function saveInRun(
  folder: RunFolder,
  name: string,
  data: unknown,
  fs: FileSystem = realFileSystem,
): string {
  const path = inPosix(folder.path, name);
  writeFile(fs, path, `${JSON.stringify(data)}\n`);
  return path;
}

/** @throws UsageError naming the file and what is wrong with it. */
export function loadFromRun<T>(
  folder: RunFolder,
  { name, schema }: { readonly name: string; readonly schema: z.ZodType<T> },
  fs: FileSystem = realFileSystem,
): T {
  return readData(fs, inPosix(folder.path, name), { schema, name }).data;
}

export function isInRun(folder: RunFolder, name: string, fs: FileSystem = realFileSystem): boolean {
  return isThere(fs, inPosix(folder.path, name));
}

/**
 * A run by the path of its folder, or of a file in it.
 * @throws UsageError where the folder's name is none of a run.
 */
export function runFolderAt(path: string): RunFolder {
  const parts = inPosix(path).replace(/\/+$/, '').split('/');
  if (parts.at(-1)!.endsWith('.json')) parts.pop();
  const id = parts.at(-1)!;
  if (!idPattern.test(id))
    throw new UsageError(
      `${path} is no run: its folder would be named as in 20240229T134501123Z-42-1a2b3c4d`,
    );
  return { id, path: parts.join('/') };
}

/** A run by the path of its folder, or of a file in it, whatever it is called: one that is only read. */
export function folderAt(path: string): RunFolder {
  const folder = inPosix(path, path.endsWith('.json') ? '..' : '.').replace(/(?<=.)\/+$/, '');
  return { id: posix.basename(folder), path: folder };
}

/** The runs that came to their end, oldest first; [] where there is no such root. */
export function listRuns(root: string, fs: FileSystem = realFileSystem): readonly RunFolder[] {
  return allRuns(root, fs).filter(({ path }) => isThere(fs, inPosix(path, recordName)));
}

/** Every run under the root, ended or not, oldest first. */
export function allRuns(root: string, fs: FileSystem = realFileSystem): readonly RunFolder[] {
  const ids = namesIn(fs, inPosix(root, 'runs')) ?? [];
  return ids.filter((id) => idPattern.test(id)).map((id) => ({ id, path: inPosix(root, 'runs', id) }));
}

/** @throws UsageError where the root holds no run. */
export function newestRun(root: string, fs: FileSystem = realFileSystem): RunFolder {
  const newest = listRuns(root, fs).at(-1);
  if (newest !== undefined) return newest;
  throw new UsageError(`there is no run under ${inPosix(root, 'runs')}: make one with npx logitfuzz fuzz`);
}

/** Forward slashes, which every platform reads: paths are printed, and stored in run.json. */
export function inPosix(...parts: readonly string[]): string {
  return posix.join(
    ...parts.map((part) => (process.platform === 'win32' ? part.replaceAll('\\', '/') : part)),
  );
}
