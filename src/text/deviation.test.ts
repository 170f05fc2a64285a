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
  expect(deviationText(exampleFinding())).toBe('4194304 ULPs > 4 at [1, 0]');
});

test.each([0, 2 ** -140])('a deviation from %d is told by its values, also of a finding of old', (exact) => {
  const finding = exampleFinding({ ...answers(2 ** -100, exact), ulps: 2 ** 49, allowed: 2 ** -120 });

  expect(deviationText(finding)).toMatch(/^7\.888609e-31 is not (0|7\.175e-43) ± 7\.523e-37 at \[1, 0\]$/);
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
