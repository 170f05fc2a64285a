/** The setting of the repository, on copies in a folder of their own. */
// @module-tag processes
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { repository, temporaryFolder } from '../series/run.ts';

const jiti = join(dirname(createRequire(import.meta.url).resolve('jiti/package.json')), 'lib/jiti-cli.mjs');
let folder: ReturnType<typeof temporaryFolder>;
const textOf = (name: string): string => readFileSync(join(folder.path, name), 'utf8');
const links = `[a](docs/a.md#part) [b](examples) [c](#here) [d](https://x.org/docs/a.md) [e](mailto:a@b.c)\n`;

beforeEach(() => {
  folder = temporaryFolder();
  mkdirSync(join(folder.path, 'examples'));
  copyFileSync(join(repository, 'package.json'), join(folder.path, 'package.json'));
  writeFileSync(join(folder.path, 'README.md'), links);
});
afterEach(() => folder.remove());

function set(...names: string[]): { readonly exitCode: number | null; readonly stderr: string } {
  const args = [jiti, join(repository, 'scripts/set-repository.ts'), ...names];
  const { status, stderr } = spawnSync(process.execPath, args, { cwd: folder.path, encoding: 'utf8' });
  return { exitCode: status, stderr };
}

test('it writes where the project lives, and the README’s relative links in full', () => {
  const before = JSON.parse(textOf('package.json')) as object;

  expect(set('some-one/logit.fuzz')).toEqual({ exitCode: 0, stderr: '' });
  const address = 'https://github.com/some-one/logit.fuzz';
  const addresses = {
    homepage: `${address}#readme`,
    bugs: { url: `${address}/issues` },
    repository: { type: 'git', url: `git+${address}.git` },
  };
  expect(JSON.parse(textOf('package.json'))).toEqual({ ...before, ...addresses });
  expect(textOf('README.md')).toBe(
    `[a](${address}/blob/main/docs/a.md#part) [b](${address}/tree/main/examples) [c](#here) [d](https://x.org/docs/a.md) [e](mailto:a@b.c)\n`,
  );
});

test('done again with another name it leaves nothing of the first, and with the same it changes nothing', () => {
  set('b/other');
  const [readme, manifest] = [textOf('README.md'), textOf('package.json')];
  writeFileSync(join(folder.path, 'README.md'), links);
  copyFileSync(join(repository, 'package.json'), join(folder.path, 'package.json'));

  set('a/first');
  set('b/other');
  expect([textOf('README.md'), textOf('package.json')]).toEqual([readme, manifest]);
  set('b/other');
  expect([textOf('README.md'), textOf('package.json')]).toEqual([readme, manifest]);
});

test.each([
  [[]],
  [['']],
  [['name']],
  [['https://github.com/a/b']],
  [['a/b/c']],
  [['-a/b']],
  [['a/..']],
  [['a/b.git']],
  [['a/b c']],
  [['a/b', 'c']],
])('%j is a sentence and exit 2, and nothing is written', (names) => {
  const manifest = textOf('package.json');

  expect(set(...names)).toEqual({
    exitCode: 2,
    stderr: `set-repository: ${JSON.stringify(names.join(' '))} is no repository on GitHub: npm run set-repository -- OWNER/NAME\n`,
  });
  expect([textOf('package.json'), textOf('README.md')]).toEqual([manifest, links]);
});
