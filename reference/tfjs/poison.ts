/**
 * Fills memory and frees it, so that an output which a kernel never writes shows what was put there, and not
 * the right answer of the call before. JavaScript's own arrays are zeroed when they are made: this is for
 * heaps, of WebAssembly and TensorFlow.
 */
import type { Case } from '../../src/case/case.ts';
import { lanesOf } from '../../src/tensor/lanes.ts';
import type { TfjsModule } from './module.ts';

/** Finite, so that it cannot pass for a NaN that is due; no answer to anything that is asked. */
export const poison = -1.2345678e33;
/** How many blocks of one size: more than the intermediate results of any one operation. */
const blocks = 12;

/** Fills and frees memory of the sizes that the case's tensors and results have. */
export function poisonMemory(tf: TfjsModule, c: Case): void {
  const { length, count } = lanesOf(c.logits.shape, c.axis);
  const sizes = new Set([1, length, count, length * count].filter((size) => size > 0));
  for (const size of sizes) {
    const filled = Array.from({ length: blocks }, () => tf.tensor1d(new Float32Array(size).fill(poison)));
    // computed with, so that it reaches the backend's memory
    for (const tensor of filled) tf.neg(tensor).dispose();
    for (const tensor of filled) tensor.dispose();
  }
}
