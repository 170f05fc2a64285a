import { expect, test } from 'vitest';
import { exampleFinding } from '../case/fixtures/example-finding.ts';
import { tensorToJson } from '../case/tensor-json.ts';
import type { Finding } from '../case/finding.ts';
import { deviationText } from './deviation.ts';
import { findingReadme } from './finding-readme.ts';

const answers = (got: number, exact: number): Pick<Finding, 'got' | 'exact'> => ({
  got: tensorToJson({ shape: [2, 1], data: Float32Array.of(0.5, got) }, 'float32'),
  exact: tensorToJson({ shape: [2, 1], data: Float64Array.of(0.5, exact) }, 'float64'),
});

test('a deviation is told in ULPs where they say something', () => {
  const finding = exampleFinding({ ...answers(0.5 + 7 * 2 ** -24, 0.5), ulps: 7 });

  expect(deviationText(finding)).toBe('7 ULPs > 4 at [1, 0]');
});

test('of what is far off the two values are told, and how many times it is off by what is allowed', () => {
  expect(deviationText(exampleFinding())).toBe('0.25 is not 0.5: 1048576 times the allowed error at [1, 0]');
});

test('a probability where 0 is due is no 8.5e+44 ULPs, also in a finding of old', () => {
  const finding = exampleFinding({ ...answers(1, 2 ** -126), ulps: 2 ** 149, allowed: 2 ** -149 });

  expect(deviationText(finding)).toBe('1 is not 1.175e-38: 7.136e+44 times the allowed error at [1, 0]');
});

test('the values of an answer of float64 that is off by a little are told with digits that differ', () => {
  const got = tensorToJson({ shape: [2, 1], data: Float64Array.of(0.5, 0.123_456_81) }, 'float64');
  const exact = tensorToJson({ shape: [2, 1], data: Float64Array.of(0.5, 0.123_456_789) }, 'float64');
  const finding = exampleFinding({ format: 'float64', got, exact, ulps: 1.5e9, allowed: 1e-15 });

  expect(deviationText(finding)).toBe(
    '0.12345681 is not 0.123456789: 21000000 times the allowed error at [1, 0]',
  );
});

test.each([0, 2 ** -140])('nor are ULPs told where %d is due, also in a finding of old', (exact) => {
  const finding = exampleFinding({ ...answers(2 ** -100, exact), ulps: 2 ** 49, allowed: 2 ** -120 });

  expect(deviationText(finding)).toMatch(
    /^7\.888609e-31 is not (0|7\.175e-43): 1048576 times the allowed error at \[1, 0\]$/,
  );
});

test('of what is not finite there are the values alone', () => {
  const finding = exampleFinding({ ...answers(Number.NaN, 0.5), symptom: 'nan', ulps: null });

  expect(deviationText(finding)).toBe('NaN is not 0.5 at [1, 0]');
});

test('what breaks a law with a value that is right is not told to be another than what it is', () => {
  const finding = exampleFinding({ ...answers(1, 1), oracle: 'property', symptom: 'nan', ulps: null });

  expect(deviationText(finding)).toBe('breaks a law (nan)');
});

test('of conduct nobody says that no sound algorithm explains it', () => {
  const conduct = exampleFinding({ oracle: 'conduct', symptom: 'threw', element: null });

  expect(findingReadme(exampleFinding(), 'finding.json')).toContain('No sound algorithm in this format');
  expect(findingReadme(conduct, 'finding.json')).not.toContain('sound algorithm in this format');
});
