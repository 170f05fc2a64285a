/**
 * Digests of what a subject consists of on disk: the file that it is named by, what that imports outside of
 * node_modules, and the nearest lock file. Loads and runs nothing.
 */
import { existsSync, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Connection } from '../case/connection.ts';
import { wordsOf } from '../connect/command-line.ts';
import { connectorOf } from '../connect/connect.ts';
import { UsageError } from '../contract/failure.ts';
import { readModel } from '../connect/onnx/model.ts';
import { moduleResolver } from '../subjects/import-module.ts';
import { digestOfFiles, nameFrom } from './digest.ts';
import { importsOfModule, importsOfPython, type PythonImport } from './imports.ts';

/** Each 64 hexadecimal digits. */
export interface SubjectContent {
  /** The digest of the file that names it and what it imports; null where no file does. */
  readonly files: string | null;
  /** The digest of what was compiled for one kind of processor, a library say; null where nothing was. */
  readonly native: string | null;
  /** The digest of the nearest lock file; null where there is none. */
  readonly lock: string | null;
}

const nothing: SubjectContent = { files: null, native: null, lock: null };

/**
 * Paths are taken from the subject's own folder, so that machines with other roots agree. A subject that is
 * not there has no content: whoever loads it says so.
 * @throws UsageError where a file of it cannot be read.
 */
export async function subjectContentOf(
  subject: string | null,
  connection: Pick<Connection, 'manifest'> = {},
): Promise<SubjectContent> {
  try {
    return await contentOf(subject ?? 'from-scratch', connection);
  } catch (error) {
    if (error instanceof UsageError) throw error;
    const why = error instanceof Error ? error.message : String(error);
    throw new UsageError(`the files of the subject ${JSON.stringify(subject)} cannot be read: ${why}`);
  }
}

async function contentOf(
  subject: string,
  { manifest }: Pick<Connection, 'manifest'>,
): Promise<SubjectContent> {
  const entries = await entriesOf(subject);
  const [entry] = entries;
  if (entry === undefined) return nothing;
  const beside = (manifest === undefined ? [] : [resolve(manifest)]).filter(isFile).map(real);
  const all = await reachedFrom([...entries, ...beside]);
  const folder = dirname(entries.find((path) => !isNative(path)) ?? entry);
  const named = (paths: readonly string[]): string | null =>
    paths.length === 0
      ? null
      : digestOfFiles(paths.map((path) => ({ name: nameOf(path, { folder, entries, beside }), path })));
  const lock = lockFileOf(folder);
  return {
    files: named(all.filter((path) => !isNative(path))),
    native: named(all.filter(isNative)),
    lock: lock === null ? null : digestOfFiles([{ name: basename(lock), path: lock }]),
  };
}

interface Naming {
  readonly folder: string;
  readonly entries: readonly string[];
  readonly beside: readonly string[];
}

/**
 * A manifest, or an interpreter of a kit, may lie anywhere: they are told by their names. Of files that
 * import each other, one is the subject.
 */
function nameOf(path: string, { folder, entries, beside }: Naming): string {
  if (beside.includes(path)) return `manifest ${basename(path)}`;
  const name = isNative(path) ? basename(path) : nameFrom(folder, path);
  return entries.includes(path) ? `${entries.indexOf(path)} ${name}` : name;
}

/** The files that a subject is named by; [] for one of ours, and where a program on the path is meant. */
async function entriesOf(subject: string): Promise<readonly string[]> {
  const { kind } = connectorOf(subject);
  switch (kind) {
    case 'command':
      return wordsOf(subject.slice('cmd:'.length)).filter(isFile).map(real);
    case 'browser':
      return [subject.slice('browser:'.length)].map(pathOf).filter(isFile).map(real);
    case 'module': {
      if (subject === 'from-scratch' || subject === 'textbook') return [];
      if (isFile(pathOf(subject))) return [real(pathOf(subject))];
      const found = (await moduleResolver())(subject, join(process.cwd(), 'logitfuzz.js'));
      return found === null ? [] : [real(found)];
    }
    default:
      return [pathOf(subject)].filter(isFile).map(real);
  }
}

function pathOf(specifier: string): string {
  return resolve(specifier.startsWith('file:') ? fileURLToPath(specifier) : specifier);
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}

function real(path: string): string {
  return realpathSync(path);
}

