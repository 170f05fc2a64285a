/**
 * Sound kernels under the judge, in this process:
 * what is held against it, and how near it comes to its tolerances.
 */
import { lawsPerCaseDefault } from '../properties/judge-properties.ts';
import { laws } from '../properties/laws/laws.ts';
import { caseSummary } from '../src/case/case-summary.ts';
import { forwardKind, type Case, type DrawnCheck } from '../src/case/case.ts';
import type { Divergence } from '../src/case/verdict.ts';
import { kernelTable, operations } from '../src/contract/subject.ts';
import { formatFacts, isHalf, nativeFormats, type Format } from '../src/float/format.ts';
import { ulpSize } from '../src/float/ulp.ts';
import { generateCase } from '../src/generate/generate-case.ts';
import { judgeCase, type ImplementationJudgement } from '../src/judge/judge-case.ts';
import { CaseWork } from '../src/oracles/exact.ts';
import type { Implementation } from '../src/subjects/implementation.ts';
import { lanesOf } from '../src/tensor/lanes.ts';

/**
 * Largest |got − exact| ÷ (tolerance + half an ULP) over the elements with a finite answer: the half is the
 * final rounding, which acceptance allows beside the tolerance (docs/numerics.md §14). And the case that has
 * it.
 */
export interface Nearest {
  careful: number;
  naive: number;
  index: number;
}

export interface BlamedDivergence {
  readonly index: number;
  readonly case: string;
  readonly oracle: string;
  readonly detail: string;
}

export interface SoundKernelReport {
  readonly name: string;
  cases: number;
  skipped: number;
  inconclusive: number;
  inaccurate: number;
  /** The narrowest case that is: the larger of its classes and, where the loss is reduced, its positions. */
  inaccurateFrom: number;
  readonly inaccurateByOracle: Record<string, number>;
  readonly wrong: BlamedDivergence[];
  wrongCount: number;
  /** The case nearest to its tolerance, of each operation/direction. */
  readonly nearest: Record<string, Nearest>;
}

/**
 * All laws, the identical call twice, and the gradient where it is small enough;
 * the others as the generator draws them.
 */
const fullyCheckedEvery = 16;
/** Takes float64 data and computes in float32: it is sound for whoever asks float32 of it. */
const soundInFloat32Only: readonly string[] = ['float32-inside'];
const notesKept = 20;

interface Sample {
  readonly cases: number;
  readonly seed?: bigint;
  readonly from?: number;
  /** Default the native ones. */
  readonly formats?: readonly Format[];
}

export async function judgeSoundKernel(subject: Implementation, sample: Sample): Promise<SoundKernelReport> {
  return (await judgeSoundKernels([subject], sample))[0]!;
}

/** Case i is case i of the seed, and its exact answer is worked out once for all kernels. */
export async function judgeSoundKernels(
  subjects: readonly Implementation[],
  { cases, seed = 1n, from = 0, formats = nativeFormats }: Sample,
): Promise<SoundKernelReport[]> {
  const reports = subjects.map(({ name }) => emptyReport(name));
  for (let index = from; index < from + cases; index++) {
    const drawn = generateCase({ seed, index }, { operations, formats });
    const isFull = index % fullyCheckedEvery === 0;
    const c = isFull ? { ...drawn, checks: everyCheck(drawn) } : drawn;
    const work = new CaseWork(c);
    for (const [i, subject] of subjects.entries()) {
      if (c.format !== 'float32' && soundInFloat32Only.includes(subject.name)) {
        reports[i]!.cases++;
        reports[i]!.skipped++;
        continue;
      }
      const participants = {
        subject,
        references: [],
        lawsPerCase: isFull ? laws.length : lawsPerCaseDefault,
      };
      const judged = judgeCase(c, participants, work);
      const judgement = judged instanceof Promise ? await judged : judged;
      const report = reports[i]!;
      report.cases++;
      count(report, c, index, judgement[0]);
    }
  }
  return reports;
}

function emptyReport(name: string): SoundKernelReport {
  const nearest = kernelTable.map((row) => [
    `${row.operation}/${row.direction}`,
    { careful: 0, naive: 0, index: -1 },
  ]);
  return {
    name,
    cases: 0,
    skipped: 0,
    inconclusive: 0,
    inaccurate: 0,
    inaccurateFrom: Infinity,
    inaccurateByOracle: {},
    wrong: [],
    wrongCount: 0,
    nearest: Object.fromEntries(nearest),
  };
}

const gradientElementsMax = 256;

function everyCheck(c: Case): readonly DrawnCheck[] {
  const isDifferenced = c.direction !== 'forward' && c.logits.data.length <= gradientElementsMax;
  return isDifferenced ? ['gradient', 'property', 'repeat'] : ['property', 'repeat'];
}

function count(report: SoundKernelReport, c: Case, index: number, judged: ImplementationJudgement): void {
  const { verdict } = judged;
  measure(report, c, index, judged);
  if (verdict.kind === 'skip') report.skipped++;
  else if (verdict.kind === 'inconclusive') report.inconclusive++;
  else if (verdict.kind === 'diverge') note(report, c, index, verdict.divergences);
}

function note(report: SoundKernelReport, c: Case, index: number, divergences: readonly Divergence[]): void {
  const wrong = divergences.find(({ severity }) => severity === 'wrong');
  if (wrong !== undefined) {
    report.wrongCount++;
    const { oracle, detail, law } = wrong;
    if (report.wrong.length < notesKept)
      report.wrong.push({
        index,
        case: caseSummary(c),
        oracle,
        detail: law === null ? detail : `${law}: ${detail}`,
      });
    return;
  }
  report.inaccurate++;
  const { oracle } = divergences[0]!;
  report.inaccurateByOracle[oracle] = (report.inaccurateByOracle[oracle] ?? 0) + 1;
  report.inaccurateFrom = Math.min(report.inaccurateFrom, widthOf(c));
}

function widthOf(c: Case): number {
  const { length, count: positions } = lanesOf(c.logits.shape, c.axis);
  return forwardKind(c) === 'reduced' ? Math.max(length, positions) : length;
}

/** The naive tolerances are worked out only where they can matter: they are at least the careful ones. */
function measure(
  report: SoundKernelReport,
  c: Case,
  index: number,
  { outcome, answer }: ImplementationJudgement,
): void {
  if (outcome.kind !== 'values' || outcome.tensor === null || answer === null) return;
  const nearest = report.nearest[`${c.operation}/${c.direction}`]!;
  const { data } = outcome.tensor;
  const { exact, exactLow, careful, format } = answer;
  const { unitRoundoff } = formatFacts(format);
  for (let i = 0; i < data.length; i++) {
    const error = Math.abs(data[i]! - exact[i]! - exactLow[i]!);
    const rounding = isHalf(format) ? ulpSize(exact[i]!, format) / 2 : unitRoundoff * Math.abs(exact[i]!);
    const ratio = error / (careful[i]! + rounding);
    if (!(ratio > nearest.naive) || !Number.isFinite(ratio)) continue;
    if (ratio > nearest.careful) [nearest.careful, nearest.index] = [ratio, index];
    nearest.naive = Math.max(nearest.naive, error / (answer.naive[i]! + rounding));
  }
}
