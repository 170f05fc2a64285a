import { describe, expect, test } from 'vitest';
import { exampleFinding } from '../case/fixtures/example-finding.ts';
import { findingReadme } from './finding-readme.ts';
import { worstText } from './worst-text.ts';

/** 0.25 is a quarter off, of which a 32nd is allowed: 8 times. */
const mild = { allowed: 2 ** -5, ratio: 8 } as const;
const originally = {
  oracle: 'exact',
  severity: 'wrong',
  symptom: 'ulps',
  ratio: 2000,
  sentence: 'got 1.00022, exact 1 ± 1e-7 at [3]',
} as const;

describe('beside its smallest case a finding tells', () => {
  test('nothing, where that is as bad as any and was found alike', () => {
    expect(worstText(exampleFinding(mild))).toBeNull();
    expect(worstText(exampleFinding({ ...mild, originally: { ...originally, ratio: 8 } }))).toBeNull();
    expect(worstText(exampleFinding({ allowed: 2 ** -5 }))).toBeNull();
  });

  test('how it was found, where that was worse', () => {
    expect(worstText(exampleFinding({ ...mild, ratio: 2000, originally }))).toBe(
      'found as: got 1.00022, exact 1 ± 1e-7 at [3]',
    );
  });

  test('how it was found, where that was told otherwise, however mild', () => {
    const nan = { ...originally, symptom: 'nan', ratio: 1 } as const;

    expect(worstText(exampleFinding({ ...mild, originally: nan }))).toMatch(/^found as: got 1\.00022/);
  });

  test('the worst of all cases, where neither is that', () => {
    expect(worstText(exampleFinding({ ...mild, ratio: 5000, originally }))).toBe(
      'found as: got 1.00022, exact 1 ± 1e-7 at [3]; the worst of its cases was off by 5000 times what is allowed',
    );
    expect(worstText(exampleFinding({ ...mild, ratio: 'Infinity' }))).toBe(
      'the worst of its cases was off by what is not finite',
    );
  });

  test('all that in its README', () => {
    const finding = exampleFinding({ ...mild, ratio: 5000, originally });

    expect(findingReadme(finding, 'f.json')).toContain(
      'This is the smallest case of it; found as: got 1.00022, exact 1 ± 1e-7 at [3]; the worst of its cases was off by 5000 times what is allowed.',
    );
  });
});
