/**
 * Where a usable @tensorflow/tfjs-node may be: the project's own, or the one that setup put into the cache.
 */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { homedir, tmpdir } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';

/** The version that was tried; the same as tfjs-core's, since both share one engine in a process. */
export const tfjsNodeVersion = '4.22.0';

export interface TfjsNodeLocation {
  /** The package's folder. */
  readonly path: string;
  readonly origin: 'node_modules' | 'cache';
}

/**
 * `LOGITFUZZ_CACHE`, else `XDG_CACHE_HOME/logitfuzz`, else `~/.cache/logitfuzz`; where nobody has a home,
 * beside the temporary files.
 */
export function cacheFolder(
  environment: NodeJS.ProcessEnv = process.env,
  home: () => string = homedir,
): string {
  if (environment['LOGITFUZZ_CACHE']) return environment['LOGITFUZZ_CACHE'];
  return join(environment['XDG_CACHE_HOME'] || cacheIn(home), 'logitfuzz');
}

/** `homedir` throws for a user that the machine does not know, as containers start some, and may be empty. */
function cacheIn(home: () => string): string {
  try {
    const folder = home();
    return isAbsolute(folder) ? join(folder, '.cache') : tmpdir();
  } catch {
    return tmpdir();
  }
}

/**
 * The folder of the cache that holds tfjs-node for this kind of machine;
 * N-API makes it good for any Node version.
 */
export function tfjsNodeCache(): string {
  return join(cacheFolder(), `tfjs-node-${tfjsNodeVersion}-${process.platform}-${process.arch}`);
}

export function tfjsNodeIn(folder: string): string {
  return join(folder, 'node_modules', '@tensorflow', 'tfjs-node');
}

/** Every place where the package is with a built addon, the project's own first. Loads nothing. */
export function findTfjsNode(): readonly TfjsNodeLocation[] {
  const cached = tfjsNodeIn(tfjsNodeCache());
  const own = resolveOwn();
  const candidates: TfjsNodeLocation[] = [
    ...(own === null ? [] : [{ path: own, origin: 'node_modules' as const }]),
    { path: cached, origin: 'cache' as const },
  ];
  return candidates.filter(({ path }) => hasAddon(path));
}

function resolveOwn(): string | null {
  try {
    return dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-node/package.json'));
  } catch {
    return null; // an optional dependency that npm left out
  }
}

/** A package whose install script was skipped is there without it, and fails at the first import. */
function hasAddon(path: string): boolean {
  const built = [3, 4, 5, 6, 7, 8, 9].map((napi) => join(path, 'lib', `napi-v${napi}`, 'tfjs_binding.node'));
  return built.some((file) => existsSync(file));
}
