/**
 * Sound kernels that differ in all that soundness leaves free, judged: none may be called wrong, and each is
 * called inaccurate only where it exceeds the bound of a careful sum. All are asked the same cases.
 * `npm run series:false-alarms -- 60000 [kernel] [--seed 1]`; with --document, of all kernels, it writes the
 * tables of docs/oracle-trial.md.
 */
import { parseArgs } from 'node:util';
import { UsageError } from '../src/contract/failure.ts';
import type { Implementation } from '../src/subjects/implementation.ts';
import { judgeSoundKernels, type SoundKernelReport } from './judge-sound-kernel.ts';
import { writeOracleTrial } from './oracle-trial-document.ts';
import { onnxRuntimeWeb } from './onnx-runtime-kernels.ts';
import { isMain } from './run.ts';
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

if (isMain(import.meta.url)) {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { seed: { type: 'string', default: '1' }, document: { type: 'boolean', default: false } },
  });
  const cases = Number(positionals[0] ?? casesDefault);
  if (!Number.isSafeInteger(cases) || cases < 1)
    throw new UsageError(`the number of cases is ${positionals[0]}, not an integer of at least 1`);
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
