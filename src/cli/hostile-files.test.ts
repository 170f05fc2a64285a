/**
 * Files from outside, of every kind that a verb reads:
 * each broken one is one sentence, and nothing else happens.
 */
// @module-tag processes
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { loadCorpus } from '../archive/corpus.ts';
import { exampleCase, exampleFinding } from '../case/fixtures/example-finding.ts';
import { exampleRun } from '../archive/fixtures/example-run.ts';
import { loadFinding } from '../archive/finding-file.ts';
import { loadFromRun, loadRun } from '../archive/run-folder.ts';
import { planFileSchema } from '../campaign/plan-file.ts';
import { progressSchema } from '../campaign/progress.ts';
import { caseToJson } from '../case/case-json.ts';
import { UsageError } from '../contract/failure.ts';
import { runCommand, temporaryFolder, type Ended } from './run-command.ts';

const controls = /[\p{Cc}\p{Cf}]/u;

interface Kind {
  readonly name: string;
  readonly whole: object;
  read(path: string): unknown;
}

const entry = { schemaVersion: 1, name: 'entry', why: 'It was wrong.', case: caseToJson(exampleCase) };
const folder = temporaryFolder();
let run = '';

beforeAll(() => {
  const killed = runCommand(
    ['fuzz', '--runs', '60', '--seed', '5', '--references', 'none', '--subject', 'textbook', '--json'],
    { cwd: folder.path },
  );
  run = (JSON.parse(killed.stdout) as { run: string }).run;
  rmSync(join(folder.path, run, 'run.json')); // as if it had been killed before its end
});
afterAll(() => folder.remove());

const written = (name: string): object =>
  JSON.parse(readFileSync(join(folder.path, run, name), 'utf8')) as object;
const inRun = (path: string): { id: string; path: string } => ({ id: '', path: dirname(path) });

const kinds: readonly Kind[] = [
  { name: 'finding.json', whole: exampleFinding(), read: (path) => loadFinding(path) },
  { name: 'run.json', whole: exampleRun(), read: (path) => loadRun(path) },
  { name: 'entry.json', whole: entry, read: (path) => loadCorpus(dirname(path)) },
  {
    name: 'plan.json',
    get whole() {
      return written('plan.json');
    },
    read: (path) => loadFromRun(inRun(path), { name: 'plan.json', schema: planFileSchema }),
  },
  {
    name: 'progress.json',
    get whole() {
      return written('progress.json');
    },
    read: (path) => loadFromRun(inRun(path), { name: 'progress.json', schema: progressSchema }),
  },
];

const nested = (depth: number, [open, close]: readonly [string, string]): string =>
  `${open.repeat(depth)}1${close.repeat(depth)}`;

