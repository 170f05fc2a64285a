/** Counts the judged cases of a batch. */
import { isWorse } from '../archive/worst-case.ts';
import { callFormName } from '../case/call-form.ts';
import { caseToJson } from '../case/case-json.ts';
import { caseSize, outputShape, type Case } from '../case/case.ts';
import type { Verdict } from '../case/verdict.ts';
import { kernelPlaceOf, kernelTable } from '../contract/subject.ts';
import { axisClasses, axisClassOf } from '../case/signature.ts';
import { coverageKey, widthClasses, widthClassOf, widthKey } from '../generate/coverage.ts';
import type { FloatArray } from '../float/format.ts';
import { isDivergence, type CaseJudgement, type ImplementationJudgement } from '../judge/judge-case.ts';
import { ErrorCounts, isSampled } from './sample-errors.ts';
import { emptyTally, emptyVerdictCounts, increment, incrementForm, type Tally } from './tally.ts';

const verdictKinds: readonly Verdict['kind'][] = ['agree', 'diverge', 'inconclusive', 'skip'];
const kernelKeys: readonly string[] = kernelTable.map((row) => `${row.operation}/${row.direction}`);

/** Counts of one implementation, by the kernel's place in `kernelTable`. */
interface Row {
  readonly implementation: string;
  /** Counts by kernel and kind of verdict. */
  readonly verdicts: Uint32Array;
  readonly worstRatio: Float64Array;
}

/** Counts of one regime. */
interface RegimeCounts {
  /** Counts by kernel and axis class. */
  readonly coverage: Uint32Array;
  readonly widths: Uint32Array;
}

/** What an implementation did with a case on which nobody diverged, as it is counted. */
export interface AgreedPlace {
  readonly implementation: string;
  /** Why it was not asked; null where it was. */
  readonly skipped: string | null;
  /** Largest error ÷ careful tolerance. */
  readonly worstRatio: number;
  /** What it answered, and what was due, from element `from` on; null where it was not asked. */
  readonly values: {
    readonly got: FloatArray;
    readonly exact: Float64Array;
    readonly exactLow: Float64Array;
    readonly careful: Float64Array;
    readonly from: number;
  } | null;
}

/**
 * Counts kept by number while the cases come, since a key for every count of every case costs as much as to
 * judge it; by name once, in the tally.
 */
export class CaseCounts {
  readonly #elements = { all: 0, finite: 0 };
  /** Cases called the plain way. */
  #plain = 0;
  /** Counts of each implementation, by its place in [subject, ...references]. */
  readonly #rows: Row[] = [];
  readonly #regimes = new Map<string, RegimeCounts>();
  readonly #errors = new ErrorCounts();
  /** What is counted by name at once: of few cases. */
  readonly #seldom = emptyTally();

  add(c: Case, judgement: CaseJudgement, index: number): void {
    const kernel = kernelPlaceOf(c.operation, c.direction);
    this.#elements.all += caseSize(c);
    if (c.call === undefined) this.#plain++;
    else incrementForm(this.#seldom, callFormName(c.call));
    this.#addRegimes(c, kernel);
    for (let place = 0; place < judgement.length; place++) this.#addVerdict(kernel, place, judgement[place]!);
    if (isSampled(index)) this.#errors.add(c, judgement);
    else if (judgement.some(isDivergence)) this.#errors.add(c, judgement.filter(isDivergence));
    this.#addSubject(c, judgement[0]);
    noteWorst(this.#seldom, c, { kernel: kernelKeys[kernel]!, index, verdict: judgement[0].verdict });
  }

  /** A case on which everybody agrees who was asked: `places` are of [subject, ...references]. */
  addAgreed(c: Case, index: number, places: readonly AgreedPlace[]): void {
    this.add(
      c,
      places.map((agreed, place) => judgementOf(c, agreed, place)) as unknown as CaseJudgement,
      index,
    );
  }

  #addRegimes(c: Case, kernel: number): void {
    const at = kernel * axisClasses.length + axisClasses.indexOf(axisClassOf(c));
    const width = widthClassOf(c);
    for (const regime of c.regimes) {
      let counts = this.#regimes.get(regime);
      if (counts === undefined) {
        counts = {
          coverage: new Uint32Array(kernelTable.length * axisClasses.length),
          widths: new Uint32Array(widthClasses.length),
        };
        this.#regimes.set(regime, counts);
      }
      counts.coverage[at]!++;
      counts.widths[width]!++;
    }
  }

  #addVerdict(kernel: number, place: number, { implementation, verdict }: CaseJudgement[number]): void {
    const row = (this.#rows[place] ??= {
      implementation,
      verdicts: new Uint32Array(kernelTable.length * verdictKinds.length),
      worstRatio: new Float64Array(kernelTable.length),
    });
    row.verdicts[kernel * verdictKinds.length + verdictKinds.indexOf(verdict.kind)]!++;
    if (verdict.kind === 'skip') increment(this.#seldom.skips, `${implementation}: ${verdict.reason}`);
    if (verdict.kind === 'agree' && verdict.worstRatio > row.worstRatio[kernel]!) {
      row.worstRatio[kernel] = verdict.worstRatio;
    }
  }

