/** What agrees by a look at it is what agrees by the definition, element by element: no more, no less. */
import { describe, expect, test } from 'vitest';
import { operations, type Arithmetic } from '../contract/subject.ts';
import { formats, halfFormats, isHalf, roundAll, roundTo, type Format } from '../float/format.ts';
import { pooledFrom } from '../float/pool.ts';
import { nextDown, nextUp, ulpSize } from '../float/ulp.ts';
import { generateCase } from '../generate/generate-case.ts';
import { drawFrom, drawInt, drawMagnitude, drawSign, randomSourceFor } from '../generate/random-source.ts';
import { regimes } from '../generate/regimes.ts';
import { defaultArithmetic } from '../subjects/implementation.ts';
import type { Answer } from './answer.ts';
import { CaseWork } from './exact.ts';
import { judgeElement, judgeValues, type ElementVerdict } from './judge-values.ts';

interface Summary {
  readonly severity: string | null;
  readonly guilty: number;
  readonly unjudged: number;
  readonly worstRatio: number;
}

/** The judgement of all elements by their definition alone, and whether a finer answer has to decide. */
function byDefinition(
  got: ArrayLike<number>,
  answer: Answer,
): { readonly due: Summary; readonly isOpen: boolean } {
  const { exact, exactLow, careful, format } = answer;
  const verdicts = Array.from(got, (value, i) => judgeElement(value, answer, i));
  const countOf = (verdict: ElementVerdict): number => verdicts.filter((one) => one === verdict).length;
  const ratios = verdicts.map((verdict, i) => {
    const rounding = isHalf(format) ? ulpSize(exact[i]!, format) / 2 : 0;
    const ratio = Math.abs(got[i]! - exact[i]! - exactLow[i]!) / (careful[i]! + rounding);
    return verdict === 'agree' && Number.isFinite(ratio) ? ratio : 0;
  });
  const [wrong, inaccurate] = [countOf('wrong'), countOf('inaccurate')];
  const due = {
    severity: wrong > 0 ? 'wrong' : inaccurate > 0 ? 'inaccurate' : null,
    guilty: wrong + inaccurate,
    unjudged: countOf('inconclusive') + countOf('undecided'),
    worstRatio: Math.max(0, ...ratios),
  };
  return { due, isOpen: countOf('undecided') > 0 };
}

function summaryOf({
  divergence,
  worstRatio,
  inconclusiveElements,
}: ReturnType<typeof judgeValues>): Summary {
  return {
    severity: divergence?.severity ?? null,
    guilty: divergence?.guilty ?? 0,
    unjudged: inconclusiveElements,
    worstRatio,
  };
}

type Answering = (exact: number, careful: number, format: Format) => number;

/** From the nearest number to none at all: what kernels return, and what lies at the ends of a tolerance. */
const answers: readonly Answering[] = [
  (exact, _, format) => roundTo(format, exact),
  (exact, _, format) => nextUp(roundTo(format, exact), format),
  (exact, _, format) => nextDown(roundTo(format, exact), format),
  (exact, careful, format) => roundTo(format, exact + careful),
  (exact, careful, format) => roundTo(format, exact - careful),
  (exact, careful, format) => nextUp(roundTo(format, exact + careful), format),
  (exact, careful, format) => nextDown(roundTo(format, exact - careful), format),
];
const strange: readonly Answering[] = [() => 0, () => Infinity, () => NaN, (exact) => -exact];

const declarations: readonly Arithmetic[] = [
  {},
  { halves: 'composed' },
  { halves: 'storage', flushesSubnormals: true },
  { lossDtype: 'float32' },
];

