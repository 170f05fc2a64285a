/**
 * CONTRIBUTING's "where to add what", followed: its steps for a reference and for a law, in a copy of the
 * source.
 */
// @module-tag processes
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { laneBesideItself } from '../properties/fixtures/lane-beside-itself.ts';
import { toy } from '../reference/fixtures/toy.ts';
import { loadFinding } from './archive/finding-file.ts';
import type { Case } from './case/case.ts';
import type { Finding } from './case/finding.ts';
import { runCommand, temporaryFolder, type Ended } from './cli/run-command.ts';
import { openBlock } from './examine/block.ts';
import { normalMode } from './examine/range.ts';
import { generateCase } from './generate/generate-case.ts';

const folder = temporaryFolder();
const tree = join(folder.path, 'tree');
afterAll(folder.remove);

/**
 * What a contributor changes: a new file, or a row of a table
 * that is the last of its file, and the import it needs.
 */
type Step =
  | { readonly file: string; readonly copyOf: string }
  | { readonly file: string; readonly row: string; readonly imports?: string };

const stepsOfReference: readonly Step[] = [
  { file: 'reference/toys/toy.ts', copyOf: 'reference/fixtures/toy.ts' },
  { file: 'reference/index.ts', row: 'toy', imports: "import { toy } from './toys/toy.ts';" },
];

const law = 'a lane beside itself is halved';
const brokenKernel = `{
  law: '${law}',
  mistake: 'a lane that is followed by itself is taken for one',
  module: swollenWhere(['softmax'], ([{ data }]) => data[0] === data[data.length / 2]),
}`;
const stepsOfLaw: readonly Step[] = [
  { file: 'properties/laws/lane-beside-itself.ts', copyOf: 'properties/fixtures/lane-beside-itself.ts' },
  {
    file: 'properties/laws/laws.ts',
    row: 'laneBesideItself',
    imports: "import { laneBesideItself } from './lane-beside-itself.ts';",
  },
  { file: 'properties/broken-kernels.ts', row: brokenKernel },
];

function follow(step: Step): void {
  const path = join(tree, step.file);
  mkdirSync(dirname(path), { recursive: true });
  if ('copyOf' in step) return cpSync(step.copyOf, path);
  const text = readFileSync(path, 'utf8');
  const [first, end] = [text.indexOf('import '), text.lastIndexOf('];')];
  const rows = text.slice(first, end).trimEnd();
  const comma = rows.endsWith(',') ? '' : ',';
  const head = `${text.slice(0, first)}${step.imports ?? ''}\n`;
  writeFileSync(path, `${head}${rows}${comma}\n${step.row},\n${text.slice(end)}`);
}

function inTree(command: string, ...args: string[]): Ended {
  const { status, stdout, stderr } = spawnSync(command, args, {
    cwd: tree,
    encoding: 'utf8',
    env: { ...process.env, NO_COLOR: '1' },
    timeout: 110_000,
  });
  return { exitCode: status, stdout, stderr };
}

const logitfuzz = (...args: string[]): Ended => inTree('node', 'dist/src/cli/main.js', ...args);

interface Summary {
  readonly exitCode: number;
  readonly run: string;
  readonly findings: readonly {
    readonly blame: string;
    readonly ledger: string | null;
    readonly path: string;
  }[];
}

function fuzz(...args: string[]): Summary {
  const { stdout, stderr } = logitfuzz('fuzz', ...args, '--json');
  expect(stderr).not.toContain('Error');
  return JSON.parse(stdout) as Summary;
}

function findingAt(path: string): Finding {
  return loadFinding(join(tree, path));
}

/** What CONTRIBUTING says of one thing. */
function itemFor(what: string): string {
  const items = readFileSync('CONTRIBUTING.md', 'utf8').split('\n- ');
  return items.find((item) => item.startsWith(`**${what}**`))!.replaceAll(/\s+/g, ' ');
}

beforeAll(() => {
  for (const part of [
    'src',
    'reference',
    'properties',
    'examples',
    'series',
    'schemas',
    'templates',
    'docs',
    'scripts',
  ])
    cpSync(part, join(tree, part), { recursive: true });
  for (const file of ['package.json', 'tsconfig.json', 'tsconfig.build.json', 'vitest.config.ts'])
    cpSync(file, join(tree, file));
  symlinkSync(resolve('node_modules'), join(tree, 'node_modules'));
  for (const step of [...stepsOfReference, ...stepsOfLaw]) follow(step);
  const { exitCode, stdout, stderr } = inTree('npm', 'run', 'build');
  if (exitCode !== 0) throw new Error(`the copy does not build: ${stdout}${stderr}`);
});

test.each([
  ['A reference', stepsOfReference],
  ['A law', stepsOfLaw],
])('the steps for %s touch nothing but what CONTRIBUTING names', (what, steps) => {
  const places = steps.map((step) => ('copyOf' in step ? `${step.file.split('/')[0]}/` : step.file));

  for (const place of places) expect(itemFor(what)).toContain(`\`${place}`);
});

test('every file that CONTRIBUTING names is there', () => {
  const text = readFileSync('CONTRIBUTING.md', 'utf8');
  const named = [...text.matchAll(/`((?:src|reference|properties|series|schemas|docs|corpus)\/[\w./-]*)`/g)];
  const missing = named.map(([, path]) => path!).filter((path) => !existsSync(path));

  expect(named.length).toBeGreaterThan(30);
  expect(missing).toEqual([]);
});

