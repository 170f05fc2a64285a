/** `logitfuzz merge <runs…>`: the union of runs as a run of its own, its summary, its exit code. */
import { randomBytes } from 'node:crypto';
import type { CommandModule } from 'yargs';
import { listedFindings } from '../archive/failing.ts';
import { causeRecords } from '../archive/cause-record.ts';
import { findingPath, findingSummary, saveFinding } from '../archive/finding-file.ts';
import type { Severity } from '../case/verdict.ts';
import { releaseRun, takeRun } from '../archive/ownership.ts';
import { createRun, runIdOf, saveRun, type RunFolder } from '../archive/run-folder.ts';
import type { RunRecord } from '../archive/run-record.ts';
import { saveWorstCases } from '../archive/worst-files.ts';
import { UsageError } from '../contract/failure.ts';
import { readRun } from '../merge/read-run.ts';
import { completenessOf, completenessText } from '../merge/completeness.ts';
import { remarksOn } from '../merge/remarks.ts';
import { unionOf, type Union } from '../merge/union.ts';
import { whyApart } from '../merge/why-apart.ts';
import { renderConsole } from '../report/render-console.ts';
import { summaryJson } from '../report/summary-json.ts';
import { defaults, findingsExitOption, parseFindingsExit, reportOption } from './campaign-options.ts';
import { settledOut } from './campaign-settings.ts';
import { exitCodeOf } from './exit-code.ts';
import { checkOutputFolder } from './output-files.ts';
import { failingOfSubject } from './assess-findings.ts';
import { parseCount } from './option-values.ts';
import { isReportDefault } from './settings.ts';
import { terminal } from './terminal.ts';
import { ciOptions, ciOutputOf, type CiArguments } from './ci-output.ts';
import { printBeside, writeOutputs } from './write-outputs.ts';
import { reportText, writeReport } from './write-report.ts';
import { verbs } from './verbs.ts';

interface MergeArguments extends CiArguments {
  readonly runs: readonly string[];
  readonly out?: string;
  readonly config?: string;
  readonly minCases?: string;
  readonly strict: boolean;
  readonly findingsExit?: string;
  readonly report?: boolean;
  readonly json: boolean;
}

export const mergeCommand: CommandModule<object, MergeArguments> = {
  ...verbs.merge,
  builder: (argv) =>
    ciOptions(argv)
      .parserConfiguration({ 'duplicate-arguments-array': true }) // else the last run would be the only one
      .positional('runs', { type: 'string', array: true, demandOption: true, describe: "the runs' folders" })
      .option('out', { type: 'string', describe: 'the reports root (default reports)', coerce: lastOf })
      .option('config', {
        type: 'string',
        describe: 'configuration file; of it, only `out` counts here',
        coerce: lastOf,
      })
      .option('min-cases', {
        type: 'string',
        describe: 'exit 4 if fewer cases were judged (default 1)',
        coerce: lastOf,
      })
      .option('strict', {
        type: 'boolean',
        default: false,
        describe: 'an inaccurate subject fails too',
        coerce: lastOf,
      })
      .option('findings-exit', {
        ...findingsExitOption,
        describe: 'exit code where something fails, 0 or 1 (default 1, or 0 where all runs have that)',
        coerce: lastOf,
      })
      .option('report', { ...reportOption, coerce: lastOf })
      .option('json', {
        type: 'boolean',
        default: false,
        describe: 'one JSON document on stdout',
        coerce: lastOf,
      })
      .example('$0 merge shards/*/runs/*', 'what each machine of a sharded run uploaded') as never,
  async handler(args) {
    const out = await settledOut(args);
    const minCases =
      args.minCases === undefined ? defaults.minCases : parseCount('min-cases', args.minCases, { min: 0 });
    const output = ciOutputOf(args);
    checkOutputFolder('--out', out);
    const runs = args.runs.map((path) => readRun(path));
    const apart = whyApart(runs);
    if (apart !== null) throw new UsageError(apart);
    const union = unionOf(runs);
    const completeness = completenessOf(runs, union);
    for (const remark of [...completenessText(completeness), ...remarksOn(runs, union)])
      terminal.note(remark);
    const strict = args.strict || union.strict;
    const findingsExit =
      args.findingsExit === undefined ? (union.findingsExit ?? 1) : parseFindingsExit(args.findingsExit);
    const ofSubject = failingOfSubject(union.findings, { command: 'merge', strict });
    const unlisted: readonly Severity[] = (union.leftOut?.failing ?? 0) > 0 ? ['wrong'] : [];
    const exitCode = exitCodeOf({
      interruptedBy: null,
      missingRequired: [],
      hasLost: union.lost !== undefined,
      brokenReference: union.breaks.some(({ blame }) => blame !== 'subject'),
      ...ofSubject,
      subjectSeverities: [...ofSubject.subjectSeverities, ...unlisted],
      strict,
      findingsExit,
      missingKernels: union.missingKernels?.length ?? 0,
      judged: union.cases - union.verdicts.skip,
      minCases,
    });
    const { findingsExit: _, ...rest } = union;
    const merged = { ...rest, ...(findingsExit === 0 ? { findingsExit } : {}), completeness };
    const record = write(merged, { out, exitCode });
    process.exitCode = exitCode;
    const report = args.report ?? isReportDefault(process.env);
    const page = report ? await writeReport(record, union.findings, { out }) : null;
    const { color, width, height } = terminal;
    if (!args.json) printBeside(output, renderConsole(record, { color, width, height }));
    if (!args.json && page !== null) printBeside(output, reportText(page));
    await writeOutputs(record, output);
    if (args.json) terminal.printJson(summaryJson(record, page));
  },
};

/** A repeated option: the last wins, as with every command. */
function lastOf<T>(value: T | readonly T[]): T {
  return Array.isArray(value) ? (value.at(-1) as T) : (value as T);
}

type Merged = Union & Pick<RunRecord, 'completeness'>;

function write(union: Merged, { out, exitCode }: { out: string; exitCode: number }): RunRecord {
  const suffix = randomBytes(4).toString('hex');
  const folder = createRun(out, runIdOf({ startedAt: new Date(), seed: union.seed, suffix }));
  takeRun(folder);
  try {
    const record = recordOf(union, folder, exitCode);
    if (record.budget.maximize) saveWorstCases(folder, record);
    saveRun(folder, record);
    return record;
  } finally {
    releaseRun(folder);
  }
}

function recordOf({ findings, ...rest }: Merged, folder: RunFolder, exitCode: number): RunRecord {
  // Neither the index of a chain nor one of the list of all lanes is a draw of a seed.
  const drawn = rest.budget.maximize || rest.exhaustive !== undefined ? null : rest;
  const summaries = findings.map((finding) => findingSummary(finding, saveFinding(folder, finding), drawn));
  const command = 'merge';
  const listed = listedFindings(summaries, { command, strict: rest.strict });
  const causes = causeRecords(findings, (finding) => findingPath(folder, finding));
  return { ...rest, command, exitCode, run: folder.path, findings: listed, causes };
}
