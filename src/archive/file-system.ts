/**
 * The few things that the archive does to a disk, and what their failures mean.
 * The only importer of node:fs here.
 */
import { isUtf8 } from 'node:buffer';
import { randomInt } from 'node:crypto';
import {
  accessSync,
  closeSync,
  constants,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import type { z } from 'zod';
import { parseData } from '../case/parse-data.ts';
import { InfrastructureError, UsageError } from '../contract/failure.ts';

/** Every function throws what node:fs throws: an error with a `code`. */
export interface FileSystem {
  /** Bytes of a file; null for a folder. */
  size(path: string): number | null;
  /** Reads UTF-8 only. */
  readText(path: string): string;
  /**
   * Whole or not at all, and on the disk when it returns. Never through a symbolic link to another file, and
   * never in the place of what is no file: a pipe or a device that somebody named would be gone.
   */
  writeText(path: string, text: string): void;
  /** Throws what `writeText` would, as far as that can be told before; writes nothing. */
  checkFile(path: string): void;
  /** Throws what `makeFolder` would, as far as that can be told before; makes nothing. */
  checkFolder(path: string): void;
  /** A file that was not there; false where something is. Of several processes one makes it. */
  create(path: string, text: string): boolean;
  /** Makes a folder with the folders above it; one that is there already is fine. */
  makeFolder(path: string): void;
  /** The names in a folder. */
  list(path: string): readonly string[];
  /** A file, or a folder with all that is in it; nothing where there is none. */
  remove(path: string): void;
}

export const realFileSystem: FileSystem = {
  size(path) {
    const stats = statSync(path);
    if (stats.isFile()) return stats.size;
    if (stats.isDirectory()) return null;
    throw systemError('EFTYPE', path); // a pipe would be waited for, and a device may have no end
  },
  readText(path) {
    const bytes = readFileSync(path);
    if (!isUtf8(bytes)) throw systemError('EILSEQ', path);
    return bytes.toString('utf8');
  },
  writeText(path, text) {
    checkReplaceable(path);
    replaceWhole(path, text);
  },
  checkFile(path) {
    checkReplaceable(path);
    checkParents(dirname(path));
  },
  checkFolder: checkParents,
  create(path, text) {
    try {
      const descriptor = openSync(path, 'wx');
      try {
        writeAll(descriptor, text);
      } catch (error) {
        removeIfPossible(path);
        throw error;
      } finally {
        closeSync(descriptor);
      }
      return true;
    } catch (error) {
      if (codeOf(error) === 'EEXIST') return false;
      throw error;
    }
  },
  makeFolder: makeWithParents,
  list: (path) => readdirSync(path),
  remove: (path) => rmSync(path, { recursive: true, force: true }),
};

/** Renaming puts a file in the place of anything but a folder. */
function checkReplaceable(path: string): void {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  if (stats === undefined || stats.isFile()) return;
  throw systemError(stats.isSymbolicLink() ? 'ELOOP' : stats.isDirectory() ? 'EISDIR' : 'EFTYPE', path);
}

/** The nearest folder that is there has to be one, and may be written to. */
function checkParents(path: string): void {
  const isNamed = lstatSync(path, { throwIfNoEntry: false }) !== undefined;
  if (!isNamed && dirname(path) !== path) return checkParents(dirname(path));
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined) throw systemError('ELOOP', path); // a link to nothing
  if (!stats.isDirectory()) throw systemError('ENOTDIR', path);
  accessSync(path, constants.W_OK | constants.X_OK);
}

/**
 * Writes the text beside the file under another name, to the disk, and then puts it in its place. `sweep`
 * knows the name, should this process be killed.
 */
function replaceWhole(path: string, text: string): void {
  const beside = `${path}.${randomInt(2 ** 47)}`;
  const descriptor = openSync(beside, 'wx');
  try {
    try {
      writeAll(descriptor, text);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    renameSync(beside, path);
  } catch (error) {
    removeIfPossible(beside);
    throw error;
  }
}

/** A disk that fills up takes a part and gives no error before the next: what is written once may be torn. */
function writeAll(descriptor: number, text: string): void {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length;) at += writeSync(descriptor, bytes, at);
}

