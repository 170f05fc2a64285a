/** What of WebGPU is used, and a device of it in Node: Dawn, on a graphics card or on SwiftShader. */
import { existsSync, readdirSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { UsageError } from '../../contract/failure.ts';
import { loadPart } from '../part.ts';

export interface GpuDevice {
  readonly lost: Promise<{ readonly reason: string; readonly message: string }>;
  readonly queue: {
    writeBuffer(buffer: GpuBuffer, offset: number, data: ArrayBufferView): void;
    submit(commands: readonly unknown[]): void;
  };
  createShaderModule(descriptor: { readonly code: string }): {
    getCompilationInfo(): Promise<{ readonly messages: readonly GpuMessage[] }>;
  };
  createBindGroupLayout(descriptor: object): object;
  createPipelineLayout(descriptor: object): object;
  createComputePipelineAsync(descriptor: object): Promise<object>;
  createBindGroup(descriptor: object): object;
  createBuffer(descriptor: { readonly size: number; readonly usage: number }): GpuBuffer;
  createCommandEncoder(): GpuEncoder;
  pushErrorScope(filter: 'validation' | 'out-of-memory' | 'internal'): void;
  popErrorScope(): Promise<{ readonly message: string } | null>;
  destroy(): void;
}
export interface GpuMessage {
  readonly type: string;
  readonly lineNum: number;
  readonly message: string;
}
export interface GpuBuffer {
  mapAsync(mode: number): Promise<void>;
  getMappedRange(): ArrayBuffer;
  destroy(): void;
}
interface GpuEncoder {
  beginComputePass(): {
    setPipeline(pipeline: object): void;
    setBindGroup(index: number, group: object): void;
    dispatchWorkgroups(count: number): void;
    end(): void;
  };
  copyBufferToBuffer(
    from: GpuBuffer,
    fromOffset: number,
    to: GpuBuffer,
    toOffset: number,
    size: number,
  ): void;
  finish(): unknown;
}
interface Gpu {
  requestAdapter(): Promise<GpuAdapter | null>;
}
interface GpuAdapter {
  readonly info: { readonly description: string; readonly vendor: string };
  readonly features: { has(name: string): boolean };
  requestDevice(descriptor: { readonly requiredFeatures: readonly string[] }): Promise<GpuDevice>;
}

/** The numbers that WebGPU gives to uses of a buffer. */
export const bufferUsage = { mapRead: 1, copySource: 4, copyTarget: 8, uniform: 64, storage: 128 } as const;
export const mapRead = 1;
export const computeStage = 4;

export interface OpenGpu {
  /** What computes: 'SwiftShader-driver-5.0.0'. */
  readonly adapter: string;
  openDevice(): Promise<GpuDevice>;
}

/**
 * `engine` is 'dawn', which takes what the system has and SwiftShader where it has nothing, or 'swiftshader'.
 * @throws UsageError where the package is missing, nothing is there that computes, or a feature is not.
 */
export async function openGpu({
  engine,
  user,
  features,
}: {
  readonly engine: 'dawn' | 'swiftshader';
  readonly user: string;
  /** What a shader enables beyond the language's least, by WebGPU's names. */
  readonly features: readonly string[];
}): Promise<OpenGpu> {
  if (engine === 'swiftshader' || !hasGraphics()) useSwiftShader();
  const { create } = (await loadPart('webgpu', { user })) as { create(options: readonly string[]): Gpu };
  const gpu = create([]);
  const adapter = await gpu.requestAdapter();
  if (adapter === null)
    throw new UsageError(
      `${user} needs a graphics driver, or SwiftShader, which Chromium brings: install Chromium, or name a driver in VK_ICD_FILENAMES`,
    );
  const { description, vendor } = adapter.info;
  const name = (description || vendor).replaceAll(' ', '-');
  const missing = features.find((feature) => !adapter.features.has(feature));
  if (missing !== undefined)
    throw new UsageError(`${user} needs the feature ${missing} of WebGPU, which ${name} does not have`);
  return {
    adapter: name,
    // An adapter gives one device; the Gpu is kept, as what it gave lives no longer than it.
    openDevice: async () => (await gpu.requestAdapter())!.requestDevice({ requiredFeatures: features }),
  };
}

/**
 * Whether the system has a driver, or somebody named one. Elsewhere than on Linux there is one. SwiftShader
 * that is named, by whoever started this process too, needs Chromium's loader all the same.
 */
function hasGraphics(): boolean {
  const named = process.env['VK_ICD_FILENAMES'] ?? '';
  if (process.platform !== 'linux') return true;
  if (named !== '') return named !== findSwiftShader();
  const folders = ['/usr/share/vulkan/icd.d', '/etc/vulkan/icd.d'];
  return folders.some((folder) => existsSync(folder) && readdirSync(folder).length > 0);
}

const chromiumFolders = ['/usr/lib/chromium', '/usr/lib/chromium-browser', '/opt/google/chrome'];
/** glibc's RTLD_NODELETE: what was opened stays. */
const stays = 0x1000;

/** Names Chromium's SwiftShader, and loads the loader beside it, which Dawn then finds by its name. */
function useSwiftShader(): void {
  const found = findSwiftShader();
  if (found === null) return;
  process.env['VK_ICD_FILENAMES'] = found;
  try {
    process.dlopen(
      { exports: {} },
      join(dirname(found), 'libvulkan.so.1'),
      constants.dlopen.RTLD_NOW | stays,
    );
  } catch {
    // It is no addon of Node, and is loaded all the same; or there is none, and the system's is taken.
  }
}

/** SwiftShader's file for Vulkan's loader; null where Chromium has none. */
export function findSwiftShader(): string | null {
  const files = chromiumFolders.map((folder) => join(folder, 'vk_swiftshader_icd.json'));
  return files.find((file) => existsSync(file)) ?? null;
}