const damages: Readonly<Record<string, (text: string, path: string) => void>> = {
  'cut off': (text, path) => writeFileSync(path, text.slice(0, text.length / 2)),
  empty: (_text, path) => writeFileSync(path, ''),
  'NUL bytes': (_text, path) => writeFileSync(path, Buffer.alloc(4_096)),
  'a NUL byte within': (text, path) =>
    writeFileSync(path, text.replace('"schemaVersion"', '"schema\0Version"')),
  'bytes that are no UTF-8': (text, path) =>
    writeFileSync(path, Buffer.from(text.replace('"schemaVersion"', '"\u00ffchemaVersion"'), 'latin1')),
  'another version': (text, path) =>
    writeFileSync(path, text.replace('"schemaVersion":1', '"schemaVersion":2')),
  'a version that is text': (text, path) =>
    writeFileSync(path, text.replace('"schemaVersion":1', '"schemaVersion":"1"')),
  null: (_text, path) => writeFileSync(path, 'null'),
  'a list': (_text, path) => writeFileSync(path, '[]'),
  'lists 100,000 deep': (_text, path) => writeFileSync(path, nested(100_000, ['[', ']'])),
  'objects 100,000 deep, where a version is due': (text, path) =>
    writeFileSync(
      path,
      text.replace('"schemaVersion":1', `"schemaVersion":${nested(100_000, ['{"a":', '}'])}`),
    ),
  'a key __proto__': (text, path) => writeFileSync(path, text.replace('{', '{"__proto__":{"count":1},')),
  'a key constructor': (text, path) =>
    writeFileSync(path, text.replace('{', '{"constructor":{"prototype":1},')),
  'a key that moves the cursor': (text, path) =>
    writeFileSync(path, text.replace('{', '{"\\u001b[2J\\u202e":1,')),
  'a number beyond any': (text, path) =>
    writeFileSync(path, text.replace(/"(index|cases|axis|nextBlock|minCases)":-?\d+/, '"$1":1e999')),
  'a number that is not whole': (text, path) =>
    writeFileSync(path, text.replace(/"(index|cases|axis|nextBlock|minCases)":-?\d+/, '"$1":0.5')),
  'a folder': (_text, path) => mkdirSync(path),
  'a pipe': (_text, path) => void spawnSync('mkfifo', [path]),
  'a link to itself': (_text, path) => symlinkSync(basename(path), path),
  'a link to a device without end': (_text, path) => symlinkSync('/dev/zero', path),
  '300 MB': (_text, path) => {
    writeFileSync(path, '{');
    truncateSync(path, 300 * 2 ** 20); // sparse: it takes no room
  },
};

describe('a broken file is refused in one sentence that names it', () => {
  let root = '';
  beforeEach(() => (root = mkdtempSync(join(tmpdir(), 'logitfuzz-hostile-'))));
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  describe.each(kinds)('$name', (kind) => {
    test('is read as it is', () => {
      const path = join(root, kind.name);
      writeFileSync(path, JSON.stringify(kind.whole));

      expect(() => kind.read(path)).not.toThrow();
    });

    test.each(Object.entries(damages))('%s', (_what, damage) => {
      const path = join(root, kind.name);
      damage(JSON.stringify(kind.whole), path);

      expect(() => kind.read(path)).toThrow(UsageError);
      expect(() => kind.read(path)).toThrow(path);
      expect(() => kind.read(path)).toThrow(/^[^]{1,400}$/);
    });
  });

  const { logits } = caseToJson(exampleCase);
  test.each<[string, object]>([
    ['sizes whose product is beyond 2^53', { shape: [2 ** 24, 2 ** 24, 2 ** 24] }],
    ['sizes of 2^31', { shape: [2 ** 31, 2 ** 31] }],
    ['a size of 1e308', { shape: [1e308, 10] }],
    ['a negative size', { shape: [-2, -1] }],
    ['a byte too many', { base64: `${logits.base64.slice(0, -1)}AAAA=` }],
    ['no bytes', { base64: '' }],
  ])('a tensor with %s, in a finding and in the corpus', (_what, change) => {
    const minimal = { ...caseToJson(exampleCase), logits: { ...logits, ...change } };
    writeFileSync(join(root, 'finding.json'), JSON.stringify({ ...exampleFinding(), minimal }));
    writeFileSync(join(root, 'entry.json'), JSON.stringify({ ...entry, case: minimal }));

    expect(() => loadFinding(join(root, 'finding.json'))).toThrow(UsageError);
    expect(() => loadFinding(join(root, 'finding.json'))).toThrow('finding.json');
    rmSync(join(root, 'finding.json'));
    expect(() => loadCorpus(root)).toThrow(UsageError);
    expect(() => loadCorpus(root)).toThrow('entry.json');
  });

  test.each(['A', '', '../x', '\ud800', 'subject\0'])('a finding that blames %j', (blame) => {
    writeFileSync(join(root, 'finding.json'), JSON.stringify(exampleFinding({ blame })));

    expect(() => loadFinding(root)).toThrow(/blame is .* who is blamed/);
  });

  test('a path with a NUL', () => {
    expect(() => loadRun('a\0b')).toThrow(UsageError);
    expect(() => loadCorpus('a\0b')).toThrow(/a path holds no NUL/);
  });

  test.each<[string, object]>([
    ['a shard beyond its count', { shard: { number: 4, of: 3 } }],
    ['a shard of nothing', { shard: { number: 0, of: 0 } }],
    ['no part', { parts: [] }],
    ['a count below zero', { cases: -1 }],
    ['a seed beyond 2^64', { seed: '18446744073709551616' }],
    ['a moment that is none', { startedAt: 'NaN' }],
    ['a month that is none', { startedAt: '2024-13-01T00:00:00.000Z' }],
    ['seconds whose end no clock reads', { seconds: 1e300 }],
    [
      'who is blamed for a break as text that cannot be encoded',
      { breaks: [{ blame: '\ud800', symptom: 'x' }] },
    ],
  ])('a run with %s', (_what, changes) => {
    writeFileSync(join(root, 'run.json'), JSON.stringify({ ...exampleRun(), ...changes }));

    expect(() => loadRun(root)).toThrow(UsageError);
  });
});

