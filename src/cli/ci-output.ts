/** What CI systems are to read of a run: the flags that ask for it, and where it goes. Writes nothing. */
import type { Argv } from 'yargs';
import { UsageError } from '../contract/failure.ts';
import { checkOutputFiles, type OutputFile } from './output-files.ts';

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