function removeIfPossible(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // It is swept later; what matters is why the file could not be written.
  }
}

/** Not mkdirSync's own `recursive`: below /proc, which refuses with ENOENT, that never returns. */
function makeWithParents(path: string): void {
  try {
    mkdirSync(path);
  } catch (error) {
    const code = codeOf(error);
    if (code === 'EEXIST' && statSync(path).isDirectory()) return;
    if (code !== 'ENOENT' || !isAbsent(dirname(path))) throw error;
    makeWithParents(dirname(path));
    makeWithParents(path); // another process may have been faster
  }
}

function isAbsent(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) === undefined;
}

function systemError(code: 'EFTYPE' | 'EILSEQ' | 'EISDIR' | 'ELOOP' | 'ENOTDIR', path: string): Error {
  return Object.assign(new Error(`${code}: ${path}`), { code });
}

const largestFileBytes = 256 * 2 ** 20;

/** A folder the user named cannot be written: theirs to mend. Anything else, a full disk say, is not. */
const userCodes: readonly string[] = [
  'EACCES',
  'EPERM',
  'EROFS',
  'ENOTDIR',
  'EISDIR',
  'EEXIST',
  'ENAMETOOLONG',
  'ELOOP',
  'EFTYPE',
  'EILSEQ',
];

/**
 * @throws UsageError for a folder that cannot be written, InfrastructureError for a disk that is full or
 * fails.
 */
export function makeFolder(fs: FileSystem, path: string): void {
  attemptTo(`write the folder ${path}`, () => fs.makeFolder(path));
}

/** @throws as `makeFolder` does. */
export function writeFile(fs: FileSystem, path: string, text: string): void {
  attemptTo(`write ${path}`, () => fs.writeText(path, text));
}

/** Tells before a run what would fail at its end. @throws as `makeFolder` does. */
export function checkFile(fs: FileSystem, path: string): void {
  attemptTo(`write ${path}`, () => fs.checkFile(path));
}

/** Tells before a run what would fail at its end. @throws as `makeFolder` does. */
export function checkFolder(fs: FileSystem, path: string): void {
  attemptTo(`write the folder ${path}`, () => fs.checkFolder(path));
}

/** False where something of this name is there. @throws as `makeFolder` does. */
export function createFile(fs: FileSystem, path: string, text: string): boolean {
  return attemptTo(`write ${path}`, () => fs.create(path, text));
}

/** @throws as `makeFolder` does. */
export function removePath(fs: FileSystem, path: string): void {
  attemptTo(`remove ${path}`, () => fs.remove(path));
}

/** The names in a folder, sorted by code unit; null where there is no such folder. */
export function namesIn(fs: FileSystem, path: string): readonly string[] | null {
  return attemptTo(`read the folder ${path}`, () => {
    try {
      return [...fs.list(path)].sort();
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return null;
      throw error;
    }
  });
}

/** True for a file, and for a folder. @throws UsageError where it is neither, or cannot be looked at. */
export function isThere(fs: FileSystem, path: string): boolean {
  return attemptTo(`read ${path}`, () => {
    try {
      fs.size(path);
      return true;
    } catch (error) {
      const code = codeOf(error);
      if (code === 'ENOENT' || code === 'ENOTDIR') return false;
      throw error;
    }
  });
}

/**
 * The data of one JSON file by its schema. A folder stands for the file of this name in it.
 * `versions` are those of its schemaVersion that are read.
 * @throws UsageError naming the file and what is wrong: missing, too large, cut off, not JSON, another
 * version.
 */
