/** The references, in the order in which they are asked. */
import { UsageError } from '../src/contract/failure.ts';
import { jax } from './python/jax.ts';
import { numpy } from './python/numpy.ts';
import { onnxReference } from './python/onnx-reference.ts';
import { onnxruntimeNode } from './onnx/onnxruntime-node.ts';
import { onnxruntime } from './python/onnxruntime.ts';
import { scipy } from './python/scipy.ts';
import { torch } from './python/torch.ts';
import type { Reference } from './reference.ts';
import { tfjsCpu } from './tfjs/cpu.ts';
import { tfjsNode } from './tfjs/node.ts';
import { tensorflowKernels } from './tfjs/tensorflow-kernels.ts';
import { tfjsWasm } from './tfjs/wasm.ts';
import { tfjsWebgl } from './tfjs/webgl.ts';
import { tfjsWebgpu } from './tfjs/webgpu.ts';

export type { LoadedReference, Reference } from './reference.ts';

/** Every reference, in the order in which they are asked. */
export const references: readonly Reference[] = [
  tfjsCpu,
  tfjsWasm,
  tfjsNode,
  tensorflowKernels,
  tfjsWebgl,
  tfjsWebgpu,
  numpy,
  scipy,
  onnxruntime,
  onnxruntimeNode,
  onnxReference,
  torch,
  jax,
];

export const referenceNames: readonly string[] = references.map(({ name }) => name);

/** Those that are asked where nobody says whom to ask. */
export const defaultReferences: readonly string[] = references
  .filter(({ isDefault }) => isDefault)
  .map(({ name }) => name);

/** A word that is no name: a file, or a command, that the user's own reference is. */
export function isOwnReference(text: string): boolean {
  return !/^[a-z0-9-]+$/.test(text);
}

/**
 * Counts and answers are kept under names.
 * @throws UsageError where a subject is called as a reference is.
 */
export function refuseNameOfReference(subject: string): void {
  if (!referenceNames.includes(subject)) return;
  throw new UsageError(
    `the subject is called ${JSON.stringify(subject)}, as a reference is: have it export another name`,
  );
}

/**
 * Undefined where the table has none of that name:
 * it may come from a file, or from a version that had another.
 */
export function referenceNamed(name: string): Reference | undefined {
  return references.find((reference) => reference.name === name);
}
