/** The references, in the order in which they are asked. */
import type { Reference } from './reference.ts';
import { tfjsCpu } from './tfjs/cpu.ts';
import { tfjsNode } from './tfjs/node.ts';
import { tensorflowKernels } from './tfjs/tensorflow-kernels.ts';
import { tfjsWasm } from './tfjs/wasm.ts';

export type { LoadedReference, Reference } from './reference.ts';

/** Every reference, in the order in which they are asked. */
export const references: readonly Reference[] = [tfjsCpu, tfjsWasm, tfjsNode, tensorflowKernels];

export const referenceNames: readonly string[] = references.map(({ name }) => name);

/**
 * Undefined where the table has none of that name:
 * it may come from a file, or from a version that had another.
 */
export function referenceNamed(name: string): Reference | undefined {
  return references.find((reference) => reference.name === name);
}
