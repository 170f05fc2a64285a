/** Who is the fastest at a kernel and a shape, and how far ahead of the fastest of the others. */
import type { KernelTiming } from './bench-job.ts';

export interface Ahead extends Pick<KernelTiming, 'operation' | 'direction' | 'shape' | 'axis'> {
  readonly fastest: string;
  /** The fastest of the peers where `fastest` is one of our kernels, else the fastest of ours. */
  readonly other: string;
  /** The time of `other`, in those of `fastest`. */
  readonly times: number;
}

/** One of each row, in the order of the rows; none of a row without a peer. */
export function aheadOf(timings: readonly KernelTiming[]): readonly Ahead[] {
  return rowsOf(timings).flatMap((row) => {
    const own = fastestOf(row.filter(isOwn));
    const peer = fastestOf(row.filter((timing) => !isOwn(timing)));
    if (own === null || peer === null) return [];
    const [first, second] = own.microseconds <= peer.microseconds ? [own, peer] : [peer, own];
    const { operation, direction, shape, axis, implementation: fastest } = first;
    const times = second.microseconds / first.microseconds;
    return [{ operation, direction, shape, axis, fastest, other: second.implementation, times }];
  });
}

/** The timings of one kernel at one shape together. */
export function rowsOf(timings: readonly KernelTiming[]): readonly (readonly KernelTiming[])[] {
  const rows = new Map<string, KernelTiming[]>();
  for (const timing of timings) {
    const key = rowName(timing);
    const row = rows.get(key);
    if (row === undefined) rows.set(key, [timing]);
    else row.push(timing);
  }
  return [...rows.values()];
}

export function rowName({
  operation,
  direction,
  shape,
}: Pick<KernelTiming, 'operation' | 'direction' | 'shape'>): string {
  return `${operation}/${direction} [${shape.join(', ')}]`;
}

/** The from-scratch kernels, however they are called. */
function isOwn({ implementation }: KernelTiming): boolean {
  return implementation.startsWith('from-scratch');
}

function fastestOf(row: readonly KernelTiming[]): KernelTiming | null {
  return row.reduce<KernelTiming | null>(
    (best, one) => (best === null || one.microseconds < best.microseconds ? one : best),
    null,
  );
}
