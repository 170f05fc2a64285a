/** Imports a module of the user's: a subject, a configuration. TypeScript loads as it is. */
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Jiti } from 'jiti';

/**
 * `target` is a path, a file URL, or a package's name, resolved from the working directory. `cache` is a
 * folder for what was compiled, which nobody else may write to; without one, all is compiled anew: jiti's
 * own is in a folder that all users of the machine share, and what lies there would run in its place.
 * Throws what the module throws.
 */
export async function importModule(
  target: string,
  { cache = null }: { readonly cache?: string | null } = {},
): Promise<unknown> {
  const jiti = await openJiti(cache);
  return jiti.import(target);
}

/**
 * The file that a module's import leads to, as `importModule` finds it; null where it leads to none. Runs
 * nothing.
 */
export async function moduleResolver(): Promise<(specifier: string, from: string) => string | null> {
  const jiti = await openJiti(null);
  return (specifier, from) => {
    const url = jiti.esmResolve(specifier, { parentURL: pathToFileURL(from), try: true });
    return url?.startsWith('file:') === true ? fileURLToPath(url) : null;
  };
}

async function openJiti(cache: string | null): Promise<Jiti> {
  const { createJiti } = await import('jiti'); // the built-in subjects do without
  return createJiti(join(process.cwd(), 'logitfuzz.js'), {
    interopDefault: false,
    moduleCache: true,
    fsCache: cache ?? false,
    alias: ownName(),
  });
}

/**
 * `logitfuzz` and `logitfuzz/kernels` mean this very package
 * to a module, also where it is not installed beside it.
 */
function ownName(): Record<string, string> {
  const source = import.meta.url.endsWith('.ts') ? '.ts' : '.js';
  const here = (path: string): string => fileURLToPath(new URL(`../${path}${source}`, import.meta.url));
  return {
    'logitfuzz/kernels': here('kernels/index'),
    'logitfuzz/onnx': here('connect/onnx/index'),
    'logitfuzz/wasm': here('connect/wasm/index'),
    'logitfuzz/textbook': here('kernels/textbook/index'),
    logitfuzz: here('index'),
  };
}
