import { expect, test } from 'vitest';
import { InfrastructureError, UsageError } from '../contract/failure.ts';
import { exitCodeOf, exitCodeOfError, type Ending } from './exit-code.ts';

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

test('where findings shall not make the exit code it is 0, and what is no finding is told as before', () => {
  const told: Ending = { ...clean, subjectSeverities: ['wrong'], missingKernels: 1, findingsExit: 0 };

  expect(exitCodeOf(told)).toBe(0);
  expect(exitCodeOf({ ...told, findingsExit: 1 })).toBe(1);
  expect(exitCodeOf({ ...told, judged: 0 })).toBe(4);
  expect(exitCodeOf({ ...told, brokenReference: true })).toBe(3);
  expect(exitCodeOf({ ...told, interruptedBy: 'SIGINT' })).toBe(130);
});

test('fewer cases judged than asked for is 4', () => {
  expect(exitCodeOf({ ...clean, judged: 0 })).toBe(4);
});

test('new divergences of references and stale entries of the baseline fail only where --strict asks for it', () => {
  expect(exitCodeOf({ ...clean, newOfReferences: 1 })).toBe(0);
  expect(exitCodeOf({ ...clean, staleEntries: 1 })).toBe(0);
  expect(exitCodeOf({ ...clean, newOfReferences: 1, strict: true })).toBe(1);
  expect(exitCodeOf({ ...clean, staleEntries: 1, strict: true })).toBe(1);
});

test('the first rule that holds decides: interrupted, infrastructure, divergence, too few cases', () => {
  const all: Ending = {
    interruptedBy: 'SIGINT',
    missingRequired: [],
    brokenReference: true,
    subjectSeverities: ['wrong'],
    strict: false,
    judged: 0,
    minCases: 1,
  };
  const withoutSignal: Ending = { ...all, interruptedBy: null };
  const withoutBreak: Ending = { ...withoutSignal, brokenReference: false };

  expect(exitCodeOf(all)).toBe(130);
  expect(exitCodeOf(withoutSignal)).toBe(3);
  expect(exitCodeOf(withoutBreak)).toBe(1);
  expect(exitCodeOf({ ...withoutBreak, subjectSeverities: [] })).toBe(4);
  expect(exitCodeOf({ ...withoutBreak, subjectSeverities: [], judged: 1 })).toBe(0);
});

test('what the operating system refuses is the surroundings’, and any other error is a mistake of ours', () => {
  const refused = (code: string): Error => Object.assign(new Error(`${code}: open`), { code });

  expect(exitCodeOfError(new UsageError('no'))).toBe(2);
  expect(exitCodeOfError(new InfrastructureError('no'))).toBe(3);
  expect(['EMFILE', 'ENOSPC', 'ENOMEM'].map((code) => exitCodeOfError(refused(code)))).toEqual([3, 3, 3]);
  expect(exitCodeOfError(refused('ERR_INVALID_ARG_TYPE'))).toBe(null);
  expect(exitCodeOfError(new TypeError('x is undefined'))).toBe(null);
});
