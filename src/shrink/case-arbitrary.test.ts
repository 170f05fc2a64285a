import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { whyInvalid } from '../case/case-check.ts';
import type { Case } from '../case/case.ts';
import { halfFormats } from '../float/format.ts';
import { lanesOf } from '../tensor/lanes.ts';
import { caseArbitrary } from './case-arbitrary.ts';

const softmaxCases = caseArbitrary({ operations: ['softmax'], formats: ['float32'] });

test('every case drawn is valid and of the space', () => {
  fc.assert(
    fc.property(
      softmaxCases,
      (c) => whyInvalid(c) === null && c.operation === 'softmax' && c.format === 'float32',
    ),
    { numRuns: 500 },
  );
});

test.each(halfFormats)('cases of %s are valid, and shrunk to its smallest', (format) => {
  const cases = caseArbitrary({ operations: ['softmax', 'crossEntropy'], formats: [format] });
  const isNarrow = (c: Case): boolean =>
    lanesOf(c.logits.shape, c.axis).length < 5 ||
    c.logits.data.length === 0 ||
    c.operation === 'crossEntropy';

  fc.assert(
    fc.property(cases, (c) => whyInvalid(c) === null && c.format === format),
    { numRuns: 300 },
  );
  const { counterexample } = fc.check(fc.property(cases, isNarrow), { seed: 1, numRuns: 2_000 });

  const [smallest] = counterexample as [Case];
  expect([...smallest.logits.data]).toEqual([0, 0, 0, 0, 0]);
  expect([smallest.format, whyInvalid(smallest)]).toEqual([format, null]);
});

test('a failing property is shrunk to its smallest case', () => {
  const isNarrow = fc.property(
    softmaxCases,
    (c) => lanesOf(c.logits.shape, c.axis).length < 5 || c.logits.data.length === 0,
  );

  const { failed, counterexample } = fc.check(isNarrow, { seed: 1, numRuns: 2_000 });

  const [smallest] = counterexample as [Case];
  expect(failed).toBe(true);
  expect(lanesOf(smallest.logits.shape, smallest.axis).length).toBe(5);
  expect([...smallest.logits.data]).toEqual([0, 0, 0, 0, 0]);
});

test('the same seed of fast-check draws the same cases', () => {
  expect(fc.sample(softmaxCases, { seed: 3, numRuns: 20 })).toEqual(
    fc.sample(softmaxCases, { seed: 3, numRuns: 20 }),
  );
});

test('no two of many draws are the same case', () => {
  const drawn = fc.sample(softmaxCases, { seed: 5, numRuns: 200 }).filter((c) => c.logits.data.length > 3);

  expect(new Set(drawn.map((c) => c.logits.data.join())).size).toBeGreaterThan(0.9 * drawn.length);
});
