import { expect, test } from 'vitest';
import { newPace } from './pace.ts';

test('the pace is that of the last half minute, and 0 where there is only one moment', () => {
  const pace = newPace();
  expect(pace.at(0, 0)).toBe(0);
  expect(pace.at(0, 50)).toBe(0);
  expect(pace.at(10, 100)).toBe(10);
  expect(pace.at(40, 100)).toBe(0);
  expect(pace.at(50, 400)).toBe(30);
});
