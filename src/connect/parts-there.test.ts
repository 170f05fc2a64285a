/** What the line of doctor about Python says where it cannot be used. */
// @module-tag processes
import { afterEach, expect, test, vi } from 'vitest';
import { partsThere } from './parts-there.ts';

afterEach(() => vi.unstubAllEnvs());

const remedy = (): string => partsThere().find(({ name }) => name === 'python')!.remedy;

test('an interpreter that is not there is another thing than one that has no NumPy', () => {
  vi.stubEnv('LOGITFUZZ_PYTHON', '/no/such/python');
  expect(remedy()).toBe('there is no program /no/such/python: LOGITFUZZ_PYTHON names another');

  vi.stubEnv('LOGITFUZZ_PYTHON', process.execPath); // which imports no NumPy either
  expect(remedy()).toBe(
    `${process.execPath} has no NumPy: ${process.execPath} -m pip install numpy, or LOGITFUZZ_PYTHON names another`,
  );
});
