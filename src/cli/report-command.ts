/** `logitfuzz report [run]`: a run's record and findings as HTML, Markdown and JSON, written into the run. */
import { readFileSync } from 'node:fs';
import type { CommandModule } from 'yargs';
import { isThere, readData, realFileSystem, writeFile } from '../archive/file-system.ts';
import { loadFindings } from '../archive/finding-file.ts';
import { inPosix, loadRun, newestRun } from '../archive/run-folder.ts';
import { renderHtml } from '../report/html/render-html.tsx';
import { scoreSchema, type Score } from '../report/html/score-section.tsx';
import { renderJson } from '../report/render-json.ts';
import { renderMarkdown } from '../report/render-markdown.ts';
import { defaults } from './campaign-options.ts';
import { terminal } from './terminal.ts';

interface ReportArguments {
  readonly run?: string;
  readonly out: string;
  readonly json: boolean;
}

export const reportCommand: CommandModule<object, ReportArguments> = {
  command: 'report [run]',
  describe: 'write report.html, report.md and report.json of a run (the newest if none is named)',
  builder: (argv) =>
    argv
      .positional('run', { type: 'string', describe: "a run's folder" })
      .option('out', { type: 'string', default: defaults.out, describe: 'the reports root' })
      .option('json', {
        type: 'boolean',
        default: false,
        describe: 'the report itself on stdout, as JSON',
      }) as never,
  handler({ run, out, json }) {
    const path = run ?? newestRun(out).path;
    const record = loadRun(path);
    const findings = loadFindings(path);
    const files = {
      'report.html': renderHtml(record, findings, { script: pageScript(), score: scoreUnder(out) }),
      'report.md': renderMarkdown(record, findings),
      'report.json': renderJson(record, findings),
    };
    for (const [name, text] of Object.entries(files)) {
      writeFile(realFileSystem, inPosix(path, name), text);
      if (!json) terminal.print(inPosix(path, name));
    }
    if (json) terminal.print(files['report.json']);
  },
};

/** The build bundles it; read here, since rendering does no I/O. */
function pageScript(): string {
  return readFileSync(new URL('../report/html/page.js', import.meta.url), 'utf8');
}

/** The score that was last taken, where one was. */
function scoreUnder(root: string): Score | null {
  const [path, name] = [inPosix(root, 'score'), 'score.json'];
  if (!isThere(realFileSystem, inPosix(path, name))) return null;
  return readData(realFileSystem, path, { schema: scoreSchema, name }).data;
}