describe.each(formats)('in %s', (format) => {
  const random = randomSourceFor({ seed: 21n, index: 0 });
  const seen = new Set<string>();
  const unlike: unknown[] = [];
  for (let index = 0; index < 700; index++) {
    const c = generateCase({ seed: 21n, index }, { operations, formats: [format], maxElements: 300 });
    const arithmetic = { ...defaultArithmetic, ...drawFrom(random, declarations) };
    const work = new CaseWork(c);
    const answer = work.answer(arithmetic);
    const isStrange = index % 4 === 3;
    const values = Array.from(answer.exact, (exact, i) => {
      // One in two is the nearest, as of a good kernel; a strange answer stands alone among such.
      const few = drawInt(random, 2) === 0 ? answers.slice(0, 1) : answers;
      const from = isStrange && i === 0 ? strange : few;
      return Number.isNaN(exact) ? NaN : drawFrom(random, from)(exact, answer.careful[i]!, answer.format);
    });
    const data = pooledFrom(answer.format, values);
    const first = byDefinition(data, answer);
    const { due } = first.isOpen ? byDefinition(data, work.refined(arithmetic)) : first;
    const summary = summaryOf(judgeValues(work, { shape: answer.shape, data }, answer, arithmetic));
    for (const name of c.regimes) seen.add(name);
    for (const [name, value] of Object.entries(due))
      if (value !== 0 && value !== null) seen.add(`${name} ${typeof value === 'string' ? value : 'some'}`);
    if (JSON.stringify(summary) !== JSON.stringify(due)) unlike.push({ index, summary, due });
  }

  test('700 cases of all regimes are judged as their elements are by definition', () => {
    expect(unlike).toEqual([]);
    expect([...seen]).toEqual(expect.arrayContaining(regimes.map(({ name }) => name)));
  });

  test('some of them agree, some are inaccurate and some wrong', () => {
    const severities = ['severity inaccurate', 'severity wrong', 'guilty some', 'worstRatio some'];

    expect([...seen]).toEqual(expect.arrayContaining(severities));
  });
});

/** One element, with next to no tolerance: what decides is the rounding. */
function oneElement(exact: number, careful: number, format: Format): Answer {
  const zero = Float64Array.of(0);
  return {
    shape: [],
    format,
    exact: Float64Array.of(exact),
    exactLow: zero,
    uncertainty: zero,
    careful: Float64Array.of(careful),
    naive: Float64Array.of(2 * careful),
    mayOverflow: new Uint8Array(1),
  };
}

test.each(halfFormats)(
  'at ties, and at the ends of binades, of %s the nearest number is what rounding says',
  (format) => {
    const work = new CaseWork(
      generateCase({ seed: 1n, index: 0 }, { operations: ['logSumExp'], formats: [format] }),
    );
    const random = randomSourceFor({ seed: 3n, index: 0 });
    const exponentMin = { float16: -27, bfloat16: -136 }[format];
    const exponentMax = { float16: 16, bfloat16: 127 }[format];
    const unlike: unknown[] = [];
    const verdicts = new Set<string>();
    for (let i = 0; i < 20_000; i++) {
      const magnitude = drawMagnitude(random, { exponentMin, exponentMax });
      const end = roundTo(format, magnitude);
      const half = ulpSize(end, format) / 2;
      // In the middle between two numbers, at one, a hair beside either, or anywhere; below the binade, too
      const beside = drawFrom(random, [0, 1, -1, 0.5, -0.5]) * half;
      const hair = drawFrom(random, [0, 2 ** -30, -(2 ** -30)]) * half;
      const power = 2 ** Math.floor(Math.log2(magnitude));
      const exact =
        drawSign(random) * drawFrom(random, [end + beside + hair, power + beside + hair, magnitude]);
      const careful = Math.abs(exact) * drawFrom(random, [0, 2 ** -40, 2 ** -24]);
      const nearest = roundTo(format, exact);
      const got = drawFrom(random, [nearest, nearest, nextUp(nearest, format), nextDown(nearest, format)]);
      const answer = oneElement(exact, careful, format);
      const due = judgeElement(got, answer, 0);
      const data = roundAll(Float64Array.of(got), format);
      const { divergence, inconclusiveElements } = judgeValues(
        work,
        { shape: [], data },
        answer,
        defaultArithmetic,
      );
      verdicts.add(due);
      const said = divergence?.severity ?? (inconclusiveElements > 0 ? 'inconclusive' : 'agree');
      if (said !== due) unlike.push({ exact, got, due });
    }

    expect(unlike).toEqual([]);
    expect(verdicts.has('agree') && verdicts.has('wrong')).toBe(true);
  },
);
