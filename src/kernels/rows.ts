/**
 * Tensors whose lanes are interleaved, as others whose lanes are rows: memory is read along cache lines, and
 * the kernels in WebAssembly, which are on rows, work out these, too.
 */
import { createFloatArray, formatOf, type FloatArray, type NativeFormat } from '../float/format.ts';
import type { Lanes } from '../tensor/lanes.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { blockElements, copyIn, transposerFor } from './simd/blocks.ts';
import type { KernelInstance } from './simd/instance.ts';

/** The number of elements that fit into the fastest cache, where a stride costs nothing. */
const elementsMax = 4096;
/** The same where the instance transposes, and works on rows: below, the copies cost more than it saves. */
const elementsMaxThere = 200;

/** Whether a kernel is faster on rows of this data. */
export function isInterleaved(data: FloatArray, { length, stride, count }: Lanes): boolean {
  const elements = length * count;
  if (stride === 1 || elements <= elementsMaxThere) return false;
  return elements > elementsMax || transposerFor(data, length * stride) !== null;
}

/** The lanes of such rows. */
export function rowsOf({ length, count, outerShape }: Lanes): Lanes {
  return { axis: outerShape.length, length, stride: 1, count, outerShape };
}

/** Which of a kernel's tensors of the logits' shape: a kernel is done with all before the next begins. */
export type Role = 'logits' | 'beside' | 'output';

/**
 * A copy with the axis moved to the end: its lanes have the numbers that they had.
 * Valid until the next copy in the same role.
 */
export function toRows(
  { data }: Tensor,
  { length, stride, outerShape }: Lanes,
  role: Role = 'logits',
): Tensor {
  const rows = memoryFor(role, data);
  transpose(data, rows, { rows: length, columns: stride });
  return { shape: [...outerShape, length], data: rows };
}

/** Rows to fill, for an output with such lanes: whatever they held before. */
export function rowsFor({ data }: Tensor, { length, outerShape }: Lanes): Tensor {
  return { shape: [...outerShape, length], data: memoryFor('output', data) };
}

/** The inverse of `toRows`: fills the output, with the axis of `lanes` back in its place. */
export function fromRows({ data }: Tensor, output: Tensor, { length, stride }: Lanes): Tensor {
  transpose(data, output.data, { rows: stride, columns: length });
  return output;
}

/**
 * A larger copy is not kept: 4 MB of float32. In new memory, whose
 * pages are made on first use, it takes 1.2 to 1.9 times as long.
 */
const keptMax = 2 ** 20;
const kept: Record<Role, Record<NativeFormat, FloatArray>> = {
  logits: { float32: new Float32Array(0), float64: new Float64Array(0) },
  beside: { float32: new Float32Array(0), float64: new Float64Array(0) },
  output: { float32: new Float32Array(0), float64: new Float64Array(0) },
};

function memoryFor(role: Role, data: FloatArray): FloatArray {
  const format = formatOf(data);
  if (data.length > keptMax) return createFloatArray(format, data.length);
  if (kept[role][format].length < data.length) kept[role][format] = createFloatArray(format, data.length);
  return kept[role][format].subarray(0, data.length);
}

/** A square of so many rows and columns is moved at a time: all its lines stay in the fastest cache. */
const tile = 32;

interface Matrix {
  readonly rows: number;
  readonly columns: number;
}

/** Each of the matrices that stand in `from` one after the other. */
function transpose(from: FloatArray, to: FloatArray, { rows, columns }: Matrix): void {
  const there = transposerFor(from, rows * columns);
  if (there !== null) return transposeThere(there, from, to, { rows, columns });
  for (let start = 0; start < from.length; start += rows * columns) {
    for (let row = 0; row < rows; row += tile) {
      for (let column = 0; column < columns; column += tile)
        transposeTile(from, to, { start, row, column, rows, columns });
    }
  }
}

/** The same through the instance's memory: blocks of whole matrices. */
function transposeThere(
  there: KernelInstance,
  from: FloatArray,
  to: FloatArray,
  { rows, columns }: Matrix,
): void {
  const { x, dy } = there;
  const size = rows * columns;
  const most = Math.max(size, blockElements - (blockElements % size));
  for (let start = 0; start < from.length; start += most) {
    const count = Math.min(most, from.length - start);
    copyIn(x, from, start, count);
    there.transpose(count / size, rows, columns);
    to.set(dy.subarray(0, count), start);
  }
}

interface Tile {
  /** The first element of the matrix. */
  readonly start: number;
  readonly row: number;
  readonly column: number;
  readonly rows: number;
  readonly columns: number;
}

function transposeTile(from: FloatArray, to: FloatArray, { start, row, column, rows, columns }: Tile): void {
  const rowEnd = Math.min(row + tile, rows);
  const columnEnd = Math.min(column + tile, columns);
  for (let c = column; c < columnEnd; c++) {
    const end = start + c * rows + rowEnd;
    let i = start + row * columns + c;
    for (let at = start + c * rows + row; at < end; at++, i += columns) to[at] = from[i]!;
  }
}
