/** The published JSON Schemas: current, and held to real files by ajv, which knows nothing of zod. */
// @module-tag processes
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import Ajv from 'ajv/dist/2020.js';
import { afterAll, describe, expect, test } from 'vitest';
import { jsonSchemaFiles } from './json-schemas.ts';
import { mainPath, runCommand, temporaryFolder } from './run-command.ts';

const folder = temporaryFolder();
afterAll(() => folder.remove());
const fixture = join(mainPath, '../../../../src/cli/fixtures/thousandth-off.mjs');

const ajv = new Ajv.default({ strict: true, allowUnionTypes: true });
for (const text of jsonSchemaFiles().values()) ajv.addSchema(JSON.parse(text) as object);

function faultsOf(name: string, value: unknown): string {
  ajv.validate(`urn:logitfuzz:schema:${name}:1`, value);
  return ajv.errorsText();
}

const read = (...parts: readonly string[]): unknown => JSON.parse(readFileSync(join(...parts), 'utf8'));

test('what is committed is what the schemas of today give (npm run schemas)', () => {
  const committed = new Map(
    readdirSync('schemas').map((name) => [name, readFileSync(join('schemas', name), 'utf8')]),
  );

  expect(committed).toEqual(jsonSchemaFiles());
});

describe('the files of a gate that finds something', () => {
  const args = ['--runs', '200', '--min-cases', '1', '--references', 'none', '--subject', fixture, '--json'];
  const gate = (...more: string[]): unknown =>
    JSON.parse(runCommand(['gate', ...args, ...more], { cwd: folder.path }).stdout);
  const summary = gate('--update-baseline') as { run: string; findings: { path: string }[] };
  const run = read(folder.path, summary.run, 'run.json') as object;
  const finding = read(folder.path, summary.findings[0]!.path) as object;

  test.each([
    ['summary', summary],
    ['run', run],
    ['finding', finding],
    ['baseline', read(folder.path, 'logitfuzz.baseline.json')],
  ])('%s is valid', (name, value) => {
    expect(faultsOf(name, value)).toBe('No errors');
  });

  test('and a run without a seed, a finding of another severity, is not', () => {
    expect(faultsOf('run', { ...run, seed: 7 })).toContain('seed');
    expect(faultsOf('finding', { ...finding, severity: 'bad' })).toContain('severity');
  });

  test('an error is a valid summary, too', () => {
    const { stdout } = runCommand(['gate', '--runs', 'x', '--json'], { cwd: folder.path });

    expect(faultsOf('summary', JSON.parse(stdout))).toBe('No errors');
  });
});

test('every committed case is valid, and one without its tensor is not', () => {
  const cases = readdirSync('corpus').map((name) => read('corpus', name) as { case: object });

  expect(cases.map((value) => faultsOf('corpus-case', value))).toEqual(cases.map(() => 'No errors'));
  expect(faultsOf('corpus-case', { ...cases[0], case: { ...cases[0]!.case, logits: null } })).toContain(
    'logits',
  );
});

test('a configuration is valid by the keys that zod takes, and by no other', () => {
  const config = { $schema: './x', seed: 'commit', references: 'none', gate: { runs: 5, strict: true } };

  expect(faultsOf('config', config)).toBe('No errors');
  expect(faultsOf('config', { subjekt: 'x' })).toContain('must NOT have additional properties');
  expect(faultsOf('config', { gate: { runs: 'many' } })).toContain('runs');
});
