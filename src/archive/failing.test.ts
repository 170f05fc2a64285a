import { expect, test } from 'vitest';
import { exampleFinding } from '../case/fixtures/example-finding.ts';
import { listedFindings } from './failing.ts';
import { findingSummary } from './finding-file.ts';

const wrongSubject = findingSummary(exampleFinding({ blame: 'subject', severity: 'wrong' }), 'finding.json');

test.each([
  ['subject', 'wrong', false, 'fuzz', false, true],
  ['subject', 'inaccurate', false, 'fuzz', false, false],
  ['subject', 'inaccurate', false, 'fuzz', true, true],
  ['subject', 'wrong', true, 'gate', true, false],
  ['tfjs-cpu', 'wrong', false, 'gate', false, false],
  ['tfjs-cpu', 'wrong', false, 'fuzz', true, false],
  ['tfjs-cpu', 'wrong', false, 'gate', true, true],
  ['tfjs-cpu', 'wrong', true, 'gate', true, false],
] as const)(
  '%s %s, known %s, in a %s of strict %s: fails %s',
  (blame, severity, known, command, strict, fails) => {
    const finding = { ...wrongSubject, blame, severity, known };

    expect(listedFindings([finding], { command, strict })).toEqual([{ ...finding, fails }]);
  },
);

test.each([
  ['wrong', true, false, true],
  ['inaccurate', true, false, true],
  ['wrong', false, false, false],
  ['wrong', false, true, true],
] as const)(
  'what has grown: %s, of the same cases %s, strict %s: fails %s',
  (severity, sameCases, strict, fails) => {
    const growth = { severity, ratio: 2, sameCases };
    const finding = { ...wrongSubject, severity, known: true, growth };

    expect(listedFindings([finding], { command: 'fuzz', strict })).toEqual([{ ...finding, fails }]);
  },
);

test('what a reference of the user gets wrong fails only where that was asked for', () => {
  const finding = { ...wrongSubject, blame: 'my-own' };
  const fails = (more: object): boolean =>
    listedFindings([finding], { command: 'gate', strict: true, ...more })[0]!.fails;

  expect([fails({}), fails({ strictReferences: true })]).toEqual([false, true]);
});

test('what a run has recorded stands', () => {
  const recorded = [{ ...wrongSubject, fails: false }];

  expect(listedFindings(recorded, { command: 'fuzz', strict: true })).toEqual(recorded);
});
