/** The runs under a root that can be read, oldest first: a damaged one keeps nobody from the others. */
import { listRuns, loadRun } from '../archive/run-folder.ts';
import type { RunRecord } from '../archive/run-record.ts';
import { UsageError } from '../contract/failure.ts';

interface ReadOptions {
  /** The newest so many alone. */
  readonly max?: number;
  /** Told why one is left out. */
  readonly onUnreadable?: (why: string) => void;
}

export function readableRuns(
  root: string,
  { max = Infinity, onUnreadable }: ReadOptions = {},
): readonly RunRecord[] {
  const all = listRuns(root);
  return all.slice(Math.max(0, all.length - max)).flatMap(({ path }) => {
    try {
      return [loadRun(path)];
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      onUnreadable?.(error.message);
      return [];
    }
  });
}
