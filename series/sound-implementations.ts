/**
 * Every sound kernel as an implementation: those of examples/sound-kernels that are written in TypeScript,
 * one in AssemblyScript, XNNPACK as tfjs-wasm has it, and ONNX Runtime's build for WebAssembly where that
 * optional part is there.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { soundKernels } from '../examples/sound-kernels/all.ts';
import { assemblyScriptKernels } from '../examples/sound-kernels/assemblyscript/kernels.ts';
import { tfjsWasm } from '../reference/tfjs/wasm.ts';
import { findPart } from '../src/connect/part.ts';
import type { SubjectModule } from '../src/contract/subject.ts';
import type { Implementation } from '../src/subjects/implementation.ts';
import { subjectImplementation } from '../src/subjects/subject-implementation.ts';
import { onnxRuntimeKernels, onnxRuntimeWeb } from './onnx-runtime-kernels.ts';
import { repository } from './run.ts';

export async function soundImplementations(): Promise<readonly Implementation[]> {
  const bytes = readFileSync(join(repository, 'examples/sound-kernels/assemblyscript/lane.wasm'));
  const modules: SubjectModule[] = [...soundKernels, assemblyScriptKernels(bytes)];
  if (isAsked(onnxRuntimeWeb)) modules.push(await onnxRuntimeKernels());
  return [...modules.map((module) => subjectImplementation(module, { name: 'unnamed' })), await xnnpack()];
}

/** Whether an optional part is there, or must be. */
function isAsked(part: string): boolean {
  return findPart(part) !== null || process.env['CI'] === 'true';
}

/**
 * XNNPACK's softmax, and its gradient as tfjs composes it of the answer: dy·s − s·Σ dy·s. It is right
 * wherever it answers at all: it refuses a scalar, and tfjs-wasm then gives memory that nobody wrote
 * (docs/tensorflow-js-divergences.md).
 */
async function xnnpack(): Promise<Implementation> {
  const loaded = await tfjsWasm.load();
  if (loaded.kind === 'missing') throw new Error(`tfjs-wasm is missing: ${loaded.reason}`);
  const { implementation } = loaded;
  return {
    ...implementation,
    name: 'xnnpack',
    role: 'subject',
    declines(c) {
      if (c.operation !== 'softmax') return 'XNNPACK has a softmax, and tfjs composes the rest';
      if (c.logits.shape.length === 0) return 'a scalar has no channels';
      if (c.logits.data.length === 0) return 'nothing to write';
      return implementation.declines(c);
    },
  };
}
