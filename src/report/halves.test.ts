/** What people read of a finding in 16 bits: bits beside values, what was assumed, what was allowed. */
import { describe, expect, test } from 'vitest';
import { fromJsonNumber } from '../case/json-number.ts';
import type { Finding } from '../case/finding.ts';
import { tensorFromJson } from '../case/tensor-json.ts';
import { answerOf } from '../oracles/exact.ts';
import type { Arithmetic } from '../contract/subject.ts';
import { findingReadme } from '../text/finding-readme.ts';
import { deviationText } from '../text/deviation.ts';
import { flushRemark } from '../text/flush-remark.ts';
import { elementText, numberText } from '../text/number-text.ts';
import { explainFinding } from './explain-finding.ts';
import { halfCase, halfFinding, spoiltSoftmax } from './fixtures/half-finding.ts';
import { viewDetail } from './html/view-finding.ts';
import { allowedText } from './issue/reasons.ts';
import { shownOfFinding } from './issue/shown-elements.ts';
import { storyOf } from './story.ts';

/** 0.5 + 2^-11 is the next number of float16 after 0.5, 0.5 + 2^-8 of bfloat16. */
const even = halfCase('float16', [1, 1]);
const stepBeside = spoiltSoftmax((p) => p + 2 ** -11);
const farOff = spoiltSoftmax((p) => p + 2 ** -7);
const places = { path: 'finding.json', kind: 'listed' } as const;

function everywhere(finding: Finding): readonly string[] {
  const { why, assumed } = viewDetail({ finding, ...places } as never);
  return [findingReadme(finding, 'finding.json'), explainFinding(finding), [...why, assumed].join('\n')];
}

test('a number of 16 bits is shown by its bits and enough digits to tell it', () => {
  expect(elementText(1 + 2 ** -10, 'float16')).toBe('0x3c01 = 1.00098');
  expect(elementText(-0, 'bfloat16')).toBe('0x8000 = -0');
  expect(elementText(Number.NaN, 'float16')).toBe('0x7e00 = NaN');
  expect(elementText(2 ** -24, 'float16')).toBe('0x0001 = 5.96046e-8');
  expect(elementText(0.1, 'float64')).toBe('0.1');
  expect(numberText(65504, 'float16')).toBe('65504');
  expect(numberText(1 + 2 ** -10, 'float16')).toBe('1.001');
});

test('tables have bits and values of what goes in and comes out, and the call has bits with their dtype', async () => {
  const finding = await halfFinding(even, stepBeside);

  expect(explainFinding(finding)).toMatch(/^\[0\] +◀ +0x3c00 = 1 +0\.5 +0x3801 = 0\.500488 +0\.0004883 /m);
  expect(findingReadme(finding, 'finding.json')).toContain(
    "{ shape: [2], data: Uint16Array.of(0x3c00, 0x3c00), dtype: 'float16' }",
  );
});

test('what is allowed has half an ULP in it, which the last rounding adds, wherever it is told', async () => {
  const finding = await halfFinding(even, stepBeside);
  const halfUlp = 2 ** -12;
  const allowed = fromJsonNumber(finding.allowed!);

  expect(allowed).toBeGreaterThan(halfUlp);
  expect(allowed).toBeLessThan(halfUlp * 1.01);
  expect(finding.terms.at(-1)).toEqual({ name: 'the last rounding', value: halfUlp });
  const sum = finding.terms.reduce((total, { value }) => total + fromJsonNumber(value), 0);
  expect(Math.abs(sum - allowed)).toBeLessThan(2 ** -50);
  expect(deviationText(finding)).toMatch(/^1 ULPs > 0\.50\d+ at \[0\]$/);
  expect(storyOf(finding)).toMatch(/is 1 ULPs off where 0\.50\d+ are allowed/);
});

describe('what was assumed is said in every form', () => {
  const fused = 'float32 inside and one rounding at the end (inaccurate beyond)';
  const composed = 'each tensor on the way rounded and sums in float32 (wrong beyond)';

  test.each<[string, Arithmetic, string, string]>([
    ['wrong', {}, `${fused}, ${composed}`, 'No sound algorithm with sums in float32 explains it.'],
    [
      'wrong',
      { halves: 'storage' },
      'sums in the format itself, as declared',
      'No sound algorithm explains it: sums in the format itself, as declared.',
    ],
  ])('%s, with %j', async (severity, arithmetic, assumed, meaning) => {
    const finding = await halfFinding(even, farOff, arithmetic);

    expect(finding.severity).toBe(severity);
    for (const text of everywhere(finding))
      expect(text).toContain(`exp within 1 and log within 1 ULP; ${assumed}`);
    expect(findingReadme(finding, 'finding.json')).toContain(meaning);
  });

  test('inaccurate: what would have been nearer', async () => {
    const finding = await halfFinding(even, stepBeside);

    expect(finding.severity).toBe('inaccurate');
    expect(findingReadme(finding, 'finding.json')).toContain(
      'Severity *inaccurate*. float32 inside and one rounding would have been nearer.',
    );
  });
});

test('an issue shows all digits of both values, and tells what arithmetic the allowed error is of', async () => {
  const finding = await halfFinding(even, stepBeside);
  const { exact, exactLow, careful: allowed } = answerOf(even, finding.arithmetic);
  const due = { case: even, format: even.format, exact, exactLow, allowed };
  const got = tensorFromJson(finding.got!, { name: 'got' }).data;
  const [shown] = shownOfFinding({ ...finding, got }, due);

  expect(shown).toMatchObject({ place: '[0]', gotText: '0.50048828125', exactText: '0.5' });
  expect(allowedText(finding, due, shown)).toMatch(
    /is 0\.0002\d+, the most that arithmetic with float32 inside and one rounding at the end can cost a careful algorithm/,
  );
  expect(allowedText(finding, due, shown)).toMatch(/this error is 1\.99\d* times that/);
});

describe('subnormals that are flushed', () => {
  /** e^−10 is 4.54e-5, below 2^-14: a subnormal number of float16. */
  const far = halfCase('float16', [0, -10]);
  const flushing = spoiltSoftmax((p) => (p < 2 ** -14 ? 0 : p));

  test('undeclared, the finding names what would declare it', async () => {
    const finding = await halfFinding(far, flushing);

    expect(finding.severity).toBe('wrong');
    for (const text of everywhere(finding).slice(0, 2)) expect(text).toContain('flushesSubnormals: true');
  });

  test('of another mistake it says nothing, nor of bfloat16', async () => {
    expect(flushRemark(await halfFinding(even, farOff))).toBe(null);
    expect(
      flushRemark(
        await halfFinding(
          far,
          spoiltSoftmax((p) => (p < 0.5 ? 0.25 : p)),
        ),
      ),
    ).toBe(null);
    expect(flushRemark({ ...(await halfFinding(far, flushing)), format: 'bfloat16' })).toBe(null);
  });

  test('declared, it says what passes then', async () => {
    const finding = await halfFinding(even, farOff, { flushesSubnormals: true });

    for (const text of everywhere(finding))
      expect(text).toContain('subnormals flushed; float32 inside and one rounding');
    expect(explainFinding(finding)).toContain('zeros pass for a softmax from 8,192 classes on');
  });

  test('zeros pass for a softmax of 8,192 classes where that is declared, and not where it is not', async () => {
    const wide = halfCase('float16', Array<number>(8_192).fill(0));
    const zeros = spoiltSoftmax(() => 0);

    expect((await halfFinding(wide, zeros)).severity).toBe('wrong');
    await expect(halfFinding(wide, zeros, { flushesSubnormals: true })).rejects.toThrow('is right here');
  });
});
