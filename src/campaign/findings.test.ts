import { expect, test } from 'vitest';
import { exampleFinding } from '../case/fixtures/example-finding.ts';
import type { Finding } from '../case/finding.ts';
import { foremost } from './findings.ts';

const at = (index: number, blame = 'subject'): Finding =>
  exampleFinding({ blame, index, signature: `1:${blame} ${index}` });
const [third, first, second, theirs] = [at(30), at(-2), at(7), at(99, 'tfjs-cpu')];

test('the foremost findings are those of the lowest indices; what references get wrong stays', () => {
  const { told, leftOut } = foremost([third, theirs, first, second], 2);

  expect(told).toEqual([theirs, first, second]);
  expect(leftOut).toEqual([third]);
});

test('of as many findings as are asked for, or without a bound, none is left out', () => {
  expect(foremost([third, first], 2)).toEqual({ told: [third, first], leftOut: [] });
  expect(foremost([third, first], null)).toEqual({ told: [third, first], leftOut: [] });
});
