/**
 * The exact oracle against answers from mpmath:
 * an arithmetic, a language and a derivation of its own (golden.py).
 */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { caseFromJson } from '../../case/case-json.ts';
import { caseSummary } from '../../case/case-summary.ts';
import type { Case } from '../../case/case.ts';
import { kernelTable, reductions } from '../../contract/subject.ts';
import { nativeFormats } from '../../float/format.ts';
import { regimes } from '../../generate/regimes.ts';
import { defaultArithmetic } from '../../subjects/implementation.ts';
import type { Answer } from '../answer.ts';
import { answerOf, CaseWork } from '../exact.ts';
import { goldenKinds } from './golden-kinds.ts';
import { partsOf } from './golden-parts.ts';

interface Golden {
  readonly case: unknown;
  /** The value as up to three float64 in hexadecimal that sum to it; or a word. */
  readonly answer: readonly string[];
  /** The tolerances by the formulas of docs/numerics.md, null where there is none. */
  readonly careful: readonly (number | null)[];
  readonly naive: readonly (number | null)[];
}

const goldens = JSON.parse(
  readFileSync(new URL('golden.json', import.meta.url), 'utf8'),
) as readonly Golden[];
const cases = goldens.map(({ case: record, answer, careful, naive }) => ({
  c: caseFromJson(record),
  parts: answer.map(partsOf),
  tolerances: { careful, naive },
}));

/**
 * exact + exactLow − golden, exactly enough: the leading
 * parts are close to each other or one is all there is.
 */
function errorOf({ exact, exactLow }: Answer, i: number, parts: readonly number[]): number {
  return exact[i]! - parts[0]! + (exactLow[i]! - (parts[1] ?? 0)) - (parts[2] ?? 0);
}

/** Elements whose answer is not the golden one within the oracle's own uncertainty. */
function disagreements(answer: Answer, parts: readonly (readonly number[])[]): number[] {
  return parts.flatMap((golden, i) => {
    const exact = answer.exact[i]!;
    if (!Number.isFinite(golden[0]!) || !Number.isFinite(exact))
      return Object.is(exact, golden[0]) ? [] : [i];
    return Math.abs(errorOf(answer, i, golden)) <= answer.uncertainty[i]! ? [] : [i];
  });
}

function check(
  answerFor: (c: Case) => Answer,
  which: (c: Case) => boolean,
): { judged: number; wrong: string[] } {
  const wrong: string[] = [];
  let judged = 0;
  for (const { c, parts } of cases.filter((entry) => which(entry.c))) {
    const answer = answerFor(c);
    judged += parts.length;
    for (const i of disagreements(answer, parts)) {
      wrong.push(
        `${caseSummary(c)} at ${i}: ${answer.exact[i]} ± ${answer.uncertainty[i]}, golden ${parts[i]!.join(' + ')}`,
      );
    }
  }
  return { judged, wrong };
}

describe('the answer is the golden one within the uncertainty that it states', () => {
  test('in float64, for float32 data', () => {
    const { judged, wrong } = check(
      (c) => answerOf(c, defaultArithmetic),
      (c) => c.format === 'float32',
    );

    expect(wrong).toEqual([]);
    expect(judged).toBeGreaterThan(500);
  });

  test('in double-double, for float64 data', () => {
    const { judged, wrong } = check(
      (c) => new CaseWork(c).refined(defaultArithmetic),
      (c) => c.format === 'float64',
    );

    expect(wrong).toEqual([]);
    expect(judged).toBeGreaterThan(500);
  });

  test('in double-double, for float32 data too: what a verdict near its tolerance is decided by', () => {
    const { judged, wrong } = check(
      (c) => new CaseWork(c).refined(defaultArithmetic),
      (c) => c.format === 'float32',
    );

    expect(wrong).toEqual([]);
    expect(judged).toBeGreaterThan(500);
  });
});

describe('each tolerance is what the formulas of docs/numerics.md give, written down a second time', () => {
  test.each(['careful', 'naive'] as const)('%s', (severity) => {
    const wrong: string[] = [];
    let judged = 0;
    for (const { c, tolerances } of cases) {
      const answer = answerOf(c, defaultArithmetic);
      tolerances[severity].forEach((golden, i) => {
        const tolerance = answer[severity][i]!;
        if (golden === null || tolerance === Infinity || !Number.isFinite(answer.exact[i]!)) return;
        judged++;
        if (!(Math.abs(tolerance - golden) <= 1e-7 * golden))
          wrong.push(`${caseSummary(c)} at ${i}: ${tolerance}, golden ${golden}`);
      });
    }

    expect(wrong).toEqual([]);
    expect(judged).toBeGreaterThan(2000);
  });
});

describe('the golden cases hold', () => {
  const kinds = new Set(cases.flatMap(({ c }) => goldenKinds(c)));
  const kernels = kernelTable.flatMap(({ operation, direction }) =>
    nativeFormats.map((format) => `${operation}/${direction}/${format}`),
  );

  test.each(kernels)('every regime in %s', (kernel) => {
    expect(regimes.map(({ name }) => name).filter((name) => !kinds.has(`${kernel}/${name}`))).toEqual([]);
  });

  test.each(kernels.filter((kernel) => kernel.startsWith('crossEntropy')))('every option in %s', (kernel) => {
    const ofIndices = kernel.includes('targetBackward') ? [] : ['index', 'ignoreIndex'];
    const options = [...ofIndices, ...reductions, 'probability', 'labelSmoothing', 'weight'];

    expect(options.filter((option) => !kinds.has(`${kernel}/${option}`))).toEqual([]);
  });

  test('special values of every kind', () => {
    const words = new Set(goldens.flatMap(({ answer }) => answer).filter((text) => !text.includes('x')));

    expect([...words].sort()).toEqual(['-inf', 'inf', 'nan']);
  });
});

test('the check can fail: an answer that is off by more than it states is seen', () => {
  const { c, parts } = cases.find(
    (entry) =>
      entry.c.operation === 'softmax' && Number.isFinite(entry.parts[0]![0]!) && entry.parts[0]![0]! > 0,
  )!;
  const answer = answerOf(c, defaultArithmetic);
  const { shape, format, exactLow, uncertainty, careful, naive, mayOverflow } = answer;
  const exact = answer.exact.map((value) => value * (1 + 2 ** -24));
  const planted = { shape, format, exact, exactLow, uncertainty, careful, naive, mayOverflow };

  expect(disagreements(answer, parts)).toEqual([]);
  expect(disagreements(planted, parts)).toContain(0);
});
