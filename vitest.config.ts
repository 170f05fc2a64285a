/**
 * How the tests run. A file of tests that start processes says so in a line of its own, `// @module-tag
 * processes`: it runs from dist, which is built before it where a source is newer. No other test can start
 * one (scripts/no-processes.ts). `--mode embedded` leaves native TensorFlow out, as named skips.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { defineConfig, type ViteUserConfigFnObject } from 'vitest/config';
import { testsOf } from './scripts/tests-of.ts';

const folders = ['src', 'reference', 'properties', 'examples', 'series', 'scripts'];
const include = folders.map((folder) => `${folder}/**/*.test.ts`);
const exclude = ['examples/user-project/**']; // a project of its own: see series/packed.ts
const withProcesses = folders
  .flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name)),
  )
  .filter(
    (path) => path.endsWith('.test.ts') && /^\/\/ @module-tag processes$/m.test(readFileSync(path, 'utf8')),
  );

/** What the examples import by name is the source: dist may be older. */
const alias = { 'logitfuzz/wasm': join(import.meta.dirname, 'src/connect/wasm/index.ts') };

const config: ViteUserConfigFnObject = defineConfig(({ mode }) => ({
  resolve: { alias },
  test: {
    env: mode === 'embedded' ? { LOGITFUZZ_EMBEDDED: '1' } : {},
    pool: 'forks',
    isolate: false, // the files that one worker runs load TensorFlow.js and the sources once
    maxWorkers: '100%', // vitest leaves a core out, which is half of two
    testTimeout: 120_000,
    hookTimeout: 120_000,
    tags: [
      { name: 'processes', description: 'starts processes: the built command, its workers, a browser, git' },
    ],
    watchTriggerPatterns: [
      {
        pattern: /\.tsx?$/,
        testsToRun: (file) => testsOf(relative(process.cwd(), file), { folders, withProcesses }),
      },
    ],
    projects: [
      {
        extends: true,
        test: {
          name: 'in-process',
          include,
          exclude: [...exclude, ...withProcesses],
          setupFiles: 'scripts/no-processes.ts',
        },
      },
      {
        extends: true,
        test: {
          name: 'processes',
          include: withProcesses,
          exclude,
          globalSetup: 'scripts/build-when-stale.ts',
        },
      },
    ],
  },
}));

export default config;
