/** The references, in the order in which they are asked. */
import type { ReferenceLoader } from './reference.ts';
import { tensorflowKernels } from './tfjs/tensorflow-kernels.ts';
import { tfjsCpu } from './tfjs/cpu.ts';
import { tfjsNode } from './tfjs/node.ts';
import { tfjsWasm } from './tfjs/wasm.ts';

export { referenceNames, type LoadedReference, type ReferenceLoader } from './reference.ts';

/** Every reference, in the order in which they are asked. */
export const references: readonly ReferenceLoader[] = [tfjsCpu, tfjsWasm, tfjsNode, tensorflowKernels];
