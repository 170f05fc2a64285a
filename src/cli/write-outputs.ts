/** Writes what CI systems read of a run, where a flag asks for it. */
import { appendFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Argv } from 'yargs';
import { makeFolder, realFileSystem, writeFile } from '../archive/file-system.ts';
import { UsageError } from '../contract/failure.ts';
import type { RunRecord } from '../archive/run-record.ts';
import { githubAnnotations, githubSummary, summaryBytesMax } from '../report/github.ts';
import { renderJunit } from '../report/junit.ts';
import { renderSarif } from '../report/sarif.ts';
import { checkOutputFiles, stdoutPath, type OutputFile } from './output-files.ts';
import { kernelPlacesOf } from './subject-source.ts';
import { terminal } from './terminal.ts';

/** Files for CI systems, and what is said in a job. */
export interface CiOutput {
  readonly junit: string | null;
  readonly sarif: string | null;
  readonly github: boolean;
}

/** The outputs as the flags of a command give them; `github` undefined: on in a job of GitHub Actions. */
export interface CiArguments {
  readonly junit?: string;
  readonly sarif?: string;
  readonly github?: boolean;
}

export function ciOptions<T>(argv: Argv<T>): Argv<T & CiArguments> {
  return argv
    .option('junit', { type: 'string', describe: 'also write JUnit XML to this file (- is stdout)' })
    .option('sarif', { type: 'string', describe: 'also write SARIF 2.1.0 to this file (- is stdout)' })
    .option('github', {
      type: 'boolean',
      describe: 'annotations and a job summary for GitHub (default: on where GITHUB_ACTIONS is true)',
    }) as unknown as Argv<T & CiArguments>;
}

/**
 * The outputs of a command that has no configuration.
 * @throws UsageError for what could not be written in the end.
 */
export function ciOutputOf({
  junit,
  sarif,
  github,
  json,
}: CiArguments & { readonly json: boolean }): CiOutput {
  for (const [flag, path] of Object.entries({ junit, sarif }))
    if (path === '') throw new UsageError(`--${flag} needs a value`);
  const output = {
    junit: junit ?? null,
    sarif: sarif ?? null,
    github: github ?? process.env['GITHUB_ACTIONS'] === 'true',
  };
  checkOutputFiles(ciFilesOf(output), { json });
  return output;
}

/** The files among the outputs, by their flags. */
export function ciFilesOf({ junit, sarif }: CiOutput): readonly OutputFile[] {
  const named = { '--junit': junit, '--sarif': sarif };
  return Object.entries(named).flatMap(([flag, path]) =>
    path === null ? [] : [{ flag, path, use: 'written' as const }],
  );
}

/** What people read goes to stdout, but where an output is there: then to stderr. */
export function printBeside({ junit, sarif }: CiOutput, text: string): void {
  if (junit === stdoutPath || sarif === stdoutPath) terminal.note(text);
  else terminal.print(text);
}

/** @throws UsageError for a file that cannot be written, InfrastructureError for a disk that is full. */
export function writeOutputs(run: RunRecord, { junit, sarif, github }: CiOutput): void {
  if (junit !== null) write(junit, renderJunit(run));
  const places = sarif !== null || github ? kernelPlacesOf(run) : {};
  if (sarif !== null) write(sarif, renderSarif(run, places));
  if (!github) return;
  for (const line of githubAnnotations(run, places)) terminal.command(line);
  const path = process.env['GITHUB_STEP_SUMMARY'];
  if (path !== undefined && path !== '') appendSummary(path, run);
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
