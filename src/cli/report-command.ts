/** `logitfuzz report [run]`: a run's record and findings as Markdown and JSON, written into the run. */
import type { CommandModule } from 'yargs';
import { realFileSystem, writeFile } from '../archive/file-system.ts';
import { loadFindings } from '../archive/finding-file.ts';
import { inPosix, loadRun, newestRun } from '../archive/run-folder.ts';
import { renderJson } from '../report/render-json.ts';
import { renderMarkdown } from '../report/render-markdown.ts';
import { settledOut } from './campaign-settings.ts';
import { terminal } from './terminal.ts';
import { ciOptions, ciOutputOf, writeOutputs, type CiArguments } from './write-outputs.ts';

interface ReportArguments extends CiArguments {
  readonly run?: string;
  readonly out?: string;
  readonly config?: string;
  readonly json: boolean;
}

export const reportCommand: CommandModule<object, ReportArguments> = {
  command: 'report [run]',
  describe: 'write report.md and report.json of a run (the newest if none is named)',
  builder: (argv) =>
    ciOptions(argv)
      .positional('run', { type: 'string', describe: "a run's folder" })
      .option('out', { type: 'string', describe: 'the reports root (default reports)' })
      .option('config', { type: 'string', describe: 'configuration file; of it, only `out` counts here' })
      .option('json', {
        type: 'boolean',
        default: false,
        describe: 'the report itself on stdout, as JSON',
      }) as never,
  async handler(args) {
    const { run, json } = args;
    const path = run ?? newestRun(await settledOut(args)).path;
    const record = loadRun(path);
    const findings = loadFindings(path);
    const files = {
      'report.md': renderMarkdown(record, findings),
      'report.json': renderJson(record, findings),
    };
    for (const [name, text] of Object.entries(files)) {
      writeFile(realFileSystem, inPosix(path, name), text);
      if (!json) terminal.print(inPosix(path, name));
    }
    if (json) terminal.print(files['report.json']);
    writeOutputs(record, ciOutputOf(args));
  },
};
