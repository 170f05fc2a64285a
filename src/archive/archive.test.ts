import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { caseToJson, type CaseJson } from '../case/case-json.ts';
import type { Finding } from '../case/finding.ts';
import { InfrastructureError, UsageError } from '../contract/failure.ts';
import { loadCorpus, saveToCorpus, type CorpusEntry } from './corpus.ts';
import { exampleCase, exampleFinding } from '../case/fixtures/example-finding.ts';
import { exampleRun } from './fixtures/example-run.ts';
import { realFileSystem, type FileSystem } from './file-system.ts';
import { findingSummary, keepFindings, loadFinding, loadFindings, saveFinding } from './finding-file.ts';
import { replayCommand } from '../text/replay-command.ts';
import { createRun, listRuns, loadRun, newestRun, runIdOf, saveRun } from './run-folder.ts';

let root = '';
beforeEach(() => (root = mkdtempSync(join(tmpdir(), 'logitfuzz-archive-'))));
afterEach(() => rmSync(root, { recursive: true, force: true }));

const idAt = (day: string, suffix = 'ab12'): string =>
  runIdOf({ startedAt: new Date(`2024-02-${day}T13:45:01.123Z`), seed: '7', suffix });

/** A file system whose writing fails with an error of the system. */
const failing = (code: string): FileSystem => ({
  ...realFileSystem,
  writeText() {
    throw Object.assign(new Error(`${code}: no`), { code });
  },
});

describe('a run', () => {
  test('has an id that sorts by time and names the seed', () => {
    expect(idAt('29')).toBe('20240229T134501123Z-7-ab12');
    expect([idAt('10'), idAt('09')].sort()).toEqual([idAt('09'), idAt('10')]);
  });

  test('cannot be created outside of its root', () => {
    expect(() => createRun(root, '../../elsewhere')).toThrow(RangeError);
    expect(() => runIdOf({ startedAt: new Date(0), seed: '7', suffix: '../x' })).toThrow(RangeError);
  });

  test('is loaded as it was saved, from its folder or its file', () => {
    const folder = createRun(root, idAt('29'));
    const path = saveRun(
      folder,
      exampleRun({ findings: [findingSummary(exampleFinding(), 'a/finding.json')] }),
    );

    expect(loadRun(path)).toEqual(loadRun(folder.path));
    expect(loadRun(path).findings[0]).toMatchObject({
      ulps: 2 ** 22,
      deviation: '0.25 is not 0.5: 1048576 times the allowed error at [1, 0]',
    });
  });

  test('is listed once it has ended, oldest first; what is no run is not', () => {
    for (const day of ['10', '09', '11']) createRun(root, idAt(day));
    for (const day of ['10', '09'])
      saveRun({ id: idAt(day), path: join(root, 'runs', idAt(day)) }, exampleRun());
    mkdirSync(join(root, 'runs', 'zzz'));
    writeFileSync(join(root, 'runs', 'zzz', 'run.json'), '{}');

    expect(listRuns(root).map(({ id }) => id)).toEqual([idAt('09'), idAt('10')]);
    expect(newestRun(root).id).toBe(idAt('10'));
  });

  test('that is not there is a usage error that names the root', () => {
    expect(listRuns(join(root, 'nowhere'))).toEqual([]);
    expect(() => newestRun(root)).toThrow(`there is no run under ${root}/runs`);
  });
});

