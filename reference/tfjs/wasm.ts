/** tfjs-wasm: XNNPACK and C++ kernels compiled to WebAssembly. In Node it has SIMD and no threads. */
import { dirname, join, sep } from 'node:path';
import { available, type Reference } from '../reference.ts';
import { initialiseBackend, loadQuietly, loadTfjsCore, resolveFromHere } from './module.ts';
import { poisonOutputs, type WasmHeap } from './poison.ts';
import { publicApi, runPublicApi } from './public-api.ts';
import { publicApiScript, wasmPackage } from './script.ts';

const backendPackage = '@tensorflow/tfjs-backend-wasm';

interface WasmBackend {
  readonly version_wasm: string;
  setWasmPaths(folder: string): void;
}

let isInitialised = false;

export const tfjsWasm: Reference = {
  ...publicApi,
  name: 'tfjs-wasm',
  embedded: true,
  isDefault: true,
  plainLoopBackend: 'wasm',
  setUp: null,
  package: wasmPackage,
  script: publicApiScript,
  async load(options) {
    const tf = loadTfjsCore();
    const backend = loadQuietly<WasmBackend>(backendPackage);
    if (!isInitialised) {
      const folder = dirname(resolveFromHere(`${backendPackage}/package.json`));
      backend.setWasmPaths(join(folder, 'wasm-out') + sep); // refused once the backend has been initialised
      await initialiseBackend(tf, 'wasm');
      poisonOutputs(tf.backend() as unknown as WasmHeap);
      isInitialised = true;
    }
    const hasSimd = await tf.env().getAsync('WASM_HAS_SIMD_SUPPORT');
    const engine = `WebAssembly ${hasSimd === true ? 'with' : 'without'} SIMD`;
    const version = backend.version_wasm;
    return available(tfjsWasm, { version, engine, run: runPublicApi(tf, 'wasm', options) });
  },
};
