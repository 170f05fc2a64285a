/** tfjs-wasm: XNNPACK and C++ kernels compiled to WebAssembly. In Node it has SIMD and no threads. */
import { dirname, join, sep } from 'node:path';
import { publicApiImplementation } from './public-api.ts';
import type { ReferenceLoader } from '../reference.ts';
import { initialiseBackend, loadQuietly, loadTfjsCore, resolveFromHere } from './module.ts';

interface WasmBackend {
  readonly version_wasm: string;
  setWasmPaths(folder: string): void;
}

let isInitialised = false;

export const tfjsWasm: ReferenceLoader = {
  name: 'tfjs-wasm',
  embedded: true,
  async load(options) {
    const tf = loadTfjsCore();
    const backend = loadQuietly<WasmBackend>('@tensorflow/tfjs-backend-wasm');
    if (!isInitialised) {
      const folder = dirname(resolveFromHere('@tensorflow/tfjs-backend-wasm/package.json'));
      backend.setWasmPaths(join(folder, 'wasm-out') + sep); // refused once the backend has been initialised
      await initialiseBackend(tf, 'wasm');
      isInitialised = true;
    }
    const hasSimd = await tf.env().getAsync('WASM_HAS_SIMD_SUPPORT');
    const engine = `WebAssembly ${hasSimd === true ? 'with' : 'without'} SIMD`;
    const version = backend.version_wasm;
    return {
      kind: 'available',
      implementation: publicApiImplementation(
        tf,
        { name: 'tfjs-wasm', backend: 'wasm', version, engine },
        options,
      ),
    };
  },
};