describe('every verb that reads it: exit 2, a line on stderr, nothing on stdout, nothing written', () => {
  const filesUnder = (): string[] => readdirSync(folder.path, { recursive: true }).map(String).sort();
  const command = (...args: string[]): Ended => runCommand(args, { cwd: folder.path });

  const damaged: Readonly<Record<string, (text: string, path: string) => void>> = {
    'a pipe': damages['a pipe']!,
    'a key that moves the cursor': damages['a key that moves the cursor']!,
    'cut off': damages['cut off']!,
  };

  const expectRefusal = (name: string, args: readonly string[]): void => {
    const before = filesUnder();
    const { exitCode, stdout, stderr } = command(...args);

    expect(stderr).toContain(name);
    expect(stderr.trimEnd()).not.toMatch(controls);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(filesUnder()).toEqual(before);
  };

  afterEach(() => rmSync(join(folder.path, 'broken'), { recursive: true, force: true }));

  describe.each(Object.entries(damaged))('%s', (_what, damage) => {
    test.each<[string, object, (path: string) => string[]]>([
      ['finding.json', exampleFinding(), (path) => ['replay', path]],
      ['run.json', exampleRun(), (path) => ['report', path]],
      ['run.json', exampleRun(), (path) => ['merge', path, '--out', 'untouched']],
      ['entry.json', entry, (path) => ['gate', '--corpus', path, '--out', 'untouched']],
    ])('%s (%#)', (name, whole, args) => {
      mkdirSync(join(folder.path, 'broken'));
      damage(JSON.stringify(whole), join(folder.path, 'broken', name));

      expectRefusal(name, args('broken'));
    });

    test.each(['plan.json', 'progress.json'])('%s of a run to resume', (name) => {
      const path = join(folder.path, run, name);
      const text = readFileSync(path, 'utf8');
      rmSync(path);
      damage(text, path);

      expectRefusal(name, ['fuzz', '--resume', run]);

      rmSync(path);
      writeFileSync(path, text);
    });
  });

  test.each<[string, string, (data: Record<string, unknown>) => void, string]>([
    [
      'progress.json',
      'cases that are not the plan’s',
      (progress) => {
        progress['pending'] = [{ from: 1e6, to: 2e6, step: 12, shrink: true, solo: false, careful: false }];
      },
      'no part of the plan',
    ],
    [
      'progress.json',
      'a range that would take every case again',
      (progress) => {
        progress['pending'] = [{ from: 0, to: 60, step: 1, shrink: true, solo: false, careful: false }];
      },
      'no part of the plan',
    ],
    [
      'plan.json',
      'a million workers',
      (file) => {
        (file['plan'] as Record<string, unknown>)['workers'] = 1e6;
      },
      'plan.workers is 1000000, but has to be at most 1024',
    ],
    [
      'plan.json',
      'a reference that is none',
      (file) => {
        (file['plan'] as Record<string, unknown>)['references'] = ['evil'];
      },
      'plan.references[0] is "evil"',
    ],
    [
      'plan.json',
      'a reference that is a file, which nobody has named',
      (file) => {
        (file['plan'] as Record<string, unknown>)['references'] = ['../../evil'];
      },
      'was made with --references "../../evil", which starts a program: name it again',
    ],
    [
      'plan.json',
      'a corpus that the contract forbids',
      (file) => {
        (file['plan'] as Record<string, unknown>)['corpus'] = [{ ...caseToJson(exampleCase), axis: 5 }];
      },
      'plan.corpus: axis 5',
    ],
  ])('%s with %s', (name, _what, change, sentence) => {
    const path = join(folder.path, run, name);
    const text = readFileSync(path, 'utf8');
    const data = JSON.parse(text) as Record<string, unknown>;
    change(data);
    writeFileSync(path, JSON.stringify(data));

    expectRefusal(sentence, ['fuzz', '--resume', run]);

    writeFileSync(path, text);
  });
});

