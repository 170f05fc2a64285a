/**
 * `logitfuzz/wasm`: what everybody writes who calls kernels of a WebAssembly module from JavaScript: the
 * instance, arguments copied in and results out, and lanes along any axis as rows.
 */
import { wasmMemory, type WasmMemory } from './memory.ts';

export type { WasmMemory } from './memory.ts';
export { rowsOf, type Rows } from '../rows.ts';

/** A module that runs, with memory for the arguments of a call. */
export interface WasmInstance {
  readonly exports: WebAssembly.Exports;
  readonly memory: WasmMemory;
}

/**
 * Instantiates a module that exports its memory, at once. The arguments' memory is what the export `malloc`
 * or `alloc` gives, else pages that are added at the end.
 * @throws TypeError where the module exports no memory, and what WebAssembly throws.
 */
export function instantiate(bytes: Uint8Array<ArrayBuffer>, imports: WebAssembly.Imports = {}): WasmInstance {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), imports);
  const { memory } = exports;
  if (!(memory instanceof WebAssembly.Memory)) throw new TypeError('the module exports no memory');
  const allocate = exports['malloc'] ?? exports['alloc'];
  if (typeof allocate !== 'function') return { exports, memory: wasmMemory(memory) };
  const allocated = (bytes: number): number => {
    const address = allocate(bytes) as number;
    if (address === 0) throw new RangeError(`the module's allocator has no ${bytes} bytes`);
    return address;
  };
  return { exports, memory: wasmMemory(memory, allocated) };
}
