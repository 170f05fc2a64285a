/** The command line, end to end: the built command as a process, what it prints and its exit codes. */
// @module-tag processes
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { referenceNames } from '../../reference/index.ts';
import { runCommand, temporaryFolder, type Ended } from './run-command.ts';

const folder = temporaryFolder();
afterAll(() => folder.remove());

const run = (...args: string[]): Ended => runCommand(args, { cwd: folder.path });
const fixture = (name: string): string => fileURLToPath(new URL(`fixtures/${name}.mjs`, import.meta.url));
const quick = ['--runs', '300', '--references', 'none', '--seed', '5'];

interface Summary {
  readonly exitCode: number;
  readonly findings: readonly Readonly<Record<string, unknown>>[];
  readonly [field: string]: unknown;
}

const json = (ended: Ended): Summary => JSON.parse(ended.stdout) as Summary;

describe('bad input gets a sentence that names it, and exit 2', () => {
  test.each([
    [['fuzz', '--sed', '3'], 'Unknown argument: sed; did you mean --seed?'],
    [['gate', '--min-case', '3'], 'did you mean --min-cases?'],
    [
      ['fuzz', './a.ts', '--subject', './b.ts'],
      'the subject is named twice, as "./a.ts" and by --subject "./b.ts"',
    ],
    [['gate', './a.ts', '--subject', './a.ts'], 'the subject is named twice'],
    [['fuzz', './a.ts', './b.ts'], 'Unknown argument: ./b.ts'],
    [['fuzz', './absent.ts'], 'the subject "./absent.ts" is not there'],
    [['fuzz', '--runs', '5', '--resume', 'reports/runs/x'], '--resume'],
    [['fuzz', 'textbook', '--resume', 'reports/runs/x'], 'reports/runs/x'],
    [['fuzz', '--quiet', '--verbose'], '--quiet and --verbose'],
    [['fuzz', '--seed', 'x'], '--seed "x" is not an integer in [0, 2^64)'],
    [['fuzz', '--time', '30'], '--time "30" is not a duration'],
    [['fuzz', '--operations', 'softmix'], '"softmix" is no operation'],
    [['fuzz', '--references', 'mxnet'], '"mxnet" is no reference'],
    [['fuzz', '--shard', '4/3'], '--shard "4/3"'],
    [['fuzz', '--subject', './absent.ts'], 'the subject "./absent.ts" is not there'],
    [['fuzz', '--subject', fixture('no-kernels')], 'exports none of the kernels'],
    [['fuzz', '--subject', fixture('throws-at-import')], 'could not be imported: Error: not today'],
    [['replay', 'absent.json'], 'cannot read absent.json'],
    [['gate', '--corpus', 'absent'], 'there is no corpus folder absent'],
    [['setup', 'cuda'], 'there is no setup for "cuda"'],
    [['fuz'], 'Did you mean fuzz?'],
    [
      ['completion', 'bas'],
      '"bas" is no shell that is completed; there are bash, zsh, fish; did you mean bash?',
    ],
    [[], 'name a command'],
  ])('%j', (args, sentence) => {
    const { exitCode, stdout, stderr } = run(...args);

    expect(stderr).toContain(sentence);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
  });

  test('a folder that cannot be written is named, and no process is left behind', () => {
    writeFileSync(join(folder.path, 'a-file'), '');

    const { exitCode, stderr } = run('fuzz', ...quick, '--out', 'a-file/reports');

    expect(stderr).toContain('cannot write the folder a-file/reports');
    expect(exitCode).toBe(2);
  });

  test('with --json it is one document on stdout', () => {
    expect(json(run('fuzz', '--seed', 'x', '--json'))).toEqual({
      schemaVersion: 1,
      command: 'fuzz',
      exitCode: 2,
      error: { message: '--seed "x" is not an integer in [0, 2^64)' },
    });
  });

  test('a subject that cannot be loaded leaves no empty run', () => {
    run('fuzz', '--subject', './absent.ts', '--out', 'untouched');

    expect(readdirSync(folder.path)).not.toContain('untouched');
  });
});

