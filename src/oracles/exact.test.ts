/** Tests of what the judge takes for granted of the exact oracle's own error. */
import { expect, test } from 'vitest';
import { operations } from '../contract/subject.ts';
import { generateCase } from '../generate/generate-case.ts';
import { defaultArithmetic } from '../subjects/implementation.ts';
import { answerOf } from './exact.ts';
import { float32UncertaintyShareMax } from './judge-values.ts';

test('the uncertainty of float32 answers is far below the careful tolerance, element by element', () => {
  let [largest, elements] = [0, 0];
  for (let index = 0; index < 4000; index++) {
    const { careful, uncertainty } = answerOf(
      generateCase({ seed: 77n, index }, { operations, formats: ['float32'] }),
      defaultArithmetic,
    );
    careful.forEach((tolerance, i) => {
      if (tolerance === 0 || tolerance === Infinity) return;
      elements++;
      largest = Math.max(largest, uncertainty[i]! / tolerance);
    });
  }

  expect(elements).toBeGreaterThan(50_000);
  expect(largest).toBeLessThan(float32UncertaintyShareMax);
});
