/**
 * The axis brought last and back by a transpose:
 * a reshape would keep the order of the elements and mix the lanes.
 */
import { resolveAxis } from '../../src/tensor/lanes.ts';

/** The permutation that moves the axis last, keeping the others' order; null where it is last already. */
export function toLast(rank: number, axis: number): number[] | null {
  const at = resolveAxis(axis, rank);
  if (rank < 2 || at === rank - 1) return null;
  return [...Array.from({ length: rank }, (_, i) => i).filter((i) => i !== at), at];
}

/** The permutation that undoes `order`. */
export function inverse(order: readonly number[]): number[] {
  return order.map((_, axis) => order.indexOf(axis));
}
