/** What V8 is told of a process that begins to judge cases, and when that ends. */
import { setFlagsFromString } from 'node:v8';
import { expect, test, vi } from 'vitest';
import { beginPatiently } from './warm-up.ts';

vi.mock('node:v8', () => ({ setFlagsFromString: vi.fn() }));

test('V8 is patient from the start until there were 2,000 cases, and then never again', () => {
  const told = vi.mocked(setFlagsFromString).mock.calls;

  const onCases = beginPatiently();
  onCases(1_999);
  const before = told.flat();
  for (const cases of [1, 5_000, 5_000]) onCases(cases);

  expect(before).toEqual(['--interrupt-budget=500000']);
  expect(told.flat()).toEqual(['--interrupt-budget=500000', '--interrupt-budget=67584']);
});
