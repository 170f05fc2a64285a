import { expect, test } from 'vitest';
import { exitCodeOf, type Ending } from './exit-code.ts';

const clean: Ending = {
  interruptedBy: null,
  missingRequired: [],
  brokenReference: false,
  subjectSeverities: [],
  strict: false,
  judged: 10,
  minCases: 1,
};

test('a campaign without a finding of the subject ends with 0', () => {
  expect(exitCodeOf(clean)).toBe(0);
});

test('a wrong subject is 1, an inaccurate one only with --strict', () => {
  expect(exitCodeOf({ ...clean, subjectSeverities: ['wrong'] })).toBe(1);
  expect(exitCodeOf({ ...clean, subjectSeverities: ['inaccurate'] })).toBe(0);
  expect(exitCodeOf({ ...clean, subjectSeverities: ['inaccurate'], strict: true })).toBe(1);
});

test('a missing required reference comes before a divergence, an interruption before both', () => {
  const bad: Ending = { ...clean, subjectSeverities: ['wrong'], missingRequired: ['tfjs-node'] };

  expect(exitCodeOf(bad)).toBe(3);
  expect(exitCodeOf({ ...bad, interruptedBy: 'SIGINT' })).toBe(130);
  expect(exitCodeOf({ ...bad, interruptedBy: 'SIGTERM' })).toBe(143);
});

test('fewer cases judged than asked for is 4', () => {
  expect(exitCodeOf({ ...clean, judged: 0 })).toBe(4);
});
