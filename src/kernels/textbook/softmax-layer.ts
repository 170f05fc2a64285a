/** Softmax as the textbook has it: one lane at a time, and a backward through each lane's full Jacobian. */
import { checkCotangent, checkTensor } from '../../contract/validate.ts';
import { UnsupportedError } from '../../contract/unsupported.ts';
import { lanesOf } from '../../tensor/lanes.ts';
import {
  createTensor,
  isHalfTensor,
  tensorFormat,
  type FloatTensor,
  type Tensor,
} from '../../tensor/tensor.ts';
import { compensatedSum } from '../lane-sums.ts';
import { swapWithLast } from './transpose.ts';

/** A Jacobian of so many classes squared is 8 MB; wider lanes are declined. */
export const widthMax = 1024;

/** A softmax layer that remembers its input for the backward. */
export class Softmax {
  readonly #dimension: number;
  #x: Tensor | null = null;

  /** `dimension` is the axis of the classes, in [−rank, rank − 1] of what is passed in later. */
  constructor(dimension: number) {
    this.#dimension = dimension;
  }

  /** The shape and format of `x`. Remembers `x` for backward. */
  forward(x: Tensor): Tensor {
    declineHalves(x);
    checkTensor('x', x);
    checkWidth(x, this.#dimension);
    this.#x = x;
    const rows = swapWithLast(x, this.#dimension);
    const y = createTensor(rows.shape, tensorFormat(x));
    forEachRow(rows, (start, width) =>
      y.data.set(probabilities(rows.data.subarray(start, start + width)), start),
    );
    return swapWithLast(y, this.#dimension);
  }

  /** Σ_i J_ji·dy_i with J = diag(s) − s·sᵀ of each lane. @throws Error before the first forward. */
  backward(dy: Tensor): Tensor {
    const x = this.#x;
    if (x === null) throw new Error('backward was called before forward');
    checkCotangent(dy, { like: x, shape: x.shape });
    const rows = swapWithLast(x, this.#dimension);
    const dyRows = swapWithLast(dy, this.#dimension);
    const dx = createTensor(rows.shape, tensorFormat(x));
    forEachRow(rows, (start, width) => {
      const s = probabilities(rows.data.subarray(start, start + width));
      const jacobian = jacobianOf(s);
      for (let j = 0; j < width; j++) {
        const products = jacobian
          .subarray(j * width, (j + 1) * width)
          .map((slope, i) => slope * dyRows.data[start + i]!);
        dx.data[start + j] = compensatedSum(products, { start: 0, stride: 1, count: width });
      }
    });
    return swapWithLast(dx, this.#dimension);
  }
}

/** exp(x_j − max) / Σ_i exp(x_i − max) of one lane, in float64. */
export function probabilities(lane: ArrayLike<number>): Float64Array {
  const values = Float64Array.from(lane);
  const max = values.reduce((a, b) => Math.max(a, b), -Infinity);
  const powers = values.map((value) => Math.exp(value - max));
  const sum = compensatedSum(powers, { start: 0, stride: 1, count: powers.length });
  return powers.map((power) => power / sum);
}

/** diag(s) − s·sᵀ, row-major. */
function jacobianOf(s: Float64Array): Float64Array {
  const n = s.length;
  const jacobian = new Float64Array(n * n);
  for (let j = 0; j < n; j++) {
    for (let i = 0; i < n; i++) jacobian[j * n + i] = (i === j ? s[j]! : 0) - s[j]! * s[i]!;
  }
  return jacobian;
}

/** @throws UnsupportedError for numbers of 16 bits, whose bits are no numbers to these layers. */
export function declineHalves(x: FloatTensor): void {
  if (isHalfTensor(x)) throw new UnsupportedError(`the textbook's layers have no ${x.dtype}`);
}

export function checkWidth(x: Tensor, dimension: number): void {
  const { length } = lanesOf(x.shape, dimension);
  if (length > widthMax) throw new UnsupportedError(`a lane has ${length} classes, more than ${widthMax}`);
}

export function forEachRow(rows: Tensor, visit: (start: number, width: number, row: number) => void): void {
  const width = rows.shape.at(-1) ?? 1;
  if (width === 0) return;
  for (let row = 0; row * width < rows.data.length; row++) visit(row * width, width, row);
}
