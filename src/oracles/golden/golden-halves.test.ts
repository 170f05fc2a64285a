/**
 * Exact answers to values of 16 bits, and their tolerances at each level, against mpmath and the formulas of
 * docs/numerics.md §20 as golden_halves.py has them.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { caseFromJson } from '../../case/case-json.ts';
import { caseSummary } from '../../case/case-summary.ts';
import type { Case } from '../../case/case.ts';
import type { ToleranceName } from '../../case/verdict.ts';
import { kernelTable, reductions } from '../../contract/subject.ts';
import { halfFormats, type HalfFormat } from '../../float/format.ts';
import { pool } from '../../float/pool.ts';
import { regimes } from '../../generate/regimes.ts';
import { defaultArithmetic } from '../../subjects/implementation.ts';
import { halfLevels, type AssumedArithmetic, type HalfLevel } from '../../contract/subject.ts';
import { answerOf } from '../exact.ts';
import { exactInFloat64 } from '../exact-float64.ts';
import { halfAllowance } from '../half-allowance.ts';
import { flattened } from '../flat-column.ts';
import { analyseLanes } from '../lane-analysis.ts';
import { lossFactsOf } from '../loss-facts.ts';
import { tolerancesOf, type BoundedColumn } from '../tolerance.ts';

/** All that the tolerances of any level stand on. */
function boundedHalf(c: Case): BoundedColumn {
  const column = flattened([c], pool);
  const analysis = analyseLanes(column);
  const facts = c.loss === undefined ? null : lossFactsOf(column);
  return { column, analysis, facts, exact: exactInFloat64(column, analysis, facts) };
}

function halfTolerances(
  bounded: BoundedColumn,
  tolerance: ToleranceName,
  level: HalfLevel,
  of: { readonly format: HalfFormat; readonly arithmetic: AssumedArithmetic },
): Float64Array {
  return tolerancesOf(bounded, halfAllowance(tolerance, level, of));
}
import { goldenKinds } from './golden-kinds.ts';
import { partsOf } from './golden-parts.ts';

interface Golden {
  readonly half: HalfFormat;
  readonly case: unknown;
  readonly answer: readonly string[];
  /** By level and tolerance, and `flushed` where subnormals are declared to be. */
  readonly tolerances: Readonly<Record<string, readonly (number | null)[]>>;
}

const goldens = JSON.parse(
  readFileSync(new URL('golden-halves.json', import.meta.url), 'utf8'),
) as readonly Golden[];
const cases = goldens.map(({ half, case: record, answer, tolerances }) => ({
  half,
  c: caseFromJson(record),
  parts: answer.map(partsOf),
  tolerances,
}));

/** What the key of a golden tolerance stands for. */
function namedBy(key: string): { level: HalfLevel; tolerance: ToleranceName; flushesSubnormals: boolean } {
  const [level, tolerance, flushed] = key.split(' ') as [HalfLevel, ToleranceName, string?];
  return { level, tolerance, flushesSubnormals: flushed !== undefined };
}

function disagreements(c: Case, half: HalfFormat, key: string, golden: readonly (number | null)[]): string[] {
  const { level, tolerance, flushesSubnormals } = namedBy(key);
  const arithmetic = { ...defaultArithmetic, flushesSubnormals };
  const own = halfTolerances(boundedHalf(c), tolerance, level, { format: half, arithmetic });
  return golden.flatMap((expected, i) =>
    expected === null || own[i] === expected || Math.abs(own[i]! - expected) <= 1e-7 * expected
      ? []
      : [`${half} ${key} ${caseSummary(c)} at ${i}: ${own[i]}, golden ${expected}`],
  );
}

test('the answer is the golden one, within the uncertainty that it states', () => {
  const wrong = cases.flatMap(({ half, c, parts }) => {
    const { exact, uncertainty } = answerOf({ ...c, format: half }, defaultArithmetic);
    return parts.flatMap(([first = NaN, second = 0], i) => {
      if (!Number.isFinite(first) || !Number.isFinite(exact[i]!))
        return Object.is(exact[i], first) ? [] : [`${caseSummary(c)} at ${i}`];
      return Math.abs(exact[i]! - first - second) <= uncertainty[i]! ? [] : [`${caseSummary(c)} at ${i}`];
    });
  });

  expect(wrong).toEqual([]);
});

describe.each(halfFormats)('%s', (format) => {
  const own = cases.filter(({ half }) => half === format);
  const kinds = new Set(own.flatMap(({ c }) => goldenKinds(c)));

  test.each(Object.keys(own[0]!.tolerances))(
    '%s is what the formulas give, written down a second time',
    (key) => {
      const wrong = own.flatMap(({ c, half, tolerances }) => disagreements(c, half, key, tolerances[key]!));

      expect(wrong).toEqual([]);
    },
  );

  test.each(kernelTable)(
    'every regime and option is there in $operation, $direction',
    ({ operation, direction }) => {
      const options = [
        ...(direction === 'targetBackward' ? [] : ['index', 'ignoreIndex']),
        ...reductions,
        'probability',
        'labelSmoothing',
        'weight',
      ];
      const names = [...regimes.map(({ name }) => name), ...(operation === 'crossEntropy' ? options : [])];

      expect(names.filter((name) => !kinds.has(`${operation}/${direction}/float64/${name}`))).toEqual([]);
    },
  );

  test('no tolerance is wider than a coarser one: careful, naive; fused, composed, storage', () => {
    const of = { format, arithmetic: defaultArithmetic };
    const wrong = own.flatMap(({ c }) => {
      const bounded = boundedHalf(c);
      const bound = (tolerance: ToleranceName, level: HalfLevel): Float64Array =>
        halfTolerances(bounded, tolerance, level, of);
      const pairs = [
        ...halfLevels.map((level) => [bound('careful', level), bound('naive', level)]),
        [bound('careful', 'fused'), bound('careful', 'composed')],
        [bound('naive', 'fused'), bound('naive', 'composed')],
        [bound('naive', 'composed'), bound('naive', 'storage')],
      ];
      return pairs.some(([finer, coarser]) => finer!.some((value, i) => value > coarser![i]!))
        ? [caseSummary(c)]
        : [];
    });

    expect(wrong).toEqual([]);
  });

  test('fused is what float32 is allowed', () => {
    const allowance = halfAllowance('careful', 'fused', { format, arithmetic: defaultArithmetic });

    expect([allowance.u, allowance.floor, allowance.exp, allowance.coarse]).toEqual([
      2 ** -24,
      2 ** -125,
      2,
      null,
    ]);
  });
});