test('names and texts of a finding move no cursor when it is replayed', () => {
  const evil = '\u001b[2J\u009b2J\u202e\nOK';
  const finding = exampleFinding({ case: evil, sentence: evil, blame: 'subject' });
  writeFileSync(join(folder.path, 'evil.json'), JSON.stringify(finding));

  const { stdout, stderr } = runCommand(['replay', 'evil.json'], { cwd: folder.path });

  for (const line of `${stdout}${stderr}`.split('\n')) expect(line).not.toMatch(controls);
  expect(stdout).toContain('from-scratch@0.1.0');
});

test('a report is never written through a link that a run brings along', () => {
  const foreign = join(folder.path, 'foreign');
  mkdirSync(foreign);
  writeFileSync(join(foreign, 'run.json'), JSON.stringify(exampleRun()));
  writeFileSync(join(folder.path, 'mine.txt'), 'mine');
  symlinkSync('../mine.txt', join(foreign, 'report.md'));

  const { exitCode, stderr } = runCommand(['report', 'foreign'], { cwd: folder.path });

  expect(stderr).toContain('cannot write foreign/report.md: a symbolic link is in the way');
  expect(exitCode).toBe(2);
  expect(readFileSync(join(folder.path, 'mine.txt'), 'utf8')).toBe('mine');
  expect(existsSync(join(foreign, 'report.json'))).toBe(false);
});

test('a subject that is called as what every object has is counted like any other', () => {
  writeFileSync(
    join(folder.path, 'constructor.mjs'),
    "export const name = 'constructor'; export const softmax = (x) => ({ shape: x.shape, data: x.data.slice() });",
  );

  const { stdout } = runCommand(
    [
      'fuzz',
      '--runs',
      '40',
      '--seed',
      '5',
      '--references',
      'none',
      '--subject',
      './constructor.mjs',
      '--json',
    ],
    { cwd: folder.path },
  );

  const { byImplementation, verdicts } = JSON.parse(stdout) as Record<string, object>;
  expect(byImplementation).toEqual({ constructor: verdicts });
});

test('what is compiled of a subject lies in no folder that users share, where another could put its own', () => {
  const shared = join(folder.path, 'shared');
  mkdirSync(shared);
  writeFileSync(
    join(folder.path, 'typed.ts'),
    'export const softmax = (x: { shape: number[]; data: Float32Array }) => ({ shape: [...x.shape], data: x.data.slice() });',
  );
  const args = ['--runs', '4', '--seed', '5', '--references', 'none', '--json', '--subject', './typed.ts'];

  const { exitCode } = runCommand(['fuzz', ...args], { cwd: folder.path, env: { TMPDIR: shared } });

  expect(exitCode).toBe(1);
  expect(readdirSync(shared)).toEqual([]);
});
