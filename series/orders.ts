/**
 * Every order in which a sound kernel may multiply and add, on float32 machines with and without flushing,
 * held against the tolerances: none may be called wrong. `npm run series:orders -- 20000 [seed]`
 */
import { caseSummary } from '../src/case/case-summary.ts';
import type { Case } from '../src/case/case.ts';
import { UsageError } from '../src/contract/failure.ts';
import { randomSourceFor } from '../src/generate/random-source.ts';
import { CaseWork } from '../src/oracles/exact.ts';
import { judgeValues } from '../src/oracles/judge-values.ts';
import { defaultArithmetic } from '../src/subjects/implementation.ts';
import { drawChoices, everyWay, type Choose } from './orders/choices.ts';
import { drawExtremeCase } from './orders/draw-case.ts';
import { evaluate, type Evaluation } from './orders/kernels.ts';
import { machines, type Machine } from './orders/machine.ts';
import { isMain } from './run.ts';

export interface Offender {
  readonly index: number;
  readonly severity: 'wrong' | 'inaccurate';
  readonly machine: string;
  readonly order: string;
  readonly detail: string;
  readonly case: string;
}

export interface OrdersReport {
  cases: number;
  evaluations: number;
  inconclusiveElements: number;
  wrong: number;
  inaccurate: number;
  /**
   * Those of them where the share is exp(logSoftmax), which only the naive bound lets pass in the forward
   * (docs/numerics.md §3).
   */
  inaccurateThroughLog: number;
  /** Largest |got − exact| ÷ (naive tolerance + half an ULP). */
  nearest: number;
  nearestBy: string;
  readonly offenders: Offender[];
}

const offendersKept = 12;

/** Each case in `orders` orders on each machine, or in every order that there is. */
export function tryOrders({
  cases,
  seed = 1n,
  from = 0,
  orders = 4,
  waysMax = 20_000,
  spoil = (value) => value,
}: {
  readonly cases: number;
  readonly seed?: bigint;
  readonly from?: number;
  readonly orders?: number | 'all';
  /** With all orders: no more of a case than these. */
  readonly waysMax?: number;
  /** For a test: what becomes of each value, so that the kernel is not sound. */
  readonly spoil?: (value: number) => number;
}): ReadonlyMap<string, OrdersReport> {
  const reports = new Map<string, OrdersReport>();
  for (let index = from; index < from + cases; index++) {
    const random = randomSourceFor({ seed, index });
    const c = drawExtremeCase(random);
    const report = reportFor(reports, `${c.operation}/${c.direction}`);
    report.cases++;
    for (const machine of machines) {
      const holdOne = (choose: Choose): void => {
        const { values, order } = evaluate(c, machine, choose);
        hold(report, { c, index, machine }, { values: values.map(spoil), order });
      };
      if (orders === 'all') everyWay(holdOne, waysMax);
      else for (let o = 0; o < orders; o++) holdOne(drawChoices(random));
    }
  }
  return reports;
}

function reportFor(reports: Map<string, OrdersReport>, kernel: string): OrdersReport {
  const known = reports.get(kernel);
  if (known !== undefined) return known;
  const report: OrdersReport = {
    cases: 0,
    evaluations: 0,
    inconclusiveElements: 0,
    wrong: 0,
    inaccurate: 0,
    inaccurateThroughLog: 0,
    nearest: 0,
    nearestBy: '',
    offenders: [],
  };
  reports.set(kernel, report);
  return report;
}

function hold(
  report: OrdersReport,
  { c, index, machine }: { c: Case; index: number; machine: Machine },
  { values, order }: Evaluation,
): void {
  const work = new CaseWork(c);
  const answer = work.answer(defaultArithmetic);
  const judgement = judgeValues(work, { shape: answer.shape, data: values }, answer, defaultArithmetic);
  report.evaluations++;
  report.inconclusiveElements += judgement.inconclusiveElements;
  const { divergence } = judgement;
  for (let i = 0; i < values.length; i++) {
    const error = Math.abs(values[i]! - answer.exact[i]!);
    const ratio = error / (answer.naive[i]! + 2 ** -24 * Math.abs(answer.exact[i]!) + 2 ** -150);
    if (!(ratio > report.nearest) || !Number.isFinite(values[i]!)) continue;
    report.nearest = ratio;
    report.nearestBy = `case ${index}, ${machine.name}: ${order}`;
  }
  if (divergence === null) return;
  const { severity, detail } = divergence;
  if (severity === 'wrong') report.wrong++;
  else report.inaccurate++;
  if (severity === 'inaccurate' && order.includes('exp(ℓ)')) report.inaccurateThroughLog++;
  const kept = report.offenders.filter((offender) => offender.severity === severity).length;
  if (kept < offendersKept)
    report.offenders.push({ index, severity, machine: machine.name, order, detail, case: caseSummary(c) });
}

function print(reports: ReadonlyMap<string, OrdersReport>): void {
  for (const [kernel, report] of reports) {
    for (const { index, severity, machine, order, detail, case: summary } of report.offenders)
      console.log(`${severity} ${kernel}, case ${index}: ${summary}\n  ${machine}: ${order}\n  ${detail}`);
  }
  console.table(
    [...reports].map(([kernel, report]) => ({
      kernel,
      cases: report.cases,
      evaluations: report.evaluations,
      wrong: report.wrong,
      inaccurate: report.inaccurate,
      'through the log': report.inaccurateThroughLog,
      inconclusive: report.inconclusiveElements,
      'nearest to naive': report.nearest.toPrecision(3),
      by: report.nearestBy,
    })),
  );
}

if (isMain(import.meta.url)) {
  const cases = Number(process.argv[2] ?? 20_000);
  if (!Number.isSafeInteger(cases) || cases < 1)
    throw new UsageError(`the number of cases is ${process.argv[2]}, not an integer of at least 1`);
  const reports = tryOrders({ cases, seed: BigInt(process.argv[3] ?? 1) });
  print(reports);
  if ([...reports.values()].some(({ wrong }) => wrong > 0)) process.exitCode = 1;
}