describe('a toy reference', () => {
  let summary: Summary;
  let finding: string;

  beforeAll(() => {
    const space = ['--operations', 'softmax', '--formats', 'float32', '--runs', '400', '--seed', '1'];
    summary = fuzz(...space, '--references', 'toy,tfjs-cpu');
    finding = summary.findings.find(({ blame }) => blame === 'toy')!.path;
  });

  test('is probed by doctor, and its name is one that a flag and a configuration take', () => {
    const { exitCode } = inTree('npm', 'run', 'schemas');
    const names = readFileSync(join(tree, 'schemas/config.schema.json'), 'utf8');

    expect(exitCode).toBe(0);
    expect(names).toContain('"toy"');
    expect(logitfuzz('doctor').stdout).toMatch(/^toy +1\.0\.0/m);
    expect(logitfuzz('fuzz', '--references', 'toyy').stderr).toContain(', toy; did you mean toy?');
  });

  test('is judged: blamed for its mistake, and for nothing else; the subject is not', () => {
    const fresh = summary.findings.filter(({ ledger }) => ledger === null);
    const { severity, symptom, minimal } = findingAt(finding);

    expect(new Set(fresh.map(({ blame }) => blame))).toEqual(new Set(['toy']));
    expect([severity, symptom]).toEqual(['wrong', 'ulps']);
    expect(minimal.logits.shape.filter((size) => size !== 1)).toEqual([3]);
    expect(summary.exitCode).toBe(0);
  });

  test('is asked in stacks, and answers a case there as alone', async () => {
    const loaded = await toy.load();
    if (loaded.kind === 'missing') throw new Error(loaded.reason);
    const { implementation } = loaded;
    const space = { operations: ['softmax'], directions: ['forward'], formats: ['float32'] } as const;
    const cases: readonly Case[] = Array.from({ length: 300 }, (_, index) =>
      generateCase({ seed: 3n, index }, space),
    );
    const ignore = (): void => undefined;
    const range = { from: 0, to: 300, step: 1, mode: normalMode };
    const block = openBlock(range, {
      generate: (index) => cases[index]!,
      references: [implementation],
      unstacked: new Set(),
      onRun: ignore,
      onGenerate: ignore,
    });

    const pairs: (readonly [ArrayLike<number>, unknown])[] = [];
    for (const [index, c] of cases.entries()) {
      const [stacked] = await block.stackedAt(index);
      const alone = await implementation.run(c);
      if (stacked != null) pairs.push([stacked.data, alone.kind === 'values' && alone.tensor!.data]);
    }

    expect(pairs.length).toBeGreaterThan(100);
    expect(pairs.map(([stacked]) => stacked)).toEqual(pairs.map(([, alone]) => alone));
  });

  test('is in the report, and not in the document about TensorFlow.js', () => {
    expect(logitfuzz('report', summary.run).exitCode).toBe(0);
    const report = readFileSync(join(tree, summary.run, 'report.md'), 'utf8');

    expect(report).toMatch(/^\| toy \| 1\.0\.0/m);
    expect(report).toMatch(/^\| wrong \| toy@1\.0\.0 \| softmax/m);
    const document = 'docs/tensorflow-js-divergences.md';
    expect(inTree('node', 'dist/series/write-ledger.js').exitCode).toBe(0);
    expect(readFileSync(join(tree, document), 'utf8')).toBe(readFileSync(document, 'utf8'));
  });

  test('is asked again by replay, and by a program of its own, which shows the mistake', () => {
    const replayed = logitfuzz('replay', finding);
    const script = logitfuzz('replay', finding, '--script');
    writeFileSync(join(folder.path, 'show.mjs'), script.stdout);
    const shown = spawnSync('node', ['show.mjs'], { cwd: folder.path, encoding: 'utf8' });

    expect(replayed.exitCode).toBe(1);
    expect(replayed.stdout).toMatch(/^toy@1\.0\.0 +diverge/m);
    expect(script.exitCode).toBe(0);
    expect(shown.stdout).toContain('1 of 3 values are outside of what is allowed');
    expect(shown.status).toBe(1);
  });

  test('that is not in the table gets a sentence from replay, with and without --script, and no stack trace', () => {
    const path = join(tree, finding);
    const script = runCommand(['replay', path, '--script'], { cwd: folder.path });
    const replayed = runCommand(['replay', path], { cwd: folder.path });

    expect([script.exitCode, script.stdout]).toEqual([2, '']);
    expect(script.stderr).toMatch(/^.*the finding blames "toy", which is no reference here.*tfjs-cpu.*\n$/);
    expect(replayed.exitCode).toBe(3);
    expect(replayed.stderr).toMatch(/^.*the finding blames toy, which is not here: there are tfjs-cpu.*\n$/);
  });
});

describe('a toy law', () => {
  let summary: Summary;

  beforeAll(() => {
    const kernel = resolve('properties/fixtures/takes-copies-for-one.mjs');
    const space = ['--operations', 'softmax', '--runs', '6000', '--seed', '1'];
    summary = fuzz(...space, '--references', 'none', '--subject', kernel);
  });

  test('is held to its broken kernel by the tests of the laws', () => {
    const alone = inTree(
      'npx',
      'vitest',
      'run',
      'properties/laws.test.ts',
      '-t',
      'each law',
      '--project',
      'in-process',
    );

    expect(alone.stdout).toMatch(/Tests +\d+ passed/);
    expect(alone.exitCode).toBe(0);
  });

  test('finds the kernel that nothing else finds, and is named in the finding and the report', () => {
    expect(summary.exitCode).toBe(1);
    const findings = summary.findings.map(({ path }) => findingAt(path));

    expect(findings.length).toBeGreaterThan(0);
    expect(findings.filter((found) => found.oracle !== 'property' || found.law !== law)).toEqual([]);
    expect(logitfuzz('report', summary.run).exitCode).toBe(0);
    expect(readFileSync(join(tree, summary.run, 'report.md'), 'utf8')).toContain(laneBesideItself.statement);
  });
});