describe('fuzz', () => {
  test('finds nothing in the default subject, and says so', () => {
    const { exitCode, stdout } = run('fuzz', ...quick);

    expect(stdout).toMatch(/^OK {2}from-scratch@\S+: nothing found in 300 cases/);
    expect(exitCode).toBe(0);
  });

  test('with --json prints one document with the fixed fields, the last of a repeated option counting', () => {
    const summary = json(run('fuzz', ...quick, '--seed', '9', '--json'));

    expect(summary).toMatchObject({
      schemaVersion: 1,
      command: 'fuzz',
      exitCode: 0,
      stoppedBy: 'runs',
      seed: '9',
      cases: 300,
      subject: { name: 'from-scratch' },
      references: [],
      findings: [],
      run: expect.stringMatching(/^reports\/runs\//),
      verdicts: { diverge: 0, skip: 0 },
      casesPerSecond: expect.any(Number),
      seconds: expect.any(Number),
    });
  });

  test('the same seed gives the same counts and findings, whatever the number of workers', () => {
    const findingsOf = (workers: string): unknown => {
      const { findings, verdicts } = json(
        run('fuzz', ...quick, '--subject', 'textbook', '--runs', '3000', '--workers', workers, '--json'),
      );
      return { verdicts, findings: findings.map(({ path: _path, replay: _replay, ...rest }) => rest) };
    };

    expect(findingsOf('2')).toEqual(findingsOf('1'));
  });

  test('shards take each case once', () => {
    const shards = ['1/3', '2/3', '3/3'].map((shard) =>
      json(run('fuzz', ...quick, '--shard', shard, '--json')),
    );

    expect(shards.map(({ cases }) => cases)).toEqual([100, 100, 100]);
  });

  test('a required reference that is missing is exit 3, and is named with what to do', () => {
    const { exitCode, stderr } = runCommand(['fuzz', ...quick.slice(0, 2), '--require', 'tfjs-node'], {
      cwd: folder.path,
      env: { LOGITFUZZ_CACHE: join(folder.path, 'empty-cache') },
    });

    expect(stderr).toMatch(/required reference tfjs-node is missing.*logitfuzz setup tfjs-node/);
    expect(exitCode).toBe(3);
  });

  test('fewer cases judged than --min-cases is exit 4', () => {
    expect(run('fuzz', ...quick, '--min-cases', '301').exitCode).toBe(4);
  });

  test('--quiet prints the summary and nothing on stderr; --verbose each batch, finding and reference', () => {
    const wrong = ['fuzz', '--runs', '60', '--seed', '5', '--subject', fixture('thousandth-off')];
    const quiet = run(...wrong, '--references', 'none', '--quiet');
    const verbose = run(...wrong, '--references', 'tfjs-cpu', '--verbose');

    expect(quiet).toMatchObject({ stderr: '', stdout: expect.stringMatching(/^WRONG /) });
    expect(verbose.stderr).toMatch(/^with tfjs-cpu 4\.22\.0, JavaScript/m);
    expect(verbose.stderr).toMatch(/^wrong: subject, case \d+, softmax/m);
    expect(verbose.stderr).toMatch(/^60 cases, /m);
  });

  test('--max-findings stops when the subject has so many causes, tells just as many, and counts the rest', () => {
    const subject = ['--subject', 'textbook'];
    const few = json(run('fuzz', ...quick, '--runs', '1200', ...subject, '--max-findings', '1', '--json'));

    expect(few).toMatchObject({ exitCode: 1, stoppedBy: 'max-findings' });
    expect(few['causes']).toHaveLength(1);
    const [{ signatures }] = few['causes'] as [{ signatures: string[] }];
    expect(new Set(few.findings.map(({ signature }) => signature))).toEqual(new Set(signatures));
    const folders = readdirSync(join(folder.path, String(few['run']), 'findings'));
    expect(folders).toHaveLength(signatures.length);
  });
});

describe('a subject that takes the process down is a finding, and the campaign goes on', () => {
  test.each([
    ['hangs', 'timed-out'],
    ['exits', 'crashed'],
    ['killed', 'crashed'],
  ])('%s: %s', (name, symptom) => {
    const summary = json(
      run(
        'fuzz',
        '--runs',
        '60',
        '--seed',
        '5',
        '--references',
        'none',
        '--operations',
        'softmax',
        '--json',
        '--subject',
        fixture(name),
        '--case-timeout',
        '300ms',
      ),
    );

    expect(summary).toMatchObject({ exitCode: 1, stoppedBy: 'runs', cases: 60 });
    expect(summary.findings.filter((finding) => finding['symptom'] === symptom)).not.toEqual([]);
  });
});

describe('a person who types is helped', () => {
  test('a subject needs no flag', () => {
    const print = (...args: string[]): unknown => json(run(...args, '--print-config'))['settings'];

    expect(print('fuzz', 'textbook')).toMatchObject({ subject: { value: 'textbook', from: 'flag' } });
    expect(print('gate', './k.mjs')).toMatchObject({ subject: { value: './k.mjs', from: 'flag' } });
    expect(json(run('fuzz', fixture('mended'), ...quick, '--json'))).toMatchObject({
      subject: { name: 'thousandth-off' },
    });
  });

  test('-h is --help, and -V is --version', () => {
    expect(run('-h').stdout).toBe(run('--help').stdout);
    expect(run('fuzz', '-h').stdout).toBe(run('fuzz', '--help').stdout);
    expect(run('-V')).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) });
  });

  test.each(['fuzz', 'gate', 'replay', 'report', 'compare', 'merge', 'doctor', 'setup', 'bench', 'score'])(
    '%s --help has an example',
    (verb) => {
      const { stdout, exitCode } = run(verb, '--help');

      expect(stdout).toContain(`logitfuzz ${verb} `.trimEnd());
      expect(stdout).toContain('Examples:');
      expect(exitCode).toBe(0);
    },
  );
});

