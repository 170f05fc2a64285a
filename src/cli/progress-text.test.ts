import { expect, test } from 'vitest';
import type { Progress } from '../campaign/observers.ts';
import { progressText } from './progress-text.ts';

const after = (seconds: number, cases: number): Progress => ({
  cases,
  seconds,
  elements: 0,
  findings: 3,
  subjectFindings: 1,
  rssMb: 100,
});

test('in the first seconds the pace says nothing of when the cases will be judged, and nothing is said of it', () => {
  const bounds = { timeMs: null, runs: 20_000 };

  expect(progressText(after(1, 10), bounds)).toBe('10 cases, 10/s, 3 findings (1 of the subject)');
  expect(progressText(after(10, 10_000), bounds)).toBe(
    '10000 cases, 1000/s, 3 findings (1 of the subject), 10 s left',
  );
});

test('the time that a campaign has is known from the start, and told', () => {
  expect(progressText(after(1, 10), { timeMs: 30_000, runs: null })).toMatch(/, 29 s left$/);
  expect(progressText(after(1, 10), { timeMs: 30_000, runs: 20_000 })).toMatch(/, 29 s left$/);
});

test('of two bounds the one that comes first is told', () => {
  expect(progressText(after(10, 10_000), { timeMs: 60_000, runs: 20_000 })).toMatch(/, 10 s left$/);
  expect(progressText(after(10, 10_000), { timeMs: 15_000, runs: 20_000 })).toMatch(/, 5 s left$/);
});

test('a campaign that nothing ends says so', () => {
  expect(progressText(after(1, 10), { timeMs: null, runs: null })).toMatch(/, no end set$/);
});
