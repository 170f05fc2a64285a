/** A global setup of vitest: builds dist again where a source is newer, for the tests that run it. */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TestProject } from 'vitest/node';

const sources = [
  'src',
  'reference',
  'properties',
  'series',
  'tsconfig.json',
  'tsconfig.build.json',
  'package.json',
];
/** One output of each step of `npm run build`. */
export const outputs: readonly string[] = [
  'dist/tsconfig.tsbuildinfo',
  'dist/src/report/html/page.js',
  'dist/reference/tfjs/page-bundle.js',
  'dist/src/cli/main.js',
  'dist/src/bundle/texts/version.txt',
];

/** Runs before the first test, and in a watch before each rerun. */
export default function setup(project: TestProject): void {
  const build = (): void => void buildWhenStale(fileURLToPath(new URL('..', import.meta.url)));
  if (!project.vitest.config.watch) return build();
  const buildOrTell = (): void => {
    try {
      build();
    } catch (error) {
      console.error((error as Error).message); // the watch goes on: tsc writes dist all the same
    }
  };
  buildOrTell();
  project.onTestsRerun(buildOrTell);
}

/** @returns whether it had to build. A build that fails throws: no test runs what was built before. */
export function buildWhenStale(root: string): boolean {
  const paths = outputs.map((output) => join(root, output));
  const built = Math.min(...paths.map((path) => (existsSync(path) ? statSync(path).mtimeMs : 0)));
  if (Math.max(...sources.map((source) => lastChange(join(root, source)))) <= built) return false;
  // What is written while it builds is newer than this. A file's time has parts of a millisecond and a date
  // has none: the next millisecond, in which npm has not read a source yet, is as late as any source there
  // is.
  const start = new Date(Date.now() + 1);
  const { status, stdout, stderr } = spawnSync('npm', ['run', 'build'], { cwd: root, encoding: 'utf8' });
  if (status !== 0)
    throw new Error(`a source is newer than dist, and npm run build failed:\n${stdout}${stderr}`);
  for (const path of paths) utimesSync(path, start, start); // a step that found nothing to do wrote nothing
  return true;
}

/**
 * The time of the last change in milliseconds; a folder changes when a file in it comes, goes or is renamed.
 * Tests and fixtures are not built.
 */
function lastChange(path: string): number {
  const stats = statSync(path);
  if (!stats.isDirectory()) return stats.mtimeMs;
  const names = readdirSync(path).filter((name) => name !== 'fixtures' && !name.endsWith('.test.ts'));
  return Math.max(stats.mtimeMs, ...names.map((name) => lastChange(join(path, name))));
}
