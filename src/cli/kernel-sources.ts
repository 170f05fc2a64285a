/**
 * The source of a subject's kernels, for `--with-source`: text of files under this folder, and of none else,
 * since the run that names the module may be somebody else's.
 */
import { realpathSync, statSync } from 'node:fs';
import { dirname, relative, resolve, sep } from 'node:path';
import { realFileSystem } from '../archive/file-system.ts';
import { kernelNames, type KernelName } from '../contract/subject.ts';
import { exportedFrom, kernelSource, type KernelSource } from '../text/kernel-source.ts';

const bytesMax = 2 ** 20;
/** How many modules a kernel is followed through. */
const hopsMax = 4;

export type KernelSources =
  | { readonly kind: 'sources'; readonly sources: readonly KernelSource[] }
  /** Why there are none, in a sentence. */
  | { readonly kind: 'none'; readonly why: string };

export function kernelSources(module: string | null, root: string = process.cwd()): KernelSources {
  if (module === null) return { kind: 'none', why: 'the subject is no file' };
  if (textIn(resolve(root, module), root) === null) {
    return { kind: 'none', why: `${module} is no JavaScript or TypeScript file under ${root}` };
  }
  const sources = kernelNames.flatMap((kernel) => sourceOf(resolve(root, module), kernel, root) ?? []);
  if (sources.length > 0) return { kind: 'sources', sources };
  return { kind: 'none', why: `no line of ${module} defines a kernel by its name` };
}

function sourceOf(module: string, kernel: KernelName, root: string): KernelSource | null {
  let path = module;
  for (let hop = 0; hop < hopsMax; hop++) {
    const text = textIn(path, root);
    if (text === null) return null;
    const source = kernelSource(text, kernel, relative(realpathSync(root), realpathSync(path)));
    const from = exportedFrom(text, kernel);
    if (source !== null || from === null) return source;
    path = resolve(dirname(path), from);
  }
  return null;
}

/** Null for what is no such file, is outside of the root, too large or no text. */
function textIn(path: string, root: string): string | null {
  try {
    const real = realpathSync(path);
    const isUnder = real.startsWith(`${realpathSync(root)}${sep}`);
    if (!isUnder || !/\.[cm]?[jt]sx?$/.test(real)) return null;
    const stats = statSync(real);
    return stats.isFile() && stats.size <= bytesMax ? realFileSystem.readText(real) : null;
  } catch {
    return null;
  }
}
