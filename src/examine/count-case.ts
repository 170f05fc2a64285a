/** Counts the judged cases of a batch. */
import { isWorse, type WorstCase } from '../archive/worst-case.ts';
import { callFormNames, callFormPlaceOf } from '../case/call-form.ts';
import { caseToJson } from '../case/case-json.ts';
import { caseSize, type Case } from '../case/case.ts';
import type { Verdict } from '../case/verdict.ts';
import { kernelPlaceOf, kernelTable } from '../contract/subject.ts';
import { axisClasses, axisClassOf } from '../case/signature.ts';
import { coverageKey, widthClasses, widthClassOf, widthKey } from '../generate/coverage.ts';
import { isDivergence, type CaseJudgement } from '../judge/judge-case.ts';
import { ErrorCounts, isSampled, type Answered } from './sample-errors.ts';
import { addTally, emptyTally, emptyVerdictCounts, increment, incrementForm, type Tally } from './tally.ts';

const verdictKinds: readonly Verdict['kind'][] = ['agree', 'diverge', 'inconclusive', 'skip'];
const [agree, skip] = [verdictKinds.indexOf('agree'), verdictKinds.indexOf('skip')];
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
  /** What it answered, and what was due; null where it was not asked. */
  readonly values: Answered | null;
}

/** The subject's case of the largest error ÷ tolerance. JSON only in the end, since that takes long. */
interface Worst {
  readonly ratio: number;
  readonly index: number;
  readonly case: Case;
}

/**
 * Counts kept by number while the cases come, since a key for every count of every case costs as much as to
 * judge it; by name once, in the tally.
 */
export class CaseCounts {
  readonly #elements = { all: 0, finite: 0 };
  /** Cases called the plain way. */
  #plain = 0;
  /** Cases called in each form, by its place in `callFormNames`. */
  readonly #forms = new Uint32Array(callFormNames.length);
  /** Repeated calls of agreed cases. */
  #repeats = 0;
  /** Counts of each implementation, by its place in [subject, ...references]. */
  readonly #rows: Row[] = [];
  /** By the kernel's place in `kernelTable`. */
  readonly #worst: (Worst | undefined)[] = kernelTable.map(() => undefined);
  readonly #regimes = new Map<string, RegimeCounts>();
  readonly #errors = new ErrorCounts();
  /** What is counted by name at once: of few cases. */
  readonly #seldom = emptyTally();

  add(c: Case, judgement: CaseJudgement, index: number): void {
    const kernel = this.#addCase(c);
    for (let place = 0; place < judgement.length; place++) {
      const { implementation, verdict } = judgement[place]!;
      const row = this.#rowOf(place, implementation);
      if (verdict.kind === 'agree') countAgreement(row, kernel, verdict.worstRatio);
      else row.verdicts[kernel * verdictKinds.length + verdictKinds.indexOf(verdict.kind)]!++;
      if (verdict.kind === 'skip') increment(this.#seldom.skips, `${implementation}: ${verdict.reason}`);
    }
    if (isSampled(index)) this.#errors.add(c, judgement);
    else if (judgement.some(isDivergence)) this.#errors.add(c, judgement.filter(isDivergence));
    this.#addSubject(c, judgement[0]);
    const { verdict } = judgement[0];
    if (verdict.kind === 'agree') this.#noteWorst(c, { kernel, ratio: verdict.worstRatio, index });
  }

  /** A case on which everybody agrees who was asked: `places` are of [subject, ...references]. */
  addAgreed(c: Case, index: number, places: readonly AgreedPlace[]): void {
    const kernel = this.#addCase(c);
    const isInSample = isSampled(index);
    for (let place = 0; place < places.length; place++) {
      const { implementation, skipped, worstRatio, values } = places[place]!;
      const row = this.#rowOf(place, implementation);
      if (values === null) {
        row.verdicts[kernel * verdictKinds.length + skip]!++;
        increment(this.#seldom.skips, `${implementation}: ${skipped ?? ''}`);
        continue;
      }
      countAgreement(row, kernel, worstRatio);
      if (isInSample) this.#errors.addValues(c, implementation, values);
      if (place > 0) continue;
      this.#elements.finite += finiteAmong(values.exact, values.from, values.got.length);
      if (c.checks.includes('repeat')) this.#repeats++;
      this.#noteWorst(c, { kernel, ratio: worstRatio, index });
    }
  }

  /** What counts of a case whatever anybody answers. Returns the place of its kernel. */
  #addCase(c: Case): number {
    const kernel = kernelPlaceOf(c.operation, c.direction);
    this.#elements.all += caseSize(c);
    if (c.call === undefined) this.#plain++;
    else this.#forms[callFormPlaceOf(c.call)]!++;
    const at = kernel * axisClasses.length + axisClasses.indexOf(axisClassOf(c));
    const width = widthClassOf(c);
    for (let i = 0; i < c.regimes.length; i++) {
      const counts = this.#regimeOf(c.regimes[i]!);
      counts.coverage[at]!++;
      counts.widths[width]!++;
    }
    return kernel;
  }

  #regimeOf(regime: string): RegimeCounts {
    let counts = this.#regimes.get(regime);
    if (counts !== undefined) return counts;
    counts = {
      coverage: new Uint32Array(kernelTable.length * axisClasses.length),
      widths: new Uint32Array(widthClasses.length),
    };
    this.#regimes.set(regime, counts);
    return counts;
  }

  #rowOf(place: number, implementation: string): Row {
    return (this.#rows[place] ??= {
      implementation,
      verdicts: new Uint32Array(kernelTable.length * verdictKinds.length),
      worstRatio: new Float64Array(kernelTable.length),
    });
  }

  #addSubject(c: Case, { verdict, answer, checks }: CaseJudgement[0]): void {
    if (answer !== null) this.#elements.finite += finiteAmong(answer.exact, 0, answer.exact.length);
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

  /** A case without any error is no worst one. Of two alike the index decides, and then the case. */
  #noteWorst(
    c: Case,
    { kernel, ratio, index }: { readonly kernel: number; readonly ratio: number; readonly index: number },
  ): void {
    const before = this.#worst[kernel];
    if (ratio === 0 || (before !== undefined && ratio < before.ratio)) return;
    const worst: Worst = { ratio, index, case: c };
    if (before === undefined || ratio > before.ratio || isWorse(jsonOf(worst), jsonOf(before)))
      this.#worst[kernel] = worst;
  }

  tally(): Tally {
    const tally = emptyTally();
    addTally(tally, this.#seldom);
    tally.errors = this.#errors.sample();
    if (this.#plain > 0) incrementForm(tally, 'plain', this.#plain);
    for (const [place, count] of this.#forms.entries())
      if (count > 0) incrementForm(tally, callFormNames[place]!, count);
    if (this.#repeats > 0) increment(tally.checks, 'repeat', this.#repeats);
    for (const [place, worst] of this.#worst.entries())
      if (worst !== undefined) tally.worstCases[kernelKeys[place]!] = jsonOf(worst);
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

function countAgreement({ verdicts, worstRatio }: Row, kernel: number, ratio: number): void {
  verdicts[kernel * verdictKinds.length + agree]!++;
  if (ratio > worstRatio[kernel]!) worstRatio[kernel] = ratio;
}

function jsonOf({ ratio, index, case: c }: Worst): WorstCase {
  return { ratio, index, case: caseToJson(c) };
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

function finiteAmong(values: Float64Array, from: number, length: number): number {
  let count = 0;
  for (let i = from; i < from + length; i++) if (Math.abs(values[i]!) < Infinity) count++;
  return count;
}
