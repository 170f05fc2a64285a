/** The tables are replaced between their marks, and what is written there by hand is kept. */
import { expect, test } from 'vitest';
import type { SoundKernelReport } from './judge-sound-kernel.ts';
import { withTables } from './oracle-trial-document.ts';

const report: SoundKernelReport = {
  name: 'kahan',
  cases: 2000,
  skipped: 500,
  inconclusive: 3,
  inaccurate: 2,
  inaccurateFrom: 1024,
  inaccurateByOracle: {},
  wrong: [],
  wrongCount: 0,
  nearest: { 'softmax/forward': { careful: 1.25, naive: 0.5, index: 7 } },
};

test('a kernel keeps its way, and is not the nearest to a tolerance that it exceeds', () => {
  const text = `before
<!-- sound kernels -->
| kahan | compensated sums | 9 | 9 | 9 | 9 | 9 |
<!-- end of sound kernels -->
between
<!-- nearest -->
<!-- end of nearest -->
after`;

  const written = withTables(text, [report], '7');

  expect(written.split('\n').filter((line) => line !== '' && !line.includes('<!--'))).toEqual([
    'before',
    '2,000 cases of seed 7, put to 1 kernels: **1,500 answers judged, 0 of them wrong**.',
    '| kernel | what it does its own way | wrong | inaccurate | narrowest | inconclusive | skipped |',
    '| --- | --- | --- | --- | --- | --- | --- |',
    '| kahan | compensated sums | 0 | 2 | 1,024 | 3 | 500 |',
    'between',
    '| operation/direction | ÷ careful | ÷ naive |',
    '| --- | --- | --- |',
    '| softmax/forward |  | 0.50 kahan |',
    'after',
  ]);
});

test('a text without the marks is an error, not written over', () => {
  expect(() => withTables('before', [report], '7')).toThrow('no part between <!-- sound kernels -->');
});
