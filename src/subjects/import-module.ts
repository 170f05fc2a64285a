/** Imports a module of the user's: a subject, a configuration. TypeScript loads as it is. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

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
  const { createJiti } = await import('jiti'); // the built-in subjects do without
  const jiti = createJiti(join(process.cwd(), 'logitfuzz.js'), {
    interopDefault: false,
    moduleCache: true,
    fsCache: cache ?? false,
    alias: ownName(),
  });
  return jiti.import(target);
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
