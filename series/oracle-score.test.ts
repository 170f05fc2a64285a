/** The short form of `npm run series:oracle-score`: no defect of the table has lost its place. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { oracleMutations } from './oracle-mutations.ts';
import { planted } from './oracle-score.ts';
import { repository } from './run.ts';

test('each planted defect still has its place, and changes the file', () => {
  const unchanged = oracleMutations.filter((mutation) => {
    const source = readFileSync(join(repository, mutation.file), 'utf8');
    return planted(source, mutation) === source;
  });

  expect(unchanged).toEqual([]);
  expect(oracleMutations.length).toBeGreaterThanOrEqual(40);
});

test('a text that is not there, or twice, is an error and not a survivor', () => {
  const [file, to] = ['x.ts', 'b'];

  expect(() => planted('a a', { file, from: 'a', to })).toThrow('stands 2 times in x.ts');
  expect(() => planted('c', { file, from: 'a', to })).toThrow('stands 0 times in x.ts');
});
