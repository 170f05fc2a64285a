/** The version of this package, as its package.json says: part of every run's and finding's provenance. */
import { createRequire } from 'node:module';
import { dirname } from 'node:path';

interface PackageJson {
  readonly version: string;
}

// From src/contract the manifest is two folders up, from dist/src/contract three: the package's own name
// finds it from both.
const require = createRequire(import.meta.url);

/** The version of logitfuzz, as its package.json has it. */
export const packageVersion: string = (require('logitfuzz/package.json') as PackageJson).version;

/** Where this package is installed, or cloned. */
export const packageFolder: string = dirname(require.resolve('logitfuzz/package.json'));
