/**
 * The transpose that swaps an axis with the last:
 * the elements move, so that each lane becomes a run in memory.
 */
import { createFloatArray } from '../../float/format.ts';
import { resolveAxis } from '../../tensor/lanes.ts';
import { tensorFormat, toMultiIndex, type Tensor } from '../../tensor/tensor.ts';

/**
 * Its own inverse. Not a reshape: that would write the swapped sizes over the same order of elements, so that
 * the rows of the result would hold pieces of several lanes, and every gradient computed from them would be
 * wrong without a sign of it.
 */
export function swapWithLast(x: Tensor, axis: number): Tensor {
  const rank = x.shape.length;
  const at = resolveAxis(axis, rank);
  if (rank < 2 || at === rank - 1) return { shape: x.shape, data: x.data.slice() as Tensor['data'] };
  const swap = <T>(sizes: readonly T[]): T[] =>
    sizes.map((size, i) => (i === at ? sizes[rank - 1]! : i === rank - 1 ? sizes[at]! : size));
  const shape = swap(x.shape);
  const data = createFloatArray(tensorFormat(x), x.data.length);
  for (let flat = 0; flat < data.length; flat++) {
    const from = swap(toMultiIndex(flat, shape));
    data[flat] = x.data[from.reduce((position, index, i) => position * x.shape[i]! + index, 0)]!;
  }
  return { shape, data };
}
