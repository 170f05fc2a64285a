import { expect, test } from 'vitest';
import { TimeIsUp } from '../examine/time-is-up.ts';
import { openTimeLimit } from './time-limit.ts';

test('no case is begun once the time is over, and a second later nobody is called any more', () => {
  let now = 100;
  const limit = openTimeLimit(() => now);
  limit.set(50);

  now = 149;
  expect(limit.isReached()).toBe(false);
  now = 150;
  expect(limit.isReached()).toBe(true);
  expect(() => limit.check()).not.toThrow();
  now = 1_150;
  expect(() => limit.check()).toThrow(TimeIsUp);
});

test('a campaign without a limit has none, also after one that had', () => {
  let now = 0;
  const limit = openTimeLimit(() => now);
  limit.set(1);
  limit.set(null);

  now = 1e9;
  expect(limit.isReached()).toBe(false);
  expect(() => limit.check()).not.toThrow();
});
