/** `logitfuzz report [run]`: a run's record and findings as HTML, Markdown and JSON, written into the run. */
import type { CommandModule } from 'yargs';
import { realFileSystem, writeFile } from '../archive/file-system.ts';
import { loadFindings } from '../archive/finding-file.ts';
import { inPosix, loadRun, newestRun } from '../archive/run-folder.ts';
import { renderJson } from '../report/render-json.ts';
import { renderMarkdown } from '../report/render-markdown.ts';
import { settledOut } from './campaign-settings.ts';
import { openPage } from './open-page.ts';
import type { RunRecord } from '../archive/run-record.ts';
import type { KernelSource } from '../text/kernel-source.ts';
import { kernelSources } from './kernel-sources.ts';
import { terminal } from './terminal.ts';
import { renderPage } from './write-report.ts';
import { ciOptions, ciOutputOf, type CiArguments } from './ci-output.ts';
import { printBeside, writeOutputs } from './write-outputs.ts';
import { verbs } from './verbs.ts';

interface ReportArguments extends CiArguments {
  readonly run?: string;
  readonly out?: string;
  readonly config?: string;
  readonly open: boolean;
  readonly json: boolean;
  readonly withSource: boolean;
}

export const reportCommand: CommandModule<object, ReportArguments> = {
  ...verbs.report,
  builder: (argv) =>
    ciOptions(argv)
      .positional('run', { type: 'string', describe: "a run's folder" })
      .option('out', { type: 'string', describe: 'the reports root (default reports)' })
      .option('config', { type: 'string', describe: 'configuration file; of it, only `out` counts here' })
      .option('open', {
        type: 'boolean',
        default: false,
        describe: "open report.html in the desktop's browser",
      })
      .option('json', {
        type: 'boolean',
        default: false,
        describe: 'the report itself on stdout, as JSON',
      })
      .option('with-source', {
        type: 'boolean',
        default: false,
        describe:
          "show the source of the subject's kernels in report.html, where it is text under this folder",
      })
      .example('$0 report', 'of the newest run')
      .example('$0 report --open', 'and look at it')
      .example('$0 report reports/runs/20240229T…', 'of this one') as never,
  async handler(args) {
    const { run, json } = args;
    const output = ciOutputOf(args);
    const out = await settledOut(args);
    const path = run ?? newestRun(out).path;
    const record = loadRun(path);
    const findings = loadFindings(path);
    const files = {
      'report.html': await renderPage(record, findings, {
        out,
        sources: args.withSource ? sourcesOf(record) : [],
      }),
      'report.md': renderMarkdown(record, findings),
      'report.json': renderJson(record, findings),
    };
    for (const [name, text] of Object.entries(files)) {
      writeFile(realFileSystem, inPosix(path, name), text);
      if (!json) printBeside(output, inPosix(path, name));
    }
    await writeOutputs(record, output);
    if (json) terminal.print(files['report.json']);
    if (args.open) {
      const why = await openPage(inPosix(path, 'report.html'));
      if (why !== null) terminal.note(why);
    }
  },
};

/** What cannot be shown is told, and is no failure. */
function sourcesOf({ subject }: RunRecord): readonly KernelSource[] {
  const found = kernelSources(subject.module);
  if (found.kind === 'sources') return found.sources;
  terminal.note(`no source in the report: ${found.why}`);
  return [];
}
