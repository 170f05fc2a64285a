/**
 * Sound: six kernels whose lanes lane.wasm works on, four classes at a time in WebAssembly's SIMD. Its bytes
 * are what `npm run build:assemblyscript` makes of lane.ts beside it.
 */
import type { SubjectModule, Tensor } from 'logitfuzz';
import { instantiate, rowsOf, type WasmInstance } from 'logitfuzz/wasm';

interface LaneExports {
  softmax(x: number, y: number, n: number): void;
  logSoftmax(x: number, y: number, n: number): void;
  logSumExp(x: number, y: number, n: number): number;
  softmaxBackward(x: number, dy: number, y: number, n: number): void;
  logSoftmaxBackward(x: number, dy: number, y: number, n: number): void;
  logSumExpBackward(x: number, dy: number, y: number, n: number): void;
}

/** `bytes` are lane.wasm's. */
export function assemblyScriptKernels(bytes: Uint8Array<ArrayBuffer>): SubjectModule {
  const instance = instantiate(bytes);
  const wasm = instance.exports as unknown as LaneExports;
  return {
    name: 'assemblyscript-simd',
    softmax: (x, { axis = -1 }) => perRow(instance, { x, axis }, wasm.softmax),
    logSoftmax: (x, { axis = -1 }) => perRow(instance, { x, axis }, wasm.logSoftmax),
    logSumExp: (x, { axis = -1 }) => logSumExp(instance, { x, axis }),
    softmaxBackward: (x, dy, { axis = -1 }) =>
      perRow(instance, { x, dy, axis }, (at, y, n, lane) => {
        wasm.softmaxBackward(at, instance.memory.put(lane.dy), y, n);
      }),
    logSoftmaxBackward: (x, dy, { axis = -1 }) =>
      perRow(instance, { x, dy, axis }, (at, y, n, lane) => {
        wasm.logSoftmaxBackward(at, instance.memory.put(lane.dy), y, n);
      }),
    logSumExpBackward: (x, dy, { axis = -1 }) =>
      perRow(instance, { x, axis }, (at, y, n, { row }) => wasm.logSumExpBackward(at, dy.data[row]!, y, n)),
  };
}

interface Arguments {
  readonly x: Tensor;
  /** In x's shape. */
  readonly dy?: Tensor;
  readonly axis: number;
}

/** Which lane it is, and its part of dy. */
interface Lane {
  readonly row: number;
  readonly dy: Float32Array;
}

function perRow(
  { memory }: WasmInstance,
  { x, dy = x, axis }: Arguments,
  work: (x: number, y: number, n: number, lane: Lane) => void,
): Tensor {
  const { rows, cols, toRows, fromRows } = rowsOf(x.shape, axis);
  const [logits, cotangents] = [toRows(inFloat32(x)), toRows(inFloat32(dy))];
  const results = new Float32Array(logits.length);
  for (let row = 0; row < rows; row++) {
    const [from, to] = [row * cols, (row + 1) * cols];
    memory.clear();
    const y = memory.reserve(4 * cols);
    work(memory.put(logits.subarray(from, to)), y, cols, { row, dy: cotangents.subarray(from, to) });
    results.set(memory.read(y, cols, 'float32'), from);
  }
  return { shape: x.shape, data: fromRows(results) };
}

function logSumExp({ memory, exports }: WasmInstance, { x, axis }: Arguments): Tensor {
  const { rows, cols, toRows, outerShape } = rowsOf(x.shape, axis);
  const logits = toRows(inFloat32(x));
  const wasm = exports as unknown as LaneExports;
  const data = Float32Array.from({ length: rows }, (_, row) => {
    memory.clear();
    const at = memory.put(logits.subarray(row * cols, (row + 1) * cols));
    return wasm.logSumExp(at, memory.reserve(4 * cols), cols);
  });
  return { shape: outerShape, data };
}

function inFloat32({ data }: Tensor): Float32Array {
  if (data instanceof Float32Array) return data;
  throw Object.assign(new Error('its vectors are of float32'), { code: 'ERR_UNSUPPORTED' });
}
