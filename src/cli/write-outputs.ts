/** Writes what CI systems read of a run, where a flag asks for it. */
import { appendFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { makeFolder, realFileSystem, writeFile } from '../archive/file-system.ts';
import type { RunRecord } from '../archive/run-record.ts';
import { githubAnnotations, githubSummary, summaryBytesMax } from '../report/github.ts';
import { renderSarif } from '../report/sarif.ts';
import type { CiOutput } from './ci-output.ts';
import { stdoutPath } from './output-files.ts';
import { kernelPlacesOf } from './subject-source.ts';
import { terminal } from './terminal.ts';

/** What people read goes to stdout, but where an output is there: then to stderr. */
export function printBeside({ junit, sarif }: CiOutput, text: string): void {
  if (junit === stdoutPath || sarif === stdoutPath) terminal.note(text);
  else terminal.print(text);
}

/** @throws UsageError for a file that cannot be written, InfrastructureError for a disk that is full. */
export async function writeOutputs(run: RunRecord, { junit, sarif, github }: CiOutput): Promise<void> {
  if (junit !== null) write(junit, await junitOf(run));
  const places = sarif !== null || github ? kernelPlacesOf(run) : {};
  if (sarif !== null) write(sarif, renderSarif(run, places));
  if (!github) return;
  for (const line of githubAnnotations(run, places)) terminal.command(line);
  const path = process.env['GITHUB_STEP_SUMMARY'];
  if (path !== undefined && path !== '') appendSummary(path, run);
}

/** Loaded only where it is asked for: it brings a writer of XML along. */
async function junitOf(run: RunRecord): Promise<string> {
  return (await import('../report/junit.ts')).renderJunit(run);
}

function write(path: string, text: string): void {
  if (path === stdoutPath) return terminal.print(text);
  makeFolder(realFileSystem, dirname(path));
  writeFile(realFileSystem, path, text);
}

/** A job is not failed by its summary. */
function appendSummary(path: string, run: RunRecord): void {
  try {
    const stats = statSync(path, { throwIfNoEntry: false });
    if (stats?.isFile() === false) throw new Error(`${path} is no file`); // a pipe would be waited for
    const taken = stats?.size ?? 0;
    appendFileSync(path, githubSummary(run, { bytesMax: summaryBytesMax - taken }));
  } catch (error) {
    terminal.note(`no job summary: ${(error as Error).message}`);
  }
}
