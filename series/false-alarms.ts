/**
 * Sound kernels that differ in all that soundness leaves free, judged: none may be called wrong, and each is
 * called inaccurate only where it exceeds the bound of a careful sum. All are asked the same cases.
 * `npm run series:false-alarms -- 60000 [kernel] [--seed 1]`; with --document, of all kernels, it writes the
 * tables of docs/oracle-trial.md. `--formats float16,bfloat16` asks the sound kernels of halves
 * (sound-halves.ts) in each of them, at the level that each declares, and says how near they come to each
 * bound; `--from` begins at another case.
 */
import { parseArgs } from 'node:util';
import { UsageError } from '../src/contract/failure.ts';
import { halfLevels, type HalfLevel } from '../src/contract/subject.ts';
import { halfFormats, type HalfFormat } from '../src/float/format.ts';
import type { Implementation } from '../src/subjects/implementation.ts';
import { judgeSoundKernels, type SoundKernelReport } from './judge-sound-kernel.ts';
import { writeOracleTrial } from './oracle-trial-document.ts';
import { onnxRuntimeWeb } from './onnx-runtime-kernels.ts';
import { isMain } from './run.ts';
import { soundHalves, type SoundHalf } from './sound-halves.ts';
import { soundImplementations } from './sound-implementations.ts';

const casesDefault = 20_000;

/** The kernel of this name, or all. @throws UsageError where one is missing that must not be. */
async function chosen(
  name: string | undefined,
  { mustBeAll }: { readonly mustBeAll: boolean },
): Promise<readonly Implementation[]> {
  const subjects = await soundImplementations();
  if (!subjects.some((subject) => subject.name === onnxRuntimeWeb)) {
    const missing = `${onnxRuntimeWeb} is skipped: no such package here (npm run setup:parts)`;
    if (mustBeAll) throw new UsageError(`--document is of all kernels, and ${missing}`);
    console.log(missing);
  }
  if (name === undefined) return subjects;
  const found = subjects.filter((subject) => subject.name === name);
  if (found.length > 0) return found;
  const names = subjects.map((subject) => subject.name).join(', ');
  throw new UsageError(`no sound kernel is called ${JSON.stringify(name)}: ${names}`);
}

function printReport(report: SoundKernelReport): void {
  const { name, cases, skipped, inconclusive, inaccurate, inaccurateFrom, wrongCount } = report;
  const from = inaccurate === 0 ? '' : ` (from width ${inaccurateFrom})`;
  console.log(
    `${name}: ${cases} cases, wrong ${wrongCount}, inaccurate ${inaccurate}${from}, ` +
      `inconclusive ${inconclusive}, skipped ${skipped}`,
  );
  for (const { index, case: summary, oracle, detail } of report.wrong)
    console.log(`  wrong by ${oracle}, case ${index}: ${summary}: ${detail}`);
  const rows = Object.entries(report.nearest).map(([kernel, { careful, naive, index }]) => ({
    kernel,
    'of careful': careful.toFixed(2),
    'of naive': naive.toFixed(2),
    case: index,
  }));
  console.table(rows);
}

interface HalfSample {
  readonly cases: number;
  readonly seed: bigint;
  readonly from: number;
  /** The one kernel that is asked; absent: all. */
  readonly name: string | undefined;
}

/** The exit code: 1 where one is wrong, or a careful one inaccurate. */
async function printHalves(
  names: readonly string[],
  { cases, seed, from, name }: HalfSample,
): Promise<number> {
  const asked = soundHalves.filter((kernel) => name === undefined || kernel.name === name);
  let [alarms, judged] = [0, 0];
  const start = performance.now();
  for (const format of names) {
    if (!halfFormats.some((half) => half === format)) throw new UsageError(`${format} is no half`);
    const subjects = asked.map(({ implementation }) => implementation);
    const sample = { cases, seed, from, formats: [format as HalfFormat] };
    const reports = await judgeSoundKernels(subjects, sample);
    for (const [at, report] of reports.entries()) {
      const isAlarm = report.wrongCount > 0 || (asked[at]!.isCareful && report.inaccurate > 0);
      if (isAlarm) alarms++;
      judged += report.cases - report.skipped;
      printHalfReport(format, report, isAlarm ? 'ALARM' : '');
    }
    console.table(nearestOfHalves(asked, reports));
  }
  const seconds = ((performance.now() - start) / 1000).toFixed(0);
  console.log(`${asked.length} kernels, ${judged} answers judged in ${seconds} s, false alarms of ${alarms}`);
  return alarms > 0 ? 1 : 0;
}

function printHalfReport(format: string, report: SoundKernelReport, note: string): void {
  const { name, cases, wrongCount, inaccurate, inconclusive, skipped, wrong } = report;
  console.log(
    `${format} ${name}: ${cases} cases, wrong ${wrongCount}, inaccurate ${inaccurate}, ` +
      `inconclusive ${inconclusive}, skipped ${skipped} ${note}`,
  );
  for (const { index, case: summary, oracle, detail } of wrong)
    console.log(`  wrong by ${oracle}, case ${index}: ${summary}: ${detail}`);
}

/**
 * For each kernel of the contract and each level the largest error ÷ (bound + half an ULP) of those that
 * declare the level and nothing of flushing, which loses what is next to 0 whole.
 */
export function nearestOfHalves(
  asked: readonly SoundHalf[],
  reports: readonly SoundKernelReport[],
): readonly Readonly<Record<string, string>>[] {
  const most = (kernel: string, level: HalfLevel, tolerance: 'careful' | 'naive'): string => {
    const ratios = reports.flatMap(({ nearest }, at) => {
      const { level: own, implementation, isCareful } = asked[at]!;
      const isOf = own === level && !implementation.arithmetic.flushesSubnormals;
      return isOf && (isCareful || tolerance === 'naive') ? [nearest[kernel]![tolerance]] : [];
    });
    return Math.max(0, ...ratios).toFixed(2);
  };
  return Object.keys(reports[0]!.nearest).map((kernel) => ({
    kernel,
    ...Object.fromEntries(
      halfLevels.flatMap((level) =>
        (['careful', 'naive'] as const).map((tolerance) => [
          `${level} ${tolerance}`,
          most(kernel, level, tolerance),
        ]),
      ),
    ),
  }));
}

if (isMain(import.meta.url)) {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      seed: { type: 'string', default: '1' },
      document: { type: 'boolean', default: false },
      formats: { type: 'string' },
      from: { type: 'string', default: '0' },
    },
  });
  const cases = Number(positionals[0] ?? casesDefault);
  if (!Number.isSafeInteger(cases) || cases < 1)
    throw new UsageError(`the number of cases is ${positionals[0]}, not an integer of at least 1`);
  if (values.formats !== undefined) {
    const sample = { cases, seed: BigInt(values.seed), from: Number(values.from), name: positionals[1] };
    process.exit(await printHalves(values.formats.split(','), sample));
  }
  const subjects = await chosen(positionals[1], { mustBeAll: values.document });
  const start = performance.now();
  const reports = await judgeSoundKernels(subjects, { cases, seed: BigInt(values.seed) });
  const seconds = (performance.now() - start) / 1000;
  for (const report of reports) printReport(report);
  const judged = reports.reduce((sum, report) => sum + report.cases - report.skipped, 0);
  const wrong = reports.reduce((sum, { wrongCount }) => sum + wrongCount, 0);
  console.log(
    `${reports.length} kernels, ${judged} answers judged in ${seconds.toFixed(0)} s, wrong ${wrong}`,
  );
  if (values.document) writeOracleTrial(reports, values.seed);
  if (wrong > 0) process.exitCode = 1;
}
