import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { UsageError } from '../src/contract/failure.ts';
import { temporaryFolder } from './run.ts';
import { compareRuns, entriesNamed, readObserved, type Observed } from './same-findings.ts';

const folder = temporaryFolder();
afterAll(() => folder.remove());
const recorded = fileURLToPath(new URL('../src/archive/fixtures/recorded-0.1', import.meta.url));
const undivided = readObserved(join(recorded, 'undivided'));

/** A copy of the recorded run, one of whose files is written by `change`. */
function changed(name: string, file: string, change: (text: string) => string): Observed {
  const root = join(folder.path, name);
  cpSync(join(recorded, 'undivided'), root, { recursive: true });
  const path = join(root, 'runs', readdirSync(join(root, 'runs'))[0]!, file);
  writeFileSync(path, change(readFileSync(path, 'utf8')));
  return readObserved(root);
}

const finding = 'findings/logsoftmax-forward-float32-subject-ulps-4e73f803e6/finding.json';
const signature = '1:logSoftmax/forward/float32/subject/exact/wrong/ulps/finite/default/inner';

describe('two recorded runs', () => {
  test('are the same where only times and sentences differ', () => {
    const later = changed('later', finding, (text) =>
      text.replace(/"sentence": "[^"]*"/, '"sentence": "in other words"'),
    );
    const longer = changed('longer', 'run.json', (text) =>
      text
        .replaceAll(/"seconds": [\d.]+/g, '"seconds": 9')
        .replaceAll(/"startedAt": "\d+/g, '"startedAt": "2031'),
    );

    expect(compareRuns(undivided, later)).toMatchObject({ differences: [], findings: 11, sightings: 11 });
    expect(compareRuns(undivided, longer).differences).toEqual([]);
  });

  test('are the same for what was printed and what is on disk, by what both have', () => {
    const printed = readObserved(join(recorded, 'gate.summary.json'));

    const compared = compareRuns(readObserved(join(recorded, 'gate')), printed);

    expect(compared).toMatchObject({ differences: [], findings: 6, sightings: 0 });
    expect(compared.fields).not.toContain('minimal');
  });

  test('of different length differ', () => {
    const interrupted = readObserved(join(recorded, 'interrupted'));

    const { differences } = compareRuns(undivided, interrupted);

    expect(differences).toContain('cases : 60 before, 22 after');
    expect(differences).toContain('stoppedBy : "runs" before, "interrupted" after');
    expect(differences.filter((line) => /^finding \S+: only before$/.test(line))).toHaveLength(3);
  });
});

describe('a difference is named that was planted', () => {
  test.each([
    ['count', /"count": 1,/, '"count": 2,', 'count 1 before, 2 after'],
    ['severity', /"severity": "wrong"/, '"severity": "inaccurate"', 'severity "wrong" before'],
    ['index', /"index": (\d+)/, '"index": 1$1', 'index '],
    ['element', /"element": 0/, '"element": 1', 'element 0 before, 1 after'],
    ['minimal', /("minimal": \{[^}]*"base64": ")AAAA/, '$1AACA', 'minimal {'],
    ['got', /("got": \{[^}]*"base64": ".)./, '$1Z', 'got {'],
    ['exact', /("exact": \{[^}]*"base64": ".)./, '$1Z', 'exact {'],
    ['allowed', /"allowed": (\d)/, '"allowed": 7$1', 'allowed '],
  ])('in %s of a finding', (name, from, to, told) => {
    const { differences } = compareRuns(
      undivided,
      changed(name, finding, (text) => text.replace(from, to)),
    );

    expect(differences).toHaveLength(1);
    expect(differences[0]).toContain(`finding ${signature}: ${told}`);
  });

  test('in how often a signature was seen', () => {
    const seenAgain = changed('seen', 'run.json', (text) =>
      text.replace(/("count": )\d+(,\s+"lowestIndex")/, '$199$2'),
    );

    expect(compareRuns(undivided, seenAgain).differences).toEqual([
      expect.stringMatching(/^sighting .*"count":99/),
    ]);
  });

  test('in what one kernel was judged to be', () => {
    const { byKernel } = undivided.counts as { byKernel: Record<string, object> };
    const other = { ...byKernel, 'logSoftmax/forward/wrong-kernels': { agree: 1 } };

    const { differences } = compareRuns(undivided, {
      ...undivided,
      counts: { ...undivided.counts, byKernel: other },
    });

    expect(differences).toEqual([expect.stringMatching(/^byKernel logSoftmax\/forward\/wrong-kernels: /)]);
  });
});

describe('entries of the ledger that are left out', () => {
  const run = (entry: string, count: number): Observed => ({
    counts: {
      byKernel: { 'logSumExp/forward/tfjs-wasm': { diverge: count } },
      byImplementation: { 'tfjs-wasm': count },
    },
    sightings: { [`tfjs-wasm/known=${entry}`]: { count } },
    findings: { [`tfjs-wasm/known=${entry}`]: { ledger: entry, count } },
  });
  const without = entriesNamed(['unwritten-reduction', 'unwritten-scalar-softmax']);

  test('take with them their findings, sightings, and the counts of their kernels by their reference', () => {
    const compared = compareRuns(run('unwritten-reduction', 1), run('unwritten-reduction', 2), without);

    expect(compared).toMatchObject({ differences: [], leftOut: 4 });
  });

  test('and nothing that another entry explains', () => {
    const [before, after] = [run('infinite-maximum', 1), run('infinite-maximum', 2)];

    expect(compareRuns(before, after, without).differences).toEqual([
      expect.stringMatching(/^sighting .*known=infinite-maximum: /),
      expect.stringMatching(/^finding .*known=infinite-maximum: count 1 before, 2 after$/),
    ]);
  });

  test('and nothing at all where none is named', () => {
    const [before, after] = [run('unwritten-reduction', 1), run('unwritten-reduction', 2)];

    expect(compareRuns(before, after).differences).toHaveLength(4);
  });

  test('have to be in the ledger', () => {
    expect(() => entriesNamed(['unwriten'])).toThrow(UsageError);
  });
});

test('a folder of several runs, or of none, is not compared', () => {
  expect(() => readObserved(join(recorded, 'shards'))).toThrow(/several runs/);
  expect(() => readObserved(join(recorded, 'killed-careful'))).toThrow(/no run that has ended/);
});