export function readData<T>(
  fs: FileSystem,
  path: string,
  { schema, name, versions = [1] }: { schema: z.ZodType<T>; name: string; versions?: readonly number[] },
): { readonly data: T; readonly path: string } {
  const file = fileOf(fs, path, name);
  const text = attemptTo(`read ${file}`, () => fs.readText(file));
  const value = parseText(text, file);
  checkVersion(value, file, versions);
  return { data: parseData(schema, value, { name: file }), path: file };
}

function fileOf(fs: FileSystem, path: string, name: string): string {
  const sizeAt = (at: string): number | null => attemptTo(`read ${at}`, () => fs.size(at));
  let file = path;
  let bytes = sizeAt(path);
  if (bytes === null) {
    file = join(path, name);
    bytes = sizeAt(file);
  }
  if (bytes === null) throw new UsageError(`${file} is a folder, not a file`);
  if (bytes <= largestFileBytes) return file;
  throw new UsageError(`${file} has ${bytes} bytes, more than the ${largestFileBytes} that are read`);
}

function parseText(text: string, file: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    if (text.trim() === '') throw new UsageError(`${file} is empty`);
    throw new UsageError(`${file} ${syntaxFault(text, (error as Error).message)}`);
  }
}

/**
 * What is wrong with the syntax and where, from V8's message,
 * which names a position in most cases, in characters.
 */
function syntaxFault(text: string, message: string): string {
  const bytes = Buffer.byteLength(text);
  const position = /position (\d+)/.exec(message)?.[1];
  const at = position === undefined ? null : Buffer.byteLength(text.slice(0, Number(position)));
  if (at === bytes || /unterminated|unexpected end/i.test(message)) {
    return `is cut off: its JSON does not end within its ${bytes} bytes`;
  }
  return `is not JSON${at === null ? '' : `: unexpected character at byte ${at}`}`;
}

function checkVersion(value: unknown, file: string, versions: readonly number[]): void {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, 'schemaVersion')) return;
  const { schemaVersion: version } = value as { schemaVersion: unknown };
  if (typeof version !== 'number' || versions.includes(version)) return;
  throw new UsageError(
    `${file} has schemaVersion ${version}, and this logitfuzz reads ${versions.join(', ').replace(/, (?=[^,]*$)/, ' and ')}`,
  );
}

/** Runs `act`, and says what it was to do where the file system refuses. */
function attemptTo<T>(doing: string, act: () => T): T {
  try {
    return act();
  } catch (error) {
    const code = codeOf(error);
    if (isNoPath(error)) throw new UsageError(`cannot ${doing}: a path holds no NUL`, { cause: error });
    if (code === null) throw error;
    const message = `cannot ${doing}: ${reasonOf(code)}`;
    const isMissing = code === 'ENOENT' && doing.startsWith('read');
    throw isMissing || userCodes.includes(code)
      ? new UsageError(message, { cause: error })
      : new InfrastructureError(message, { cause: error });
  }
}

const reasons: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'not permitted',
  EROFS: 'the file system is read-only',
  ENOTDIR: 'a part of the path is no folder',
  EISDIR: 'it is a folder',
  EEXIST: 'a file is in the way',
  ENOENT: 'there is no such file or folder',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  ELOOP: 'a symbolic link is in the way, or leads in a circle',
  ENAMETOOLONG: 'the name is too long',
  EFTYPE: 'it is neither a file nor a folder',
  EILSEQ: 'it is not UTF-8 text',
  EIO: 'the disk failed',
  EFBIG: 'the file is larger than is allowed',
  EMFILE: 'too many files are open',
  ENFILE: 'too many files are open on this machine',
};

function reasonOf(code: string): string {
  return code in reasons ? `${reasons[code]} (${code})` : code;
}

/** Node refuses a path with a NUL before it asks the operating system. */
function isNoPath(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_INVALID_ARG_VALUE';
}

/** An error of the operating system has a code in capitals; null for any other. */
function codeOf(error: unknown): string | null {
  if (!(error instanceof Error) || !('code' in error)) return null;
  return typeof error.code === 'string' && /^E[A-Z0-9]+$/.test(error.code) ? error.code : null;
}
