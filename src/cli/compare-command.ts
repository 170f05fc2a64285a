/** `logitfuzz compare [before] [after]`: what is new, gone, worse or better; and the trend of all runs. */
import { dirname } from 'node:path';
import type { CommandModule } from 'yargs';
import { makeFolder, realFileSystem, writeFile } from '../archive/file-system.ts';
import { listRuns, loadRun } from '../archive/run-folder.ts';
import type { RunRecord } from '../archive/run-record.ts';
import { UsageError } from '../contract/failure.ts';
import { comparisonOf, isWorse, type Comparison } from '../report/compare/comparison.ts';
import { renderComparison, renderTrend } from '../report/compare/render-comparison.ts';
import { trendOf, type TrendPoint } from '../report/compare/trend.ts';
import { settledOut } from './campaign-settings.ts';
import { checkOutputFiles } from './output-files.ts';
import { readableRuns } from './readable-runs.ts';
import { terminal } from './terminal.ts';
import { verbs } from './verbs.ts';

interface CompareArguments {
  readonly before?: string;
  readonly after?: string;
  readonly trend?: string;
  readonly html?: string;
  readonly failOnWorse: boolean;
  readonly out?: string;
  readonly config?: string;
  readonly json: boolean;
}

export const compareCommand: CommandModule<object, CompareArguments> = {
  ...verbs.compare,
  builder: (argv) =>
    argv
      .positional('before', { type: 'string', describe: "a run's folder" })
      .positional('after', { type: 'string', describe: "another's (default: the newest)" })
      .option('trend', {
        type: 'string',
        describe: 'how the runs under this root went, oldest first (default: the reports root)',
      })
      .option('html', { type: 'string', describe: 'also write it as a page to this file' })
      .option('fail-on-worse', {
        type: 'boolean',
        default: false,
        describe: 'exit 1 if a finding of the subject is worse, or new and not in its baseline',
      })
      .option('out', { type: 'string', describe: 'the reports root (default reports)' })
      .option('config', { type: 'string', describe: 'configuration file; of it, only `out` counts here' })
      .option('json', { type: 'boolean', default: false, describe: 'one JSON document on stdout' })
      .example('$0 compare', 'the newest run with the one before it')
      .example('$0 compare reports/runs/2024… --fail-on-worse', 'that one with the newest; exit 1 if worse')
      .example('$0 compare --trend', 'all runs of the subject of the newest one') as never,
  async handler(args) {
    const { html, json } = args;
    if (html !== undefined) checkOutputFiles([{ flag: '--html', path: html, use: 'kept' }], { json });
    const out = await settledOut(args);
    const isTrendAlone = args.trend !== undefined && args.before === undefined;
    if (isTrendAlone && args.failOnWorse)
      throw new UsageError('--fail-on-worse compares two runs, and --trend alone names none: name one');
    const comparison = isTrendAlone ? null : comparisonOf(...runsOf(args, out));
    const root = args.trend === undefined || args.trend === '' ? out : args.trend;
    const isWithTrend = args.trend !== undefined || html !== undefined;
    const onUnreadable = (why: string): void => terminal.note(`left out: ${why}`);
    const runs = isWithTrend ? readableRuns(root, { onUnreadable }) : [];
    const subject = comparison?.after.subject.name ?? runs.at(-1)?.subject.name ?? '';
    if (isTrendAlone && runs.length === 0) throw new UsageError(`there is no run under ${root}/runs`);
    const trend = isWithTrend ? trendOf(runs, subject) : null;
    process.exitCode = args.failOnWorse && comparison !== null && isWorse(comparison) ? 1 : 0;
    if (html !== undefined) await writePage(html, { comparison, trend });
    if (json) return terminal.printJson(documentOf(comparison, trend));
    if (comparison !== null) terminal.print(renderComparison(comparison, terminal));
    if (comparison !== null && args.trend !== undefined) terminal.print('');
    if (trend !== null && args.trend !== undefined) terminal.print(renderTrend(trend, subject));
    if (html !== undefined) terminal.note(`written to ${html}`);
  },
};

/** The two that are named; the newest ones under the root for those that are not. */
function runsOf({ before, after }: CompareArguments, out: string): [RunRecord, RunRecord] {
  const newest = after === undefined ? listRuns(out).map(({ path }) => path) : [];
  if (before !== undefined && (after ?? newest.at(-1)) !== undefined) {
    return [loadRun(before), loadRun((after ?? newest.at(-1))!)];
  }
  const [a, b] = newest.slice(-2);
  if (a !== undefined && b !== undefined) return [loadRun(a), loadRun(b)];
  throw new UsageError(`two runs are compared, and fewer are under ${out}/runs: name them`);
}

function documentOf(comparison: Comparison | null, trend: readonly TrendPoint[] | null): object {
  const exitCode = Number(process.exitCode ?? 0);
  return {
    schemaVersion: 1,
    command: 'compare',
    exitCode,
    ...comparison,
    ...(trend === null ? {} : { trend }),
  };
}

async function writePage(
  path: string,
  parts: { readonly comparison: Comparison | null; readonly trend: readonly TrendPoint[] | null },
): Promise<void> {
  // no other verb waits for it to load
  const { renderComparePage } = await import('../report/html/comparison-page.tsx');
  makeFolder(realFileSystem, dirname(path));
  writeFile(realFileSystem, path, renderComparePage(parts));
}
