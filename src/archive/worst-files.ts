/** The worst case of each kernel as a file of its run, `<run>/worst/softmax-forward.json`, to be replayed. */
import { makeFolder, realFileSystem, type FileSystem } from './file-system.ts';
import { inPosix, saveInRun, type RunFolder } from './run-folder.ts';
import type { RunRecord } from './run-record.ts';

const folderName = 'worst';

/** `kernel` is an operation and a direction, as in `softmax/forward`. */
export function worstCasePath(run: string, kernel: string): string {
  return inPosix(run, nameOf(kernel));
}

export function saveWorstCases(
  folder: RunFolder,
  { worstCases }: Pick<RunRecord, 'worstCases'>,
  fs: FileSystem = realFileSystem,
): void {
  makeFolder(fs, inPosix(folder.path, folderName));
  for (const [kernel, worst] of Object.entries(worstCases)) saveInRun(folder, nameOf(kernel), worst.case, fs);
}

function nameOf(kernel: string): string {
  return `${folderName}/${kernel.replace('/', '-')}.json`;
}