describe('a finding', () => {
  test('is loaded as it was saved, from its folder or its file, with a README beside it', () => {
    const path = saveFinding(createRun(root, idAt('29')), exampleFinding());

    expect(loadFinding(path)).toEqual(exampleFinding());
    expect(loadFinding(join(path, '..'))).toEqual(exampleFinding());
    expect(readdirSync(join(path, '..')).sort()).toEqual(['README.md', 'finding.json']);
  });

  test('of the same signature replaces the one before; of another stands beside it', () => {
    const run = createRun(root, idAt('29'));
    saveFinding(run, exampleFinding({ count: 1 }));
    saveFinding(run, exampleFinding({ count: 2 }));
    saveFinding(run, exampleFinding({ signature: '1:other' }));

    expect(
      loadFindings(run.path)
        .map(({ finding }) => finding.count)
        .sort((a, b) => a - b),
    ).toEqual([2, 12]);
  });

  test.each(['1:../../../x', '1:softmax/../..\\..//escape/../wrong/..', '..', ''])(
    'stays inside its run whatever its signature is: %j',
    (signature) => {
      const run = createRun(root, idAt('29'));
      const path = saveFinding(run, exampleFinding({ signature }));

      expect(path.slice(run.path.length)).toMatch(/^\/findings\/[a-z0-9-]+\/finding\.json$/);
      expect(existsSync(path)).toBe(true);
    },
  );

  test('has one folder for its signature, whatever its symptom is', () => {
    const run = createRun(root, idAt('29'));
    const paths = (['ulps', 'nan'] as const).map((symptom) => saveFinding(run, exampleFinding({ symptom })));

    expect(paths[1]).toBe(paths[0]);
    expect(paths[0]).toMatch(/\/softmax-forward-float32-tfjs-wasm-ulps-[0-9a-f]{10}\/finding\.json$/);
  });

  test('of a run in which its signature has two folders is the one of the lower index', () => {
    const run = createRun(root, idAt('29'));
    for (const [slug, index] of [
      ['a', 9],
      ['b', 3],
      ['c', 5],
    ] as const) {
      const folder = join(run.path, 'findings', slug);
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, 'finding.json'), JSON.stringify(exampleFinding({ index })));
    }

    expect(loadFindings(run.path)).toMatchObject([
      { finding: { index: 3 }, path: `${run.path}/findings/b/finding.json` },
    ]);
  });

  test('is written with its keys in one order, however it was made', () => {
    const run = createRun(root, idAt('29'));
    const finding = exampleFinding();
    const before = readFileSync(saveFinding(run, finding), 'utf8');
    const backwards = Object.fromEntries(Object.entries(finding).reverse()) as unknown as Finding;
    const minimal = Object.fromEntries(Object.entries(finding.minimal).reverse()) as unknown as CaseJson;

    expect(readFileSync(saveFinding(run, { ...backwards, minimal }), 'utf8')).toBe(before);
  });

  test('that a run keeps no more is removed, and nothing that is none', () => {
    const run = createRun(root, idAt('29'));
    const kept = exampleFinding();
    saveFinding(run, kept);
    saveFinding(run, exampleFinding({ signature: '1:other' }));
    mkdirSync(join(run.path, 'findings', 'notes'));

    keepFindings(run, [kept]);

    expect(loadFindings(run.path).map(({ finding }) => finding.signature)).toEqual([kept.signature]);
    expect(existsSync(join(run.path, 'findings', 'notes'))).toBe(true);
  });

  test('is whole or not there: a write that fails leaves the one before, and no litter', () => {
    const run = createRun(root, idAt('29'));
    const path = saveFinding(run, exampleFinding({ count: 1 }));

    expect(() => saveFinding(run, exampleFinding({ count: 2 }), failing('ENOSPC'))).toThrow(
      InfrastructureError,
    );
    expect(loadFinding(path).count).toBe(1);
    expect(readdirSync(join(path, '..'))).toHaveLength(2);
  });
});

describe('what cannot be written', () => {
  test('is the machine’s failure where the disk is full', () => {
    const run = createRun(root, idAt('29'));

    expect(() => saveRun(run, exampleRun(), failing('ENOSPC'))).toThrow(InfrastructureError);
    expect(() => saveRun(run, exampleRun(), failing('ENOSPC'))).toThrow(
      `cannot write ${run.path}/run.json: the disk is full (ENOSPC)`,
    );
    expect(() => saveRun(run, exampleRun(), failing('EIO'))).toThrow(InfrastructureError);
  });

  test('is the user’s where the folder does not let itself be written', () => {
    const run = createRun(root, idAt('29'));

    expect(() => saveRun(run, exampleRun(), failing('EACCES'))).toThrow(UsageError);
    expect(() => saveRun(run, exampleRun(), failing('EROFS'))).toThrow(
      'the file system is read-only (EROFS)',
    );
  });

  test('names the root that is a file', () => {
    const file = join(root, 'reports');
    writeFileSync(file, '');

    expect(() => createRun(file, idAt('29'))).toThrow(UsageError);
    expect(() => createRun(file, idAt('29'))).toThrow(file);
  });

  test('is our own failure where it is no error of the system', () => {
    const broken: FileSystem = { ...realFileSystem, writeText: () => JSON.parse('{') as never };

    expect(() => saveRun(createRun(root, idAt('29')), exampleRun(), broken)).toThrow(SyntaxError);
  });
});