describe('replay', () => {
  let path = '';

  beforeAll(() => {
    // The references have an answer to a matrix, and none to a scalar.
    const ofMatrices = `export * from '${fixture('thousandth-off')}'; export const supports = { rank: [2, 2] };`;
    writeFileSync(join(folder.path, 'of-matrices.mjs'), ofMatrices);
    const { findings } = json(run('fuzz', ...quick, '--subject', './of-matrices.mjs', '--json'));
    path = String(
      findings.find((finding) => String(finding['case']).startsWith('softmax/float32 [1, 1] '))!['path'],
    );
  });

  test('gives the same verdict, bit for bit, and exit 1', () => {
    const { exitCode, stdout } = run('replay', path, '--subject', fixture('thousandth-off'));

    expect(stdout).toContain('It still diverges: the same verdict.');
    expect(exitCode).toBe(1);
  });

  test('of a mended subject: exit 0', () => {
    const renamed = readFileSync(fixture('mended'), 'utf8');
    writeFileSync(join(folder.path, 'mended.mjs'), renamed);

    expect(run('replay', path, '--subject', './mended.mjs').exitCode).toBe(0);
  });

  test('explains: the case, what the error is allowed for, and who answered what', () => {
    const { stdout } = run('replay', path, '--subject', fixture('thousandth-off'));

    expect(stdout).toMatch(/^thousandth-off@\S+ is wrong: /);
    expect(stdout).toMatch(/^allowed there: \S+, to any sound algorithm/m);
    expect(stdout).toMatch(/^tfjs-cpu@4\.22\.0 +agree/m);
    expect(stdout.split('\n').length).toBeLessThan(40);
  });

  test('--script prints a program that shows it, and imports no module that the finding alone names', () => {
    const { stdout, exitCode } = run('replay', path, '--script', '--subject', fixture('thousandth-off'));

    writeFileSync(join(folder.path, 'show.mjs'), stdout);
    const shown = spawnSync(process.execPath, ['show.mjs'], { cwd: folder.path, encoding: 'utf8' });
    expect(shown.stdout).toMatch(/^at \[.*\]: got \S+, exact \S+, allowed ± /m);
    expect({ exitCode, shown: shown.status }).toEqual({ exitCode: 0, shown: 1 });
    expect(run('replay', path, '--script')).toMatchObject({ exitCode: 2, stdout: '' });
  });

  test('never loads the module that the finding names: without --subject it is exit 2, naming the flag', () => {
    const { exitCode, stderr } = run('replay', path);

    expect(stderr).toContain('with --subject');
    expect(exitCode).toBe(2);
  });

  test.each([
    ['truncated', (text: string) => text.slice(0, text.length / 2)],
    ['of another version', (text: string) => text.replace('"schemaVersion": 1', '"schemaVersion": 9')],
    [
      'with a tensor of another length',
      (text: string) => text.replace(/"base64": "[^"]+"/, '"base64": "AAAA"'),
    ],
  ])('a finding file that is %s is exit 2, with its name', (_what, damage) => {
    writeFileSync(join(folder.path, 'damaged.json'), damage(readFileSync(join(folder.path, path), 'utf8')));

    const { exitCode, stderr } = run('replay', 'damaged.json', '--subject', fixture('thousandth-off'));

    expect(stderr).toContain('damaged.json');
    expect(exitCode).toBe(2);
  });

  test('the smallest case of the finding is one number', () => {
    const finding = JSON.parse(readFileSync(join(folder.path, path), 'utf8')) as {
      minimal: { logits: { shape: number[] } };
    };

    expect(finding.minimal.logits.shape.reduce((a, b) => a * b, 1)).toBe(1);
  });
});

