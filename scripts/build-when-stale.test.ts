/**
 * The build when stale, on a toy repository whose build
 * writes a line, and fails while src/broken.ts is there.
 */
// @module-tag processes
import { existsSync, mkdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { temporaryFolder } from '../series/run.ts';
import { buildWhenStale, outputs } from './build-when-stale.ts';

let folder: ReturnType<typeof temporaryFolder>;
const write = (path: string, text = ''): void => {
  mkdirSync(dirname(join(folder.path, path)), { recursive: true });
  writeFileSync(join(folder.path, path), text);
};
const builds = (): number =>
  existsSync(join(folder.path, 'log'))
    ? readFileSync(join(folder.path, 'log'), 'utf8').split('\n').length - 1
    : 0;

beforeEach(() => {
  folder = temporaryFolder();
  write('package.json', JSON.stringify({ scripts: { build: 'echo built >> log; test ! -e src/broken.ts' } }));
  for (const path of ['tsconfig.json', 'tsconfig.build.json', 'src/deep/a.ts', 'src/a.test.ts']) write(path);
  for (const path of ['reference/a.ts', 'properties/a.ts', 'series/fixtures/a.ts']) write(path);
  for (const path of outputs) write(path);
});
afterEach(() => folder.remove());

/** Makes a file look as if it were changed in so many hours, or had been. */
const change = (path: string, hours = 1): void => {
  const time = new Date(Date.now() + hours * 3_600_000);
  utimesSync(join(folder.path, path), time, time);
};

test.each(['src/deep/a.ts', 'tsconfig.build.json', 'properties'])('a change of %s builds', (path) => {
  change(path);

  expect([buildWhenStale(folder.path), builds()]).toEqual([true, 1]);
});

test.each(['src/a.test.ts', 'series/fixtures/a.ts'])(
  'a change of %s, which is not built, does not',
  (path) => {
    change(path);

    expect([buildWhenStale(folder.path), builds()]).toEqual([false, 0]);
  },
);

test('what a build read is not built again, even where the build had nothing to write', () => {
  change('dist/tsconfig.tsbuildinfo', -1);
  buildWhenStale(folder.path);

  expect([buildWhenStale(folder.path), builds()]).toEqual([false, 1]);
});

test('without dist it builds', () => {
  rmSync(join(folder.path, 'dist'), { recursive: true });

  expect(() => buildWhenStale(folder.path)).toThrow('ENOENT'); // the toy build makes none
  expect(builds()).toBe(1);
});

test('a build that fails stops the tests with what it said', () => {
  write('src/broken.ts', '');
  change('src/broken.ts');

  expect(() => buildWhenStale(folder.path)).toThrow('npm run build failed');
});
