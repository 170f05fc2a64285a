/**
 * The memory of a WebAssembly instance, for arguments and results of one call at a time. Whose memory it is:
 * what the module's own allocator gives, else pages that are added at the end.
 */
import {
  createFloatData,
  formatFacts,
  type FloatArray,
  type FloatData,
  type Format,
  type HalfFormat,
  type NativeFormat,
} from '../../float/format.ts';

/** Every array begins at a multiple of it, and all up to the next multiple is the array's: for vectors. */
const alignmentBytes = 16;
const pageBytes = 2 ** 16;

/** What the arrays of one call lie in. */
export interface WasmMemory {
  /** Forgets what lies there: the next call begins. */
  clear(): void;
  /** Copies the values in, and gives their address. */
  put(values: ArrayBufferView): number;
  /** The address of so many bytes, for a result; a multiple of 16, as all are. */
  reserve(bytes: number): number;
  /** A copy of what lies there. */
  read(address: number, length: number, format: NativeFormat): FloatArray;
  /** The same, of a half: its bits. */
  read(address: number, length: number, format: HalfFormat): Uint16Array;
  read(address: number, length: number, format: Format): FloatData;
}

interface Block {
  readonly address: number;
  readonly bytes: number;
}

/**
 * `allocate` is by default the export `malloc` or `alloc`; where there is neither, `memory` is grown, which
 * no module notices that does not take all of its memory for its own.
 */
export function wasmMemory(
  memory: WebAssembly.Memory,
  allocate: (bytes: number) => number = (bytes) => growBy(memory, bytes),
): WasmMemory {
  const blocks: Block[] = [];
  let block = 0;
  let used = 0;
  const reserve = (bytes: number): number => {
    const needed = Math.ceil(bytes / alignmentBytes) * alignmentBytes;
    for (; block < blocks.length; block++, used = 0) {
      const { address, bytes: size } = blocks[block]!;
      if (used + needed > size) continue;
      used += needed;
      return address + used - needed;
    }
    const size = Math.max(needed, pageBytes);
    const address = allocate(size + alignmentBytes) >>> 0; // an i32 has a sign
    const aligned = Math.ceil(address / alignmentBytes) * alignmentBytes;
    blocks.push({ address: aligned, bytes: size });
    used = needed;
    return aligned;
  };
  return {
    clear() {
      block = 0;
      used = 0;
    },
    put(values) {
      const address = reserve(values.byteLength);
      const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
      new Uint8Array(memory.buffer).set(bytes, address);
      return address;
    },
    reserve,
    read(address: number, length: number, format: Format): never {
      const values = createFloatData(format, length);
      const bytes = new Uint8Array(memory.buffer, address, length * formatFacts(format).bytes);
      new Uint8Array(values.buffer).set(bytes);
      return values as never; // what each of the signatures says
    },
  };
}

/** Never 0, which is a null pointer; a multiple of the alignment, so that nothing of the bytes is lost. */
function growBy(memory: WebAssembly.Memory, bytes: number): number {
  return memory.grow(Math.ceil(bytes / pageBytes)) * pageBytes || alignmentBytes;
}