describe('a broken finding file is refused in a sentence that names it', () => {
  const write = (text: string): string => {
    const path = join(root, 'finding.json');
    writeFileSync(path, text);
    return path;
  };
  const whole = JSON.stringify(exampleFinding());

  test('missing', () => {
    expect(() => loadFinding(join(root, 'no.json'))).toThrow(UsageError);
    expect(() => loadFinding(join(root, 'no.json'))).toThrow(
      `cannot read ${root}/no.json: there is no such file or folder`,
    );
  });

  test('a folder without one', () => {
    expect(() => loadFinding(root)).toThrow(UsageError);
  });

  test('empty', () => {
    expect(() => loadFinding(write(' \n'))).toThrow(`${root}/finding.json is empty`);
  });

  test('cut off anywhere', () => {
    const path = write(whole);
    for (let bytes = whole.length - 1; bytes > 0; bytes -= 37) {
      truncateSync(path, bytes);
      expect(() => loadFinding(path)).toThrow(`is cut off: its JSON does not end within its ${bytes} bytes`);
    }
  });

  test('not JSON, with the byte where it stops being so, counted in bytes', () => {
    expect(() => loadFinding(write('{"é": 1 ?}'))).toThrow('is not JSON: unexpected character at byte 9');
  });

  test('not JSON, where no byte is known', () => {
    expect(() => loadFinding(write('PK\u0003'))).toThrow(`${root}/finding.json is not JSON`);
  });

  test('of another version', () => {
    expect(() => loadFinding(write(whole.replace('"schemaVersion":1', '"schemaVersion":2')))).toThrow(
      'finding.json has schemaVersion 2, and this logitfuzz reads 1',
    );
  });

  test('larger than is read, without being read', () => {
    const huge: FileSystem = {
      ...realFileSystem,
      size: () => 2 ** 30,
      readText: () => expect.fail('it was read'),
    };

    expect(() => loadFinding('huge.json', huge)).toThrow(
      'huge.json has 1073741824 bytes, more than the 268435456 that are read',
    );
  });

  test.each<[string, object, string]>([
    ['a field of another type', { count: 'many' }, 'count is "many", but has to be a number'],
    ['a field too many', { load: './evil.js' }, 'unknown key "load"'],
    [
      'a case that the contract forbids',
      { minimal: { ...caseToJson(exampleCase), axis: 5 } },
      'minimal: axis 5',
    ],
    [
      'an original that is cut off',
      {
        original: {
          ...caseToJson(exampleCase),
          logits: { ...caseToJson(exampleCase).logits, base64: 'AAA' },
        },
      },
      'original: logits.base64',
    ],
    ['an element beyond the output', { element: 2 }, 'element 2 is not within the 2 of the output'],
    [
      'an exact answer of another shape',
      { exact: { format: 'float64', shape: [0], base64: '' } },
      'exact has shape [0], not [2, 1]',
    ],
    [
      'another operation than its case',
      { operation: 'logSoftmax' },
      'is of logSoftmax/forward, but its minimal case is not',
    ],
    ['a seed that is no integer', { seed: '1e3' }, 'seed is "1e3"'],
    ['a missing field', { signature: undefined }, 'signature is missing'],
  ])('%s', (_, change, sentence) => {
    const path = write(JSON.stringify({ ...exampleFinding(), ...change }));

    expect(() => loadFinding(path)).toThrow(UsageError);
    expect(() => loadFinding(path)).toThrow(sentence);
  });
});

describe('the corpus', () => {
  const entry: CorpusEntry = {
    schemaVersion: 1,
    name: 'two-ties',
    why: 'Ties must stay equal.',
    origin: { kind: 'hand' },
    case: caseToJson(exampleCase),
  };

  test('is loaded as it was saved, sorted by name', () => {
    const folder = join(root, 'corpus');
    saveToCorpus(folder, entry);
    saveToCorpus(folder, { ...entry, name: 'a-first' });
    writeFileSync(join(folder, 'README.md'), 'not a case');

    expect(loadCorpus(folder)).toEqual([{ ...entry, name: 'a-first' }, entry]);
  });

  test('refuses a name that leaves the folder, and a folder that is not there', () => {
    expect(() => saveToCorpus(root, { ...entry, name: '../evil' })).toThrow(UsageError);
    expect(() => loadCorpus(join(root, 'nowhere'))).toThrow('there is no corpus folder');
  });

  test('names the file that is broken', () => {
    writeFileSync(
      join(root, 'broken.json'),
      readFileSync(saveToCorpus(root, entry), 'utf8').replace('"axis": 0', '"axis": 9'),
    );
    rmSync(join(root, 'two-ties.json'));

    expect(() => loadCorpus(root)).toThrow('broken.json holds the entry "two-ties"');
  });
});

describe('the replay command', () => {
  const { subject, references } = exampleFinding();

  test('is the path, and the subject’s module only where that is blamed', () => {
    const plugged = { ...subject, module: './my kernels.ts' };

    expect(replayCommand({ blame: 'tfjs-cpu', subject: plugged, references }, 'reports/a/finding.json')).toBe(
      'npx logitfuzz replay reports/a/finding.json',
    );
    expect(replayCommand({ blame: 'subject', subject: plugged, references }, 'a.json')).toBe(
      "npx logitfuzz replay a.json --subject './my kernels.ts'",
    );
    expect(replayCommand({ blame: 'subject', subject, references }, 'a.json')).toBe(
      'npx logitfuzz replay a.json',
    );
  });

  test('gives a shell nothing to run', () => {
    expect(replayCommand({ blame: 'x', subject, references }, "a'; rm -rf $HOME\n`x`")).toBe(
      String.raw`npx logitfuzz replay 'a'\''; rm -rf $HOME?` + "`x`'",
    );
  });
});