  #addSubject(c: Case, { verdict, answer, checks }: CaseJudgement[0]): void {
    if (answer !== null) this.#elements.finite += finiteAmong(answer.exact);
    if (verdict.kind === 'inconclusive') {
      this.#seldom.inconclusiveElements += verdict.inconclusiveElements;
      for (const regime of c.regimes) {
        increment(this.#seldom.inconclusive, `${c.operation}/${regime}`, verdict.inconclusiveElements);
      }
    }
    for (const { check, skipped } of checks) {
      increment(this.#seldom.checks, skipped === null ? check : `${check} skipped: ${skipped}`);
    }
  }

  tally(): Tally {
    const tally: Tally = { ...emptyTally(), ...this.#seldom, errors: this.#errors.sample() };
    if (this.#plain > 0) incrementForm(tally, 'plain', this.#plain);
    tally.elements = this.#elements.all;
    tally.finiteElements = this.#elements.finite;
    for (const [place, row] of this.#rows.entries()) addRow(tally, row, place === 0);
    for (const [regime, { coverage, widths }] of this.#regimes) {
      for (const [at, count] of coverage.entries()) {
        const kernel = kernelKeys[Math.floor(at / axisClasses.length)]!;
        const axisClass = axisClasses[at % axisClasses.length]!;
        if (count > 0) increment(tally.coverage, coverageKey(regime, kernel, axisClass), count);
      }
      for (const [at, count] of widths.entries())
        if (count > 0) increment(tally.widths, widthKey(regime, widthClasses[at]!), count);
    }
    return tally;
  }
}

function judgementOf(
  c: Case,
  { implementation, skipped, worstRatio, values }: AgreedPlace,
  place: number,
): ImplementationJudgement {
  const role = place === 0 ? 'subject' : 'reference';
  const base = { implementation, role, checks: [], onlyByForm: false, isStacked: false } as const;
  if (values === null) {
    const reason = skipped ?? '';
    const none = {
      verdict: { kind: 'skip', reason },
      outcome: { kind: 'unsupported', reason },
      answer: null,
    } as const;
    return { ...base, ...none };
  }
  const { got, from } = values;
  const shape = outputShape(c);
  const [exact, exactLow, careful] = [values.exact, values.exactLow, values.careful].map((all) =>
    all.subarray(from, from + got.length),
  ) as [Float64Array, Float64Array, Float64Array];
  const none = { uncertainty: exactLow, naive: careful, mayOverflow: new Uint8Array(0) };
  return {
    ...base,
    verdict: { kind: 'agree', worstRatio, inconclusiveElements: 0 },
    outcome: { kind: 'values', tensor: { shape, data: got }, violations: [] },
    answer: { shape, format: c.format, exact, exactLow, careful, ...none },
    checks: c.checks.includes('repeat') ? [{ check: 'repeat', skipped: null }] : [],
  };
}

function addRow(tally: Tally, { implementation, verdicts, worstRatio }: Row, isSubject: boolean): void {
  const all = (tally.byImplementation[implementation] ??= emptyVerdictCounts());
  for (const [place, kernel] of kernelKeys.entries()) {
    const key = `${kernel}/${implementation}`;
    for (const [at, kind] of verdictKinds.entries()) {
      const count = verdicts[place * verdictKinds.length + at]!;
      if (count === 0) continue;
      (tally.byKernel[key] ??= emptyVerdictCounts())[kind] += count;
      all[kind] += count;
      if (kind === 'agree') tally.worstRatio[key] = Math.max(tally.worstRatio[key] ?? 0, worstRatio[place]!);
      if (!isSubject) continue;
      tally.verdicts[kind] += count;
      tally.cases += count;
    }
  }
}

/** Seldom more than a dozen times a batch: the case as text costs more than to judge it. */
function noteWorst(
  tally: Tally,
  c: Case,
  { kernel, index, verdict }: { kernel: string; index: number; verdict: Verdict },
): void {
  if (verdict.kind !== 'agree' || verdict.worstRatio === 0) return;
  const before = tally.worstCases[kernel];
  if (before !== undefined && verdict.worstRatio < before.ratio) return;
  const worst = { ratio: verdict.worstRatio, index, case: caseToJson(c) };
  if (before === undefined || isWorse(worst, before)) tally.worstCases[kernel] = worst;
}

function finiteAmong(values: Float64Array): number {
  let count = 0;
  for (let i = 0; i < values.length; i++) if (Math.abs(values[i]!) < Infinity) count++;
  return count;
}
