/** The tests of a change, on the project itself, by what cannot change without its tests. */
import { expect, test } from 'vitest';
import { testsOf } from './tests-of.ts';

const withProcesses = ['src/cli/cli.test.ts', 'src/vitest-kit/fuzz-kernels.test.ts'];
const tests = (changed: string): string[] => testsOf(changed, { folders: ['src', 'scripts'], withProcesses });

test('a source reruns the tests that import it, through others too, but none with processes elsewhere', () => {
  expect(tests('src/float/ulp.ts')).toEqual(
    expect.arrayContaining(['src/float/ulp.test.ts', 'src/oracles/judge-values.test.ts']),
  );
  expect(tests('src/float/ulp.ts').filter((path) => withProcesses.includes(path))).toEqual([]);
});

test('and those with processes beside it', () => {
  expect(tests('src/cli/main.ts')).toEqual(['src/cli/cli.test.ts']);
});

test('a test reruns itself, and what nothing imports nothing', () => {
  expect(tests('src/cli/cli.test.ts')).toEqual(['src/cli/cli.test.ts']);
  expect(tests('docs/numerics.md')).toEqual([]);
});
