/**
 * Digests of files by their names and contents: the same on two machines that hold the same, wherever they
 * hold it. Loads and runs nothing.
 */
import { createHash } from 'node:crypto';
import { closeSync, openSync, readdirSync, readFileSync, readSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { packageFolder } from '../contract/package-version.ts';

/** A file, by the name that it goes under in a digest. */
export interface NamedFile {
  readonly name: string;
  readonly path: string;
}

/** sha256 of all names and contents, in the order of the names: 64 hexadecimal digits. */
export function digestOfFiles(files: readonly NamedFile[]): string {
  const hash = createHash('sha256');
  for (const { name, path } of files.toSorted((a, b) => (a.name < b.name ? -1 : 1)))
    hash.update(`${JSON.stringify(name)} ${digestOfFile(path)}\n`);
  return hash.digest('hex');
}

/** The path from a folder to a file, as it is written on every system. */
export function nameFrom(folder: string, path: string): string {
  return relative(folder, path).split(sep).join('/');
}

/**
 * What is text by its name: Git checks it out with other line ends on Windows. To JavaScript, Python and JSON
 * both ends are one, also within a string of several lines.
 */
const textEndings = /\.(?:[cm]?[jt]sx?|json|py|wgsl|lock|ya?ml|toml|txt)$/;

function digestOfFile(path: string): string {
  const hash = createHash('sha256');
  if (textEndings.test(path)) hash.update(withoutReturns(readFileSync(path)));
  else for (const chunk of chunksOf(path)) hash.update(chunk);
  return hash.digest('hex');
}

const lineFeed = 0x0a;
const carriageReturn = 0x0d;

/** Each carriage return before a line feed taken away. */
function withoutReturns(bytes: Uint8Array): Uint8Array {
  if (!bytes.includes(carriageReturn)) return bytes;
  return bytes.filter((byte, at) => byte !== carriageReturn || bytes[at + 1] !== lineFeed);
}

/** A model may be larger than the memory. */
function* chunksOf(path: string): Generator<Uint8Array> {
  const descriptor = openSync(path, 'r');
  const buffer = new Uint8Array(2 ** 20);
  try {
    for (;;) {
      const length = readSync(descriptor, buffer);
      if (length === 0) return;
      yield buffer.subarray(0, length);
    }
  } finally {
    closeSync(descriptor);
  }
}

/** What is shipped and can say what an answer or a verdict is, below the folder of the package. */
const shipped: readonly { readonly folder: string; readonly ending: RegExp }[] = [
  { folder: 'dist/src/bundle', ending: /\.js$/ },
  { folder: 'kits/python', ending: /\.py$/ },
  { folder: 'reference/python', ending: /\.py$/ },
];
/** The same where it runs from its sources, as in tests. */
const sources: typeof shipped = [
  ...['src', 'reference', 'properties'].map((folder) => ({ folder, ending: /(?<!\.test)\.tsx?$/ })),
  ...shipped.filter(({ folder }) => !folder.startsWith('dist/')),
];

let digestOfCode: string | null = null;

/** The digest of logitfuzz's own code, read once in a process. */
export function codeDigest(): string {
  const isSource = import.meta.url.endsWith('.ts');
  return (digestOfCode ??= digestOfPackage(packageFolder, isSource ? sources : shipped));
}

/** The digest of the code in a folder where logitfuzz is installed. */
export function digestOfPackage(own: string, parts: typeof shipped = shipped): string {
  return digestOfFiles(parts.flatMap((part) => filesIn(own, part)));
}

function filesIn(own: string, { folder, ending }: (typeof shipped)[number]): readonly NamedFile[] {
  return readdirSync(join(own, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => ending.test(name) && !/(^|[\\/])fixtures[\\/]/.test(name)) // which are for tests, and not shipped
    .map((name) => join(own, folder, name))
    .map((path) => ({ name: nameFrom(own, path), path }));
}
