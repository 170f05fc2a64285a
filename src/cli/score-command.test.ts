/**
 * The score's short form, end to end: every mutant, one seed, no matrix.
 * The whole of it is `npm run series:score`.
 */
// @module-tag processes
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { loadScore, scoreRecordSchema } from '../archive/score-record.ts';
import { mutants } from '../score/mutants/mutants.ts';
import { runCommand, temporaryFolder } from './run-command.ts';

const folder = temporaryFolder();
afterAll(() => folder.remove());

const short = ['score', '--seeds', '1', '--json'];

test('every mutant is killed within 20,000 cases', () => {
  const args = [...short, '--oracles', 'none', '--no-elsewhere'];

  const { exitCode, stdout } = runCommand(args, { cwd: folder.path });

  const record = scoreRecordSchema.parse(JSON.parse(stdout));
  expect(record.mutants.filter(({ killed }) => !killed).map(({ name }) => name)).toEqual([]);
  expect(record.mutants).toHaveLength(mutants.length);
  expect(record.overall.median).toBeLessThan(300);
  expect(exitCode).toBe(0);
  expect(loadScore(join(folder.path, 'reports', 'score'))).toEqual(record);
});

test('the same seed gives the same record, but for the seconds', () => {
  const args = [...short, '--runs', '60', '--mutants', 'no-shift,keeps-the-axis'];
  const recordOf = (): object => {
    const { stdout } = runCommand(args, { cwd: folder.path });
    return { ...scoreRecordSchema.parse(JSON.parse(stdout)), seconds: 0 };
  };

  expect(recordOf()).toEqual(recordOf());
});

test('a survivor is named in a sentence, and fails', () => {
  const args = ['score', '--seeds', '1', '--runs', '1', '--oracles', 'none', '--no-elsewhere'];

  const { exitCode, stdout } = runCommand([...args, '--mutants', 'no-rank-six'], { cwd: folder.path });

  expect(exitCode).toBe(1);
  expect(stdout).toContain('SURVIVES  no-rank-six in 1 of 1 seeds');
});

test('a mutant that is not there is a sentence', () => {
  const { exitCode, stderr } = runCommand(['score', '--mutants', 'nobody'], { cwd: folder.path });

  expect(exitCode).toBe(2);
  expect(stderr).toContain('--mutants: "nobody" is no mutant');
});

test('docs/score.md names every mutant', () => {
  const text = readFileSync(new URL('../../docs/score.md', import.meta.url), 'utf8');

  expect(mutants.filter(({ name }) => !text.includes(`\`${name}\``)).map(({ name }) => name)).toEqual([]);
});
