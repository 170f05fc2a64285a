/** The page's side of the bodies against the other side of them. */
import { expect, test } from 'vitest';
import { generateCase } from '../../../generate/generate-case.ts';
import { caseToJson } from '../../../case/case-json.ts';
import type { Case } from '../../../case/case.ts';
import type { Outcome } from '../../../case/outcome.ts';
import { directions, operations } from '../../../contract/subject.ts';
import { outputShape } from '../../../case/case.ts';
import { formats, roundTo } from '../../../float/format.ts';
import { createTensor, sizeOf } from '../../../tensor/tensor.ts';
import { encodeRun, whyNotSayable } from '../../records.ts';
import { decodeResults } from '../../results.ts';
import { decodeRun } from './decode-run.ts';
import { encodeResults } from './encode-results.ts';

const cases = Array.from({ length: 900 }, (_, index) =>
  generateCase({ seed: 3n, index }, { operations, directions, formats, refuses: true }),
).filter((c) => whyNotSayable(c) === null);

/** What a page can know of a case. */
function asAsked(c: Case): unknown {
  return { ...caseToJson({ ...c, regimes: [], checks: [] }) };
}

test('a page decodes the cases that were encoded, bit by bit', () => {
  const valid = cases.filter(({ invalid }) => invalid === undefined);

  expect(decodeRun(encodeRun(valid)).map(asAsked)).toEqual(valid.map(asAsked));
  expect(valid.length).toBeGreaterThan(100);
});

test('a page knows what is made wrong of the arguments of an invalid case', () => {
  const invalid = cases.filter((c) => c.invalid !== undefined);

  expect(decodeRun(encodeRun(invalid)).map((c) => c.invalid)).toEqual(invalid.map((c) => c.invalid));
  expect(new Set(invalid.map((c) => c.invalid)).size).toBeGreaterThan(5);
});

test('what became of the cases in a page is what is decoded of its results', () => {
  const asked = cases.filter(({ invalid }) => invalid === undefined).slice(0, 6);
  const values = (c: Case): Outcome => {
    const tensor = createTensor(outputShape(c), c.format);
    tensor.data.fill(roundTo(c.format, sizeOf(tensor.shape) / 3));
    return { kind: 'values', tensor, violations: [] };
  };
  const printed = { kind: 'printed', detail: 'the call printed "ä"' } as const;
  const outcomes: Outcome[] = [
    values(asked[0]!),
    { kind: 'unsupported', reason: 'no' },
    { kind: 'threw', message: 'RangeError: …' },
    { ...(values(asked[3]!) as Extract<Outcome, { kind: 'values' }>), violations: [printed] },
    { kind: 'values', tensor: null, violations: [{ kind: 'not-a-tensor', detail: 'undefined' }] },
    values(asked[5]!),
  ];

  const ended = outcomes.map((outcome, i) => ({ outcome, format: asked[i]!.format }));
  expect(decodeResults(encodeResults(ended), asked)).toEqual(outcomes);
});
