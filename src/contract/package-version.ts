/** The version of this package, as its package.json says: part of every run's and finding's provenance. */
import { createRequire } from 'node:module';

interface PackageJson {
  readonly version: string;
}

// From src/contract the manifest is two folders up, from dist/src/contract three: the package's own name
// finds it from both.
/** The version of logitfuzz, as its package.json has it. */
export const packageVersion: string = (
  createRequire(import.meta.url)('logitfuzz/package.json') as PackageJson
).version;
