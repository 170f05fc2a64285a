/**
 * Optional packages: what a subject of some kind, or a queue, needs and logitfuzz does not bring. Looked for
 * in the user's project, beside logitfuzz, and in `parts` of a clone.
 */
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { UsageError } from '../contract/failure.ts';

/** The packages, each with what it is there for; the versions that are tested are in parts/package.json. */
export const optionalParts = {
  koffi: 'libraries (.so, .dylib, .dll)',
  'onnxruntime-node': 'ONNX models',
  'onnxruntime-web': 'ONNX models with --engine onnxruntime-web',
  webgpu: 'WGSL shaders',
  bullmq: 'campaigns over many machines, with --queue',
  ioredis: 'campaigns over many machines, with --queue',
} as const;
export type PartName = keyof typeof optionalParts;

/**
 * What the package exports. The caller knows its type: none of these packages is there when this is compiled.
 * @throws UsageError naming `user`, which needs it, and the command that installs it.
 */
export async function loadPart(name: PartName, { user }: { readonly user: string }): Promise<unknown> {
  const path = findPart(name);
  if (path === null) throw new UsageError(`${user} needs the package ${name}: npm install ${name}`);
  try {
    const loaded = (await import(pathToFileURL(path).href)) as { readonly default?: unknown };
    return loaded.default ?? loaded;
  } catch (error) {
    const why = error instanceof Error ? error.message.split('\n')[0] : String(error);
    throw new UsageError(`${user} needs the package ${name}, and ${path} cannot be loaded: ${why}`);
  }
}

/** The file that a package begins with; null where it is nowhere. Loads nothing. */
export function findPart(name: string): string | null {
  const own = createRequire(import.meta.url);
  const places = [join(process.cwd(), 'logitfuzz.js'), import.meta.url, join(clone(own), 'parts', 'at.js')];
  for (const place of places) {
    try {
      return createRequire(place).resolve(name);
    } catch {
      // not there
    }
  }
  return null;
}

/** The version of a package that is there, as its manifest says, which not every package exports. */
export function versionOfPart(name: string): string | null {
  const path = findPart(name);
  if (path === null) return null;
  const read = createRequire(import.meta.url);
  for (let folder = dirname(path); folder !== dirname(folder); folder = dirname(folder)) {
    try {
      const manifest = read(join(folder, 'package.json')) as Record<string, unknown>;
      if (manifest['name'] === name) return String(manifest['version']);
    } catch {
      // further up
    }
  }
  return 'unknown';
}

/** The folder of this package. */
function clone(own: NodeJS.Require): string {
  return dirname(own.resolve('logitfuzz/package.json'));
}
