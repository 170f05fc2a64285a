/**
 * Sound: six kernels whose lanes lane.wasm works on, four classes at a time in WebAssembly's SIMD. Its bytes
 * are what `npm run build:assemblyscript` makes of lane.ts beside it.
 */
import type { AxisOptions, SubjectModule, Tensor } from 'logitfuzz';
import { gather, lanesAlong, scatter, zeros, type Lanes } from '../lanes.ts';

interface LaneExports {
  readonly memory: WebAssembly.Memory;
  firstAddress(): number;
  softmax(x: number, y: number, n: number): void;
  logSoftmax(x: number, y: number, n: number): void;
  logSumExp(x: number, y: number, n: number): number;
  softmaxBackward(x: number, dy: number, y: number, n: number): void;
  logSoftmaxBackward(x: number, dy: number, y: number, n: number): void;
  logSumExpBackward(x: number, dy: number, y: number, n: number): void;
}

const pageBytes = 2 ** 16;

/** `bytes` are lane.wasm's. */
export function assemblyScriptKernels(bytes: Uint8Array<ArrayBuffer>): SubjectModule {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes));
  const wasm = exports as unknown as LaneExports;
  return {
    name: 'assemblyscript-simd',
    softmax: (x, { axis }) => perLane(wasm, x, axis, (at) => wasm.softmax(at.x, at.y, at.n)),
    logSoftmax: (x, { axis }) => perLane(wasm, x, axis, (at) => wasm.logSoftmax(at.x, at.y, at.n)),
    logSumExp: (x, options) => logSumExp(wasm, x, options),
    softmaxBackward: (x, dy, { axis }) =>
      perLane(wasm, x, axis, (at, lanes, lane) => {
        at.write(gather(dy.data, lanes, lane), at.dy);
        wasm.softmaxBackward(at.x, at.dy, at.y, at.n);
      }),
    logSoftmaxBackward: (x, dy, { axis }) =>
      perLane(wasm, x, axis, (at, lanes, lane) => {
        at.write(gather(dy.data, lanes, lane), at.dy);
        wasm.logSoftmaxBackward(at.x, at.dy, at.y, at.n);
      }),
    logSumExpBackward: (x, dy, { axis }) =>
      perLane(wasm, x, axis, (at, _, lane) => wasm.logSumExpBackward(at.x, dy.data[lane]!, at.y, at.n)),
  };
}

/** Where a lane's logits, its cotangent and its answer are. */
interface Addresses {
  readonly n: number;
  readonly x: number;
  readonly dy: number;
  readonly y: number;
  write(values: ArrayLike<number>, address: number): void;
  read(address: number): Float32Array;
}

/** Three lanes one after the other, of whole vectors, in memory that is grown where it is too small. */
function addressesOf(wasm: LaneExports, n: number): Addresses {
  const laneBytes = 16 * Math.ceil(n / 4);
  const x = wasm.firstAddress();
  const missing = x + 3 * laneBytes - wasm.memory.buffer.byteLength;
  if (missing > 0) wasm.memory.grow(Math.ceil(missing / pageBytes));
  const floats = new Float32Array(wasm.memory.buffer);
  return {
    n,
    x,
    dy: x + laneBytes,
    y: x + 2 * laneBytes,
    write: (values, address) => floats.set(values, address / 4),
    read: (address) => floats.subarray(address / 4, address / 4 + n),
  };
}

function perLane(
  wasm: LaneExports,
  x: Tensor,
  axis: number | undefined,
  work: (at: Addresses, lanes: Lanes, lane: number) => void,
): Tensor {
  const y = zeros(x.shape, x);
  eachLane(wasm, x, axis, (at, lanes, lane) => {
    work(at, lanes, lane);
    scatter(at.read(at.y), y.data, lanes, lane);
  });
  return y;
}

function logSumExp(wasm: LaneExports, x: Tensor, { axis }: AxisOptions): Tensor {
  const y = zeros(lanesAlong(x.shape, axis ?? -1).outerShape, x);
  eachLane(wasm, x, axis, (at, _, lane) => (y.data[lane] = wasm.logSumExp(at.x, at.y, at.n)));
  return y;
}

function eachLane(
  wasm: LaneExports,
  x: Tensor,
  axis: number | undefined,
  visit: (at: Addresses, lanes: Lanes, lane: number) => void,
): void {
  if (!(x.data instanceof Float32Array))
    throw Object.assign(new Error('its vectors are of float32'), { code: 'ERR_UNSUPPORTED' });
  const lanes = lanesAlong(x.shape, axis ?? -1);
  const at = addressesOf(wasm, lanes.length);
  for (let lane = 0; lane < lanes.count; lane++) {
    at.write(gather(x.data, lanes, lane), at.x);
    visit(at, lanes, lane);
  }
}
