/** Which references, in which versions, an entry is about: what they shared when the ledger was written. */
import type { LedgerEntry } from './entry.ts';

type Affects = LedgerEntry['affects'];

const versions = ['4.22.0'] as const;

/** All that is composed in tfjs-core, whatever backend computes. */
export const everyBackend: Affects = { 'tfjs-cpu': versions, 'tfjs-wasm': versions, 'tfjs-node': versions };
export const wasmAlone: Affects = { 'tfjs-wasm': versions };
/** TensorFlow's own kernels, as tfjs-node 4.22.0 loads them. */
export const tensorflowAlone: Affects = { tensorflow: versions };