/** The files with all that they import, each once. */
async function reachedFrom(entries: readonly string[]): Promise<readonly string[]> {
  const importsOf = await fileImports(entries);
  const reached = new Set(entries);
  for (const path of reached) for (const found of importsOf(path)) reached.add(found); // also those that it adds
  return [...reached];
}

type ImportsOf = (path: string) => readonly string[];

async function fileImports(entries: readonly string[]): Promise<ImportsOf> {
  const isScript = (path: string): boolean => /\.[cm]?[jt]sx?$/.test(path);
  const resolveImport = entries.some(isScript) ? await moduleResolver() : null;
  return (path) => {
    if (isScript(path) && resolveImport !== null)
      return importsOfModule(readFileSync(path, 'utf8'))
        .filter((specifier) => !isOurs(specifier))
        .flatMap((specifier) => resolveImport(specifier, path) ?? [])
        .filter(isFile)
        .map(real)
        .filter((found) => isOwn(found, entries[0]!));
    if (path.endsWith('.py'))
      return importsOfPython(readFileSync(path, 'utf8')).flatMap((one) =>
        pythonFilesOf(one, {
          from: path,
          root: dirname(entries.find((entry) => entry.endsWith('.py')) ?? path),
        }),
      );
    return path.endsWith('.onnx') ? dataOfModel(path) : [];
  };
}

/** logitfuzz's own modules are in the digest of its code. */
function isOurs(specifier: string): boolean {
  return specifier === 'logitfuzz' || specifier.startsWith('logitfuzz/');
}

/** Whether a file is no package's, or of the very package that the subject is. */
function isOwn(path: string, entry: string): boolean {
  const packages = `${sep}node_modules${sep}`;
  const at = entry.lastIndexOf(packages);
  if (at < 0) return !path.includes(packages);
  const [scope, name] = entry.slice(at + packages.length).split(sep);
  const folder =
    entry.slice(0, at + packages.length) + (scope!.startsWith('@') ? join(scope!, name!) : scope!);
  return path.startsWith(folder + sep) && !path.slice(folder.length).includes(packages);
}

/** What Python would look for: modules, compiled ones too, and the packages on the way, for `__init__`. */
function pythonFilesOf(
  { parts, dots }: PythonImport,
  { from, root }: { readonly from: string; readonly root: string },
): readonly string[] {
  let folder = dots === 0 ? root : dirname(from);
  for (let up = 1; up < dots; up++) folder = dirname(folder);
  const found: string[] = [];
  for (let length = dots === 0 ? 1 : 0; length <= parts.length; length++) {
    const stem = join(folder, ...parts.slice(0, length));
    found.push(join(stem, '__init__.py'), `${stem}.py`, ...compiledAs(stem));
  }
  return found.filter(isFile).map(real);
}

/** `lane.cpython-311-x86_64-linux-gnu.so` for `lane`. */
function compiledAs(stem: string): readonly string[] {
  if (!existsSync(dirname(stem))) return [];
  return readdirSync(dirname(stem))
    .filter((name) => name.startsWith(`${basename(stem)}.`) && /\.(?:so|pyd)$/.test(name))
    .map((name) => join(dirname(stem), name));
}

/** The tensors that lie beside the model. */
function dataOfModel(path: string): readonly string[] {
  try {
    return readModel(readFileSync(path))
      .externalLocations.map((location) => resolve(dirname(path), location))
      .filter(isFile)
      .map(real);
  } catch {
    return []; // no model: whoever loads it says so
  }
}

/** A library, or a program: that is what has no ending. */
function isNative(path: string): boolean {
  return /\.(?:so(?:\.\d+)*|dylib|dll|node|pyd|exe)$/.test(path) || !basename(path).includes('.');
}

/** By the languages that subjects are written in. */
const lockFiles: readonly string[] =
  `package-lock.json npm-shrinkwrap.json yarn.lock pnpm-lock.yaml bun.lock bun.lockb
  uv.lock poetry.lock pdm.lock Pipfile.lock requirements.txt`.split(/\s+/);

/** The first in the folder or above it. */
function lockFileOf(start: string): string | null {
  for (let folder = start; ; folder = dirname(folder)) {
    const found = lockFiles.map((name) => join(folder, name)).find((path) => existsSync(path));
    if (found !== undefined) return found;
    if (folder === dirname(folder)) return null;
  }
}
