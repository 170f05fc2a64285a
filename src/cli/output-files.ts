/** The files that flags name to be written: each is looked at before the run, which may take hours. */
import { realpathSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { checkFile, checkFolder, realFileSystem } from '../archive/file-system.ts';
import { UsageError } from '../contract/failure.ts';

/** What an output flag is given for stdout. */
export const stdoutPath = '-';

export interface OutputFile {
  readonly flag: string;
  readonly path: string;
  /**
   * written: for others to read. kept: read as well. read: that only, so that nothing may be written over it.
   */
  readonly use: 'written' | 'kept' | 'read';
}

/**
 * @throws UsageError naming the flag: for what is neither a file nor the name of one to be, two outputs in
 * one place, and stdout twice. InfrastructureError for a disk that fails.
 */
export function checkOutputFiles(files: readonly OutputFile[], { json }: { readonly json: boolean }): void {
  const flags = new Map<string, string>(json ? [[stdoutPath, '--json']] : []);
  for (const { flag, path, use } of files) {
    if (path === stdoutPath && use !== 'written')
      throw new UsageError(
        `${flag} - would be stdout, and this file is read: name one (./- where it is so called)`,
      );
    const place = path === stdoutPath ? path : placeOf(path);
    const other = flags.get(place);
    if (other !== undefined)
      throw new UsageError(
        `${other} and ${flag} cannot both have ${path === stdoutPath ? 'stdout' : path}: leave one of them out`,
      );
    flags.set(place, flag);
    if (path !== stdoutPath && use !== 'read') naming(flag, () => checkFile(realFileSystem, path));
  }
}

/** @throws UsageError naming the flag, for a folder that could not be made or written to. */
export function checkOutputFolder(flag: string, path: string): void {
  naming(flag, () => checkFolder(realFileSystem, path));
}

function naming(flag: string, check: () => void): void {
  try {
    check();
  } catch (error) {
    if (error instanceof UsageError) error.message = `${flag}: ${error.message}`;
    throw error;
  }
}

/** Two spellings of one file have one place, through links to its folder as well. */
function placeOf(path: string): string {
  const whole = resolve(path);
  return join(realFolder(dirname(whole)), basename(whole));
}

function realFolder(folder: string): string {
  try {
    return realpathSync(folder);
  } catch {
    const above = dirname(folder);
    return above === folder ? folder : join(realFolder(above), basename(folder));
  }
}
