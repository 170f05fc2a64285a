/** What `npm pack` puts into the tarball. What a user does with it is `npm run test:packed`. */
// @module-tag processes
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { repository } from './run.ts';

let paths: readonly string[] = [];
let size = 0;
let manifest: { readonly scripts: Readonly<Record<string, string>>; readonly homepage?: string };
const textOf = (path: string): string => readFileSync(join(repository, path), 'utf8');
/** The source of a module of dist, or null where there is none (any more). */
const sourceOf = (path: string): string | null =>
  ['.ts', '.tsx']
    .map((ending) => path.replace(/^dist\//, '').replace(/(\.d\.ts|\.js)$/, ending))
    .find((source) => existsSync(join(repository, source))) ?? null;
/** What runs in a browser is bundled, each from a folder or a file beside it. */
const bundles: readonly string[] = [
  'dist/src/report/html/page.js',
  'dist/src/connect/browser/page-bundle.js',
  'dist/reference/tfjs/page-bundle.js',
];

const modules = (): readonly string[] =>
  paths.filter(
    (path) =>
      /^dist\/.*\.(js|d\.ts)$/.test(path) && !bundles.includes(path) && !path.startsWith('dist/src/bundle/'),
  );

beforeAll(() => {
  const args = ['pack', '--dry-run', '--json', '--ignore-scripts'];
  const { stdout } = spawnSync('npm', args, { cwd: repository, encoding: 'utf8' });
  const [packed] = JSON.parse(stdout) as readonly [
    { readonly size: number; readonly files: readonly { readonly path: string }[] },
  ];
  paths = packed.files.map(({ path }) => path);
  size = packed.size;
  manifest = JSON.parse(textOf('package.json')) as typeof manifest;
});

test.each(['README.md', 'CONTRIBUTING.md', 'docs/vitest.md'])('what %s links to is in it', (document) => {
  const address = manifest.homepage?.replace(/#readme$/, '') ?? ''; // once scripts/set-repository.ts wrote it
  const text = ['blob', 'tree'].reduce(
    (t, kind) => t.replaceAll(`](${address}/${kind}/main/`, ']('),
    textOf(document),
  );
  const links = [...text.matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(([, link]) =>
    join(dirname(document), link!),
  );

  expect(links.length).toBeGreaterThan(0);
  expect(links.filter((link) => !paths.some((path) => `${path}/`.startsWith(`${link}/`)))).toEqual([]);
});

test('each of its modules has a source, and each bundle is in it', () => {
  expect(bundles.filter((path) => !paths.includes(path))).toEqual([]);
  expect(modules().length).toBeGreaterThan(80);
  expect(modules().filter((path) => sourceOf(path) === null)).toEqual([]);
});

test('whatever its modules and their types import of its own is in it', () => {
  const shipped = paths.filter((path) => /^dist\/.*\.(js|d\.ts)$/.test(path));
  const imported = shipped.flatMap((path) =>
    [...textOf(path).matchAll(/(?:\bfrom|\bimport)\s*\(?\s*["'](\.\.?\/[^"'`$]+\.(?:js|ts|tsx))["']/g)].map(
      ([, to]) => {
        const target = join(dirname(path), to!);
        return path.endsWith('.d.ts') ? target.replace(/\.(js|tsx?)$/, '.d.ts') : target;
      },
    ),
  );

  expect(imported.length).toBeGreaterThan(300);
  expect([...new Set(imported)].filter((path) => !paths.includes(path))).toEqual([]);
});

test('it is no larger than it has to be, and brings no more packages than it did', () => {
  const { packages } = JSON.parse(textOf('package-lock.json')) as {
    readonly packages: Readonly<
      Record<string, { readonly [way in 'dev' | 'devOptional' | 'optional' | 'peer']?: boolean }>
    >;
  };
  const brought = Object.entries(packages).filter(
    ([path, { dev, devOptional, optional, peer }]) =>
      path !== '' && !(dev ?? devOptional ?? optional ?? peer),
  );

  expect(size).toBeLessThan(1_150_000);
  expect(brought.length).toBeLessThanOrEqual(58);
});

test('no test and no fixture is in it, nor what its first line says is for the tests', () => {
  const forTests = modules().filter((path) =>
    /^\/\*\* .*\bfor the tests\b/i.test(textOf(sourceOf(path) ?? path)),
  );

  expect(paths.filter((path) => /(fixtures|testdata)\/|\.test\.(ts|js)$/.test(path))).toEqual([
    'examples/user-project/kernels.test.ts',
  ]);
  expect(forTests).toEqual([]);
});

test('npm has no script of it to ask leave for', () => {
  const asked = ['preinstall', 'install', 'postinstall', 'preprepare', 'prepare', 'postprepare'];

  expect(asked.filter((name) => name in manifest.scripts)).toEqual([]);
});
