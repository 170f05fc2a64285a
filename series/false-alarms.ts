/**
 * Sound kernels that differ in all that soundness leaves free, judged: none may be called wrong, and each is
 * called inaccurate only where it exceeds the bound of a careful sum.
 * `npm run series:false-alarms -- 1000000 [kernel]`
 */
import { soundKernels } from '../examples/sound-kernels/all.ts';
import { UsageError } from '../src/contract/failure.ts';
import { judgeSoundKernel, type SoundKernelReport } from './judge-sound-kernel.ts';
import { isMain } from './run.ts';

const casesDefault = 20_000;

function chosen(name: string | undefined): typeof soundKernels {
  if (name === undefined) return soundKernels;
  const found = soundKernels.filter((module) => module.name === name);
  if (found.length > 0) return found;
  const names = soundKernels.map((module) => module.name).join(', ');
  throw new UsageError(`no sound kernel is called ${JSON.stringify(name)}: ${names}`);
}

function printReport(report: SoundKernelReport, seconds: number): void {
  const { name, cases, skipped, inconclusive, inaccurate, inaccurateFrom, wrongCount } = report;
  const from = inaccurate === 0 ? '' : ` (from width ${inaccurateFrom})`;
  console.log(
    `${name}: ${cases} cases in ${seconds.toFixed(0)} s, wrong ${wrongCount}, inaccurate ${inaccurate}${from}, ` +
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
  const cases = Number(process.argv[2] ?? casesDefault);
  if (!Number.isSafeInteger(cases) || cases < 1)
    throw new UsageError(`the number of cases is ${process.argv[2]}, not an integer of at least 1`);
  for (const module of chosen(process.argv[3])) {
    const start = performance.now();
    const report = judgeSoundKernel(module, { cases });
    printReport(report, (performance.now() - start) / 1000);
    if (report.wrongCount > 0) process.exitCode = 1;
  }
}
