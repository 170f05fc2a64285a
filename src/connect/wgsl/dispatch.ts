/** One kernel of a shader: its pipeline, compiled once for a device, and a dispatch of it. */
import { createFloatData, type FloatData, oneIn } from '../../float/format.ts';
import type { RowsCall } from '../rows-module.ts';
import type { BindingWord } from './manifest.ts';
import { bufferUsage, computeStage, mapRead, type GpuBuffer, type GpuDevice } from './webgpu.ts';

export interface Dispatch {
  readonly entry: string;
  readonly bindings: readonly BindingWord[];
  readonly invocations: 'rows' | 'elements' | 'workgroups';
  readonly workgroup: number;
}

export interface Pipeline extends Dispatch {
  readonly device: GpuDevice;
  readonly pipeline: object;
  readonly layout: object;
}

/** Why a shader does not compile, on one line; null where it does. */
export async function whyNotCompiled(device: GpuDevice, code: string): Promise<string | null> {
  device.pushErrorScope('validation');
  const { messages } = await device.createShaderModule({ code }).getCompilationInfo();
  const error = await device.popErrorScope();
  const first = messages.find(({ type }) => type === 'error');
  if (first !== undefined) return `line ${first.lineNum}: ${first.message}`;
  return error === null ? null : firstLine(error.message);
}

/** @throws what WebGPU says of an entry point that is none, or of bindings that are others. */
export async function compile(device: GpuDevice, code: string, dispatch: Dispatch): Promise<Pipeline> {
  const layout = device.createBindGroupLayout({
    entries: dispatch.bindings.map((word, binding) => ({
      binding,
      visibility: computeStage,
      buffer: { type: bindingType(word) },
    })),
  });
  const pipeline = await device.createComputePipelineAsync({
    layout: device.createPipelineLayout({ bindGroupLayouts: [layout] }),
    compute: { module: device.createShaderModule({ code }), entryPoint: dispatch.entry },
  });
  return { ...dispatch, device, pipeline, layout };
}

function bindingType(word: BindingWord): string {
  if (word === 'sizes') return 'uniform';
  return word === 'out y' ? 'storage' : 'read-only-storage';
}

/** How many workgroups one dispatch may have along an axis: WebGPU's least limit. */
export const workgroupsMax = 65_535;

export function workgroupsOf({ invocations, workgroup }: Dispatch, { rows, y }: RowsCall): number {
  if (invocations === 'workgroups') return rows;
  return Math.ceil((invocations === 'rows' ? rows : y.length) / workgroup);
}

/** The result, once it is there. A device that is lost meanwhile rejects it. */
export async function run(compiled: Pipeline, call: RowsCall): Promise<FloatData> {
  const { device, pipeline, layout, bindings } = compiled;
  const { copySource, copyTarget, storage, uniform } = bufferUsage;
  const made: GpuBuffer[] = [];
  const bufferOf = (size: number, usage: number): GpuBuffer => {
    const buffer = device.createBuffer({ size: wholeWords(size), usage });
    made.push(buffer);
    return buffer;
  };
  const filled = (values: ArrayBufferView, usage: number): GpuBuffer => {
    const buffer = bufferOf(values.byteLength, usage | copyTarget);
    device.queue.writeBuffer(buffer, 0, inWholeWords(values));
    return buffer;
  };
  const result = bufferOf(call.y.byteLength, storage | copySource);
  const read = bufferOf(call.y.byteLength, bufferUsage.mapRead | copyTarget);
  const entries = bindings.map((word, binding) => {
    if (word === 'out y') return { binding, resource: { buffer: result } };
    const buffer =
      word === 'sizes'
        ? filled(Uint32Array.of(call.rows, call.cols, 0, 0), uniform)
        : filled(inputFor(word, call), storage);
    return { binding, resource: { buffer } };
  });
  const encoder = device.createCommandEncoder();
  const pass = encoder.beginComputePass();
  pass.setPipeline(pipeline);
  pass.setBindGroup(0, device.createBindGroup({ layout, entries }));
  pass.dispatchWorkgroups(workgroupsOf(compiled, call));
  pass.end();
  encoder.copyBufferToBuffer(result, 0, read, 0, wholeWords(call.y.byteLength));
  device.queue.submit([encoder.finish()]);
  try {
    await read.mapAsync(mapRead);
    return copyOfResult(read.getMappedRange(), call);
  } finally {
    for (const buffer of made) buffer.destroy();
  }
}

/** WebGPU moves words of 32 bits, of which an odd number of halves leaves a part. */
function wholeWords(bytes: number): number {
  return (bytes + 3) & -4;
}

function inWholeWords(values: ArrayBufferView): ArrayBufferView {
  const { buffer, byteOffset, byteLength } = values;
  if (byteLength % 4 === 0) return values;
  const padded = new Uint8Array(wholeWords(byteLength));
  padded.set(new Uint8Array(buffer, byteOffset, byteLength));
  return padded;
}

function copyOfResult(range: ArrayBuffer, { y, yFormat }: RowsCall): FloatData {
  const copy = createFloatData(yFormat, y.length);
  new Uint8Array(copy.buffer).set(new Uint8Array(range, 0, copy.byteLength));
  return copy;
}

/** Weights that the case does not have are 1. */
function inputFor(word: BindingWord, { x, dy, target, weight, cols, format }: RowsCall): ArrayBufferView {
  switch (word) {
    case 'in dy':
      return dy!;
    case 'in target':
      return target!;
    case 'in weight':
      return weight ?? createFloatData(format, cols).fill(oneIn(format));
    default:
      return x;
  }
}

/** WebGPU's messages go on for lines. */
export function firstLine(text: string): string {
  return text.split('\n')[0]!;
}
