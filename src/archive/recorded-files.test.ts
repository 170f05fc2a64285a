/**
 * Files that version 0.1.0 wrote, read by the code of today. How they were made:
 * fixtures/recorded-0.1/README.md.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Ajv from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';
import { loadBaseline } from './baseline.ts';
import { loadCorpus } from './corpus.ts';
import { loadFinding, loadFindings } from './finding-file.ts';
import { listRuns, loadRun } from './run-folder.ts';
import { loadScore } from './score-record.ts';

const recorded = fileURLToPath(new URL('fixtures/recorded-0.1', import.meta.url));
const json = (...parts: readonly string[]): unknown =>
  JSON.parse(readFileSync(join(recorded, ...parts), 'utf8'));

const roots = ['campaign', 'undivided', 'shards', 'interrupted', 'broken-reference', 'maximized', 'gate'];
const runs = roots.flatMap((root) =>
  listRuns(join(recorded, root)).map(({ id, path }) => ({ root, id, path })),
);
const findingFiles = readdirSync(recorded, { recursive: true, encoding: 'utf8' }).filter((path) =>
  path.endsWith('finding.json'),
);

const ajv = new Ajv.default({ strict: true, allowUnionTypes: true });
for (const name of readdirSync('schemas'))
  ajv.addSchema(JSON.parse(readFileSync(join('schemas', name), 'utf8')));

function faultsOf(name: string, value: unknown): string {
  ajv.validate(`urn:logitfuzz:schema:${name}:1`, value);
  return ajv.errorsText();
}

test('the recordings are there: eight runs that ended, and 70 findings', () => {
  expect(runs).toHaveLength(8);
  expect(findingFiles).toHaveLength(70);
});

describe.each(runs)('the run of $root, $id,', ({ root, id, path }) => {
  const record = json(root, 'runs', id, 'run.json') as { findings: { signature: string }[] };

  test('is read as it was written', () => {
    expect(loadRun(path)).toMatchObject(record);
    expect(faultsOf('run', record)).toBe('No errors');
  });

  test('has each finding that it lists, as it was written', () => {
    const found = loadFindings(path).map(({ finding }) => finding.signature);

    expect(found.toSorted()).toEqual(record.findings.map(({ signature }) => signature).toSorted());
  });
});

test.each(findingFiles)('%s is read as it was written', (path) => {
  const finding = json(path);

  expect(loadFinding(join(recorded, path))).toMatchObject(finding as object);
  expect(faultsOf('finding', finding)).toBe('No errors');
});

test('the baseline is read as it was written', () => {
  const baseline = json('logitfuzz.baseline.json') as { subject: string; findings: Record<string, string> };
  const { subject, findings } = loadBaseline(join(recorded, 'logitfuzz.baseline.json'));
  const severities = Object.entries(findings).map(([signature, { severity }]) => [signature, severity]);

  expect({ subject, findings: Object.fromEntries(severities) as object }).toEqual({
    subject: baseline.subject,
    findings: baseline.findings,
  });
  expect(faultsOf('baseline', baseline)).toBe('No errors');
});

test('the cases of the corpus are read as they were written', () => {
  const entries = readdirSync(join(recorded, 'corpus')).map((name) => json('corpus', name) as object);

  expect(entries).toHaveLength(4);
  expect(loadCorpus(join(recorded, 'corpus'))).toMatchObject(entries);
  expect(entries.map((entry) => faultsOf('corpus-case', entry))).toEqual(entries.map(() => 'No errors'));
});

test('the score is read as it was written', () => {
  expect(loadScore(join(recorded, 'score'))).toMatchObject(json('score', 'score.json') as object);
});

test('what the gate printed is a valid summary', () => {
  expect(faultsOf('summary', json('gate.summary.json'))).toBe('No errors');
});
