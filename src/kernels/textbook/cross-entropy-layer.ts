/**
 * Cross-entropy as the textbook has it: literally −Σ y·log p over one-hot targets, with the gradient p − y.
 */
import { checkTensor } from '../../contract/validate.ts';
import type { Reduction } from '../../contract/subject.ts';
import { createTensor, tensorFormat, type Tensor } from '../../tensor/tensor.ts';
import { lanesOf } from '../../tensor/lanes.ts';
import { compensatedSum } from '../lane-sums.ts';
import { checkWidth, declineHalves, forEachRow, probabilities } from './softmax-layer.ts';
import { swapWithLast } from './transpose.ts';

/** A loss layer on logits and one-hot targets that remembers them for the backward. */
export class CrossEntropyLoss {
  readonly #dimension: number;
  readonly #reduction: Reduction;
  #inputs: { readonly logits: Tensor; readonly target: Tensor } | null = null;

  /** `dimension` is the axis of the classes. */
  constructor(dimension: number, reduction: Reduction = 'mean') {
    this.#dimension = dimension;
    this.#reduction = reduction;
  }

  /**
   * The loss of each lane for 'none', their sum or mean else. `target` is one-hot, of the logits' shape. The
   * formula is taken at its word: where p underflows, log p is −∞, and 0·(−∞) is NaN.
   */
  forward(logits: Tensor, target: Tensor): Tensor {
    declineHalves(logits);
    checkTensor('logits', logits);
    checkWidth(logits, this.#dimension);
    this.#inputs = { logits, target };
    const x = swapWithLast(logits, this.#dimension);
    const y = swapWithLast(target, this.#dimension);
    const losses = new Float64Array(lanesOf(logits.shape, this.#dimension).count);
    forEachRow(x, (start, width, row) => {
      const terms = probabilities(x.data.subarray(start, start + width)).map(
        (p, i) => y.data[start + i]! * Math.log(p),
      );
      losses[row] = -sum(terms);
    });
    // The rows stand in the swapped order, with one loss where the classes were: they go back as the lanes
    // would.
    const column = { shape: x.shape.length === 0 ? [] : [...x.shape.slice(0, -1), 1], data: losses };
    return this.#reduce(swapWithLast(column, this.#dimension).data, logits);
  }

  #reduce(losses: ArrayLike<number>, logits: Tensor): Tensor {
    const { outerShape, count } = lanesOf(logits.shape, this.#dimension);
    const output = createTensor(this.#reduction === 'none' ? outerShape : [], tensorFormat(logits));
    if (this.#reduction === 'none') output.data.set(losses);
    else output.data[0] = this.#reduction === 'sum' ? sum(losses) : sum(losses) / count;
    return output;
  }

  /**
   * (p − y) times the loss's own gradient `dy`: a scalar,
   * divided by the lanes for 'mean'; one a lane for 'none'.
   */
  backward(dy?: Tensor): Tensor {
    if (this.#inputs === null) throw new Error('backward was called before forward');
    const { logits, target } = this.#inputs;
    const { count } = lanesOf(logits.shape, this.#dimension);
    const x = swapWithLast(logits, this.#dimension);
    const y = swapWithLast(target, this.#dimension);
    const dx = createTensor(x.shape, tensorFormat(logits));
    const scales = this.#scales(dy, { logits, count });
    forEachRow(x, (start, width, row) => {
      const p = probabilities(x.data.subarray(start, start + width));
      dx.data.set(
        p.map((value, i) => (value - y.data[start + i]!) * scales[row]!),
        start,
      );
    });
    return swapWithLast(dx, this.#dimension);
  }

  #scales(dy: Tensor | undefined, { logits, count }: { logits: Tensor; count: number }): ArrayLike<number> {
    if (this.#reduction !== 'none') {
      const scale = dy?.data[0] ?? 1;
      return new Float64Array(count).fill(this.#reduction === 'mean' ? scale / count : scale);
    }
    if (dy === undefined) return new Float64Array(count).fill(1);
    const { axis } = lanesOf(logits.shape, this.#dimension);
    const kept = [...logits.shape];
    if (kept.length > 0) kept[axis] = 1;
    return swapWithLast({ shape: kept, data: dy.data }, this.#dimension).data;
  }
}

function sum(values: ArrayLike<number>): number {
  return compensatedSum(values, { start: 0, stride: 1, count: values.length });
}
