/**
 * Memory that a kernel should have written, and has not, shows what was put there, and not the right answer
 * of the call before. JavaScript's own arrays are zeroed when they are made: this is for heaps, of
 * WebAssembly, whose outputs can be filled themselves, and of TensorFlow, where memory is filled and freed
 * before a call.
 */
import type { Case } from '../../src/case/case.ts';
import { lanesOf } from '../../src/tensor/lanes.ts';
import type { TfjsModule } from './module.ts';

/** What of TensorFlow.js's WebAssembly backend hands out memory for outputs. */
export interface WasmHeap {
  readonly wasm: { readonly HEAPF32: Float32Array; readonly HEAPU8: Uint8Array };
  readonly dataIdMap: { get(dataId: object): { readonly memoryOffset: number | null } };
  /** Makes room for a tensor, and copies its values there; one without values is still to be written. */
  move(dataId: object, values: unknown, shape: readonly number[], dtype: string, refCount: number): void;
  /** True while outputs are left as they are. */
  isUnpoisoned?: boolean;
}

/**
 * Has every output of the backend filled before its kernel writes it, so that what a kernel leaves unwritten
 * is the same bits in every run, whatever was in the heap before. What is written is as it was.
 */
export function poisonOutputs(backend: WasmHeap): void {
  const move = backend.move.bind(backend);
  backend.move = (dataId, values, shape, dtype, refCount) => {
    move(dataId, values, shape, dtype, refCount);
    if ((values !== null && values !== undefined) || dtype === 'string' || backend.isUnpoisoned) return;
    const at = backend.dataIdMap.get(dataId).memoryOffset!;
    const size = shape.reduce((product, extent) => product * extent, 1);
    if (dtype === 'bool') backend.wasm.HEAPU8.fill(poisonByte, at, at + size);
    else backend.wasm.HEAPF32.fill(poison, at / 4, at / 4 + (dtype === 'complex64' ? 2 * size : size));
  };
}

/** What `call` returns, whose outputs no memory is filled for. */
export function withoutPoison<T>(backend: WasmHeap, call: () => T): T {
  backend.isUnpoisoned = true;
  try {
    return call();
  } finally {
    backend.isUnpoisoned = false;
  }
}

/** Neither of the two values of a bool. */
const poisonByte = 0xcd;

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
