/** Where a subject's kernels stand in its source: what annotations and SARIF point at. */
import type { Finding } from '../case/finding.ts';
import { kernelTable, type KernelName } from '../contract/subject.ts';

export interface SourcePlace {
  /** From the working directory, with forward slashes. */
  readonly path: string;
  /** 1-based. */
  readonly line: number;
}

/** By kernel; one that was not found is not there. */
export type KernelPlaces = Readonly<Partial<Record<KernelName, SourcePlace>>>;

/** Null also for a kernel that there is none of: a record from outside may name any. */
export function placeOf(
  places: KernelPlaces,
  { operation, direction }: Pick<Finding, 'operation' | 'direction'>,
): SourcePlace | null {
  const row = kernelTable.find((other) => other.operation === operation && other.direction === direction);
  return row === undefined ? null : (places[row.kernel] ?? null);
}
