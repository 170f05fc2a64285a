/**
 * The kernels of lanes.ts with their memory: instantiated on first use, from bytes that are in the package.
 */
import { fractions } from '../power.ts';
import { lanesBytes } from './lanes-bytes.ts';

/**
 * Rows of float32, as the kernels on them find them. A row stands at a multiple of its length in `x` and
 * `dy`; what it has as a whole, at its number in the others.
 */
export interface KernelInstance {
  readonly x: Float32Array;
  readonly dy: Float32Array;
  readonly maxima: Float64Array;
  readonly sums: Float64Array;
  readonly rests: Float64Array;
  readonly factors: Float64Array;
  readonly logs: Float64Array;
  readonly sumRows: (rows: number, length: number) => void;
  readonly scaleRows: (rows: number, length: number, withSums: boolean) => void;
  readonly logRows: (rows: number, length: number) => void;
  readonly softmaxGradientRows: (rows: number, length: number) => void;
  readonly logSoftmaxGradientRows: (rows: number, length: number) => void;
  /** Writes each of the matrices of `rows` × `columns` that stand in `x` to `dy`, its rows as columns. */
  readonly transpose: (matrices: number, rows: number, columns: number) => void;
}

let made: KernelInstance | null | undefined;

/** Null where there is no WebAssembly, or none with SIMD, or where the page forbids it. */
export function kernelInstance(): KernelInstance | null {
  if (made === undefined) made = instantiated();
  return made;
}

function instantiated(): KernelInstance | null {
  try {
    const bytes = Uint8Array.from(atob(lanesBytes), (character) => character.charCodeAt(0));
    return withMemory(new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports);
  } catch {
    return null;
  }
}

function withMemory(exports: WebAssembly.Exports): KernelInstance {
  const { buffer } = exports['memory'] as WebAssembly.Memory;
  const value = (name: string): number => (exports[name] as WebAssembly.Global).value as number;
  const floats = (name: string): Float32Array => new Float32Array(buffer, value(name), value('elementsMax'));
  const perRow = (name: string): Float64Array => new Float64Array(buffer, value(name), value('rowsMax'));
  fillTable(buffer, value('table'));
  return {
    ...(exports as unknown as KernelInstance),
    x: floats('x'),
    dy: floats('dy'),
    maxima: perRow('maxima'),
    sums: perRow('sums'),
    rests: perRow('rests'),
    factors: perRow('factors'),
    logs: perRow('logs'),
  };
}

/** As lanes.ts wants it: the bits of 2^(−j/1024), and j·2^42 more. */
function fillTable(memory: ArrayBuffer, at: number): void {
  new Float64Array(memory, at, fractions.length).set(fractions);
  const bits = new BigUint64Array(memory, at, fractions.length);
  bits.forEach((value, j) => (bits[j] = value + (BigInt(j) << 42n)));
}
