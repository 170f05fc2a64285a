/** Large tensors whose lanes are interleaved, as others whose lanes are rows, so that memory is read along cache lines. */
import { createFloatArray, formatOf } from '../float/format.ts';
import type { Lanes } from '../tensor/lanes.ts';
import type { Tensor } from '../tensor/tensor.ts';

/** So many elements fit into the fastest cache, where a stride costs nothing. */
const elementsMax = 4096;

/** Whether a kernel is faster on rows. */
export function isInterleaved({ length, stride, count }: Lanes): boolean {
  return stride > 1 && length * count > elementsMax;
}

/** A copy with the axis moved to the end: its lanes have the numbers that they had. */
export function toRows({ data }: Tensor, { length, stride, outerShape }: Lanes): Tensor {
  return { shape: [...outerShape, length], data: transpose(data, { rows: length, columns: stride }) };
}

/** The inverse: a tensor of the given shape, with the axis of `lanes` back in its place. */
export function fromRows({ data }: Tensor, shape: readonly number[], { length, stride }: Lanes): Tensor {
  return { shape: [...shape], data: transpose(data, { rows: stride, columns: length }) };
}

/** A square of so many rows and columns is moved at a time: all its lines stay in the fastest cache. */
const tile = 32;

/** Each of the matrices that stand in `data` one after the other. */
function transpose(
  data: Tensor['data'],
  { rows, columns }: { readonly rows: number; readonly columns: number },
): Tensor['data'] {
  const to = createFloatArray(formatOf(data), data.length);
  for (let start = 0; start < data.length; start += rows * columns) {
    for (let row = 0; row < rows; row += tile) {
      for (let column = 0; column < columns; column += tile)
        transposeTile(data, to, { start, row, column, rows, columns });
    }
  }
  return to;
}

interface Tile {
  /** Of the matrix. */
  readonly start: number;
  readonly row: number;
  readonly column: number;
  readonly rows: number;
  readonly columns: number;
}

function transposeTile(
  from: Tensor['data'],
  to: Tensor['data'],
  { start, row, column, rows, columns }: Tile,
): void {
  const rowEnd = Math.min(row + tile, rows);
  const columnEnd = Math.min(column + tile, columns);
  for (let c = column; c < columnEnd; c++) {
    for (let r = row; r < rowEnd; r++) to[start + c * rows + r] = from[start + r * columns + c]!;
  }
}