test('report writes report.html, report.md and report.json into the newest run', () => {
  run('fuzz', ...quick, '--subject', fixture('thousandth-off'), '--out', 'reported');

  const { exitCode, stdout } = run('report', '--out', 'reported');

  const [page, markdown, data] = stdout.trim().split('\n');
  expect(readFileSync(join(folder.path, page!), 'utf8')).toMatch(/^<!doctype html>[^]*thousandth-off/);
  expect(readFileSync(join(folder.path, markdown!), 'utf8')).toContain('thousandth-off');
  expect(JSON.parse(readFileSync(join(folder.path, data!), 'utf8'))).toMatchObject({ schemaVersion: 1 });
  expect(exitCode).toBe(0);
});

test('gate is 0 for the default subject, 1 for a wrong one, and the same each time', () => {
  const gate = (...args: string[]): Summary =>
    json(run('gate', '--runs', '300', '--references', 'none', '--json', ...args));
  const [first, second] = [gate(), gate()];

  expect(first).toMatchObject({ exitCode: 0, command: 'gate', cases: 300 });
  expect(second['verdicts']).toEqual(first['verdicts']);
  expect(gate('--subject', fixture('thousandth-off')).exitCode).toBe(1);
});

test('doctor tells of every reference, in words and as JSON', () => {
  const diagnosis = JSON.parse(run('doctor', '--json').stdout) as {
    references: { name: string; probe: string }[];
    parts: { name: string; remedy: string }[];
  };

  expect(diagnosis.references.map(({ name }) => name)).toEqual(referenceNames);
  expect(diagnosis.references.slice(0, 2).map(({ probe }) => probe)).toEqual(['ok', 'ok']);
  expect(run('doctor').stdout).toMatch(/^tfjs-wasm +4\.22\.0.*, takes float32; probe ok$/m);
  expect(diagnosis.parts.map(({ name }) => name)).toEqual([
    'koffi',
    'onnxruntime-node',
    'onnxruntime-web',
    'webgpu',
    'bullmq',
    'ioredis',
    'python',
    'chromium',
  ]);
  expect(diagnosis.parts[0]!.remedy).toBe('npm install --save-dev koffi');
});
