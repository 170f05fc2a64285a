/** What V8 is told of a process that begins to judge cases, and when that ends. */
import { expect, test } from 'vitest';
import { beginPatiently } from './warm-up.ts';

test('V8 is patient from the start until there were 2,000 cases, and then never again', () => {
  const told: string[] = [];

  const onCases = beginPatiently((flags) => void told.push(flags));
  onCases(1_999);
  const before = [...told];
  for (const cases of [1, 5_000, 5_000]) onCases(cases);

  expect(before).toEqual(['--interrupt-budget=500000']);
  expect(told).toEqual(['--interrupt-budget=500000', '--interrupt-budget=67584']);
});
