/** Imports a module of the user's: a subject, a configuration. TypeScript loads as it is. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * `target` is a path, a file URL, or a package's name, resolved from the working directory.
 * Throws what the module throws.
 */
export async function importModule(target: string): Promise<unknown> {
  const { createJiti } = await import('jiti'); // the built-in subjects do without
  const jiti = createJiti(join(process.cwd(), 'logitfuzz.js'), {
    interopDefault: false,
    moduleCache: true,
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
    'logitfuzz/textbook': here('kernels/textbook/index'),
    logitfuzz: here('index'),
  };
}
