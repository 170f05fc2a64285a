/** A WGSL shader as a subject, on Dawn in Node. With a manifest, or entry points by the contract's names. */
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { UsageError } from '../../contract/failure.ts';
import { kernelNames, type Arithmetic, type KernelName, type SubjectModule } from '../../contract/subject.ts';
import { UnsupportedError } from '../../contract/unsupported.ts';
import type { FloatData } from '../../float/format.ts';
import type { Connecting } from '../connector.ts';
import { readManifest } from '../manifest.ts';
import { rowsModule, type RowsCall, type RowsKernel } from '../rows-module.ts';
import {
  compile,
  firstLine,
  run,
  whyNotCompiled,
  workgroupsMax,
  workgroupsOf,
  type Dispatch,
  type Pipeline,
} from './dispatch.ts';
import { defaultBindings, plainCall, shaderManifestSchema, type ShaderCall } from './manifest.ts';
import { enablesHalves, entryPointsOf, isOfHalves, type EntryPoint } from './shader.ts';
import { whyUnread } from '../why-unread.ts';
import { openGpu, type GpuDevice, type OpenGpu } from './webgpu.ts';

const engines = ['dawn', 'swiftshader'] as const;

export const wgslConnector: Connecting = {
  async connect(specifier, { engine = 'dawn', manifest }) {
    if (engine !== 'dawn' && engine !== 'swiftshader')
      throw new UsageError(`--engine ${engine} runs no shader: ${engines.join(', ')} do`);
    const said = manifest === undefined ? {} : { manifest };
    return { kind: 'module', module: await wgslModule(specifier, { engine, ...said }) };
  },
};

/**
 * What WGSL itself promises: exp within 3 + 2·|x| ULPs, with |x| up to 88 where the result is no subnormal;
 * log within 3 but near 1; subnormals may be flushed. A manifest may say that a shader is better.
 */
const languageArithmetic: Arithmetic = { expUlps: 179, logUlps: 3, flushesSubnormals: true };

interface WgslOptions {
  readonly engine?: (typeof engines)[number];
  readonly manifest?: string;
}

/** @throws UsageError naming the shader: not there, does not compile, or has no such entry point. */
export async function wgslModule(
  specifier: string,
  { engine = 'dawn', manifest: manifestPath }: WgslOptions = {},
): Promise<SubjectModule> {
  const whose = `the subject ${JSON.stringify(specifier)}`;
  const code = read(specifier, whose);
  const manifest = manifestPath === undefined ? null : readManifest(manifestPath, shaderManifestSchema);
  const points = entryPointsOf(code);
  const calls = manifest === null ? callsByName(points, whose) : callsOf(manifest.kernels);
  const features = enablesHalves(code) ? ['shader-f16'] : [];
  const gpu = await openGpu({ engine, user: whose, features });
  const first = await gpu.openDevice();
  const why = await whyNotCompiled(first, code);
  if (why !== null) throw new UsageError(`${whose} does not compile: ${why}`);
  const devices = keepDevice(gpu, first);
  const kernels: RowsKernel[] = [];
  for (const { kernel, call } of calls) {
    const dispatch = dispatchOf(kernel, call, { points, whose });
    kernels.push(await shaderKernel(devices, { kernel, call, dispatch, code, whose }));
  }
  const { version = gpu.adapter, arithmetic = languageArithmetic, supports } = manifest ?? {};
  const name = manifest?.name ?? basename(specifier, '.wgsl');
  return rowsModule(kernels, { name, version, arithmetic, supports });
}

function read(specifier: string, whose: string): string {
  try {
    return readFileSync(specifier, 'utf8');
  } catch (error) {
    throw new UsageError(`${whose} ${whyUnread(specifier, error)}`);
  }
}

interface KernelCall {
  readonly kernel: KernelName;
  readonly call: ShaderCall;
}

function callsOf(kernels: Readonly<Partial<Record<KernelName, ShaderCall>>>): readonly KernelCall[] {
  return Object.entries(kernels).map(([kernel, call]) => ({ kernel: kernel as KernelName, call }));
}

/** Entry points by the contract's names; where `main` is the only one, the softmax. */
function callsByName(points: readonly EntryPoint[], whose: string): readonly KernelCall[] {
  const named = kernelNames.filter((kernel) => points.some(({ name }) => name === kernel));
  if (named.length > 0) return named.map((kernel) => ({ kernel, call: plainCall }));
  const there = points.map(({ name }) => name).join(', ') || 'none';
  throw new UsageError(
    `${whose} has no entry point of a kernel's name (it has: ${there}): say by --manifest which is one`,
  );
}

/** Which device is asked: another one where the last was lost. */
interface Devices {
  current(): Promise<GpuDevice>;
  /** Null where the device is not lost. */
  whyLost(device: GpuDevice): string | null;
}

function keepDevice(gpu: OpenGpu, first: GpuDevice): Devices {
  let device: Promise<GpuDevice> = Promise.resolve(first);
  const lost = new WeakMap<GpuDevice, string>();
  const watch = (one: GpuDevice): GpuDevice => {
    void one.lost.then(({ reason, message }) => {
      lost.set(one, `the device was lost (${reason}): ${firstLine(message)}`);
      device = gpu.openDevice().then(watch);
    });
    return one;
  };
  watch(first);
  return { current: () => device, whyLost: (one) => lost.get(one) ?? null };
}

function dispatchOf(
  kernel: KernelName,
  { entry = kernel, bindings = defaultBindings(kernel), invocations, workgroup }: ShaderCall,
  { points, whose }: { readonly points: readonly EntryPoint[]; readonly whose: string },
): Dispatch {
  const point = points.find(({ name }) => name === entry);
  if (point === undefined) {
    const there = points.map(({ name }) => name).join(', ') || 'none';
    throw new UsageError(`${whose} has no entry point ${entry} for ${kernel}: it has ${there}`);
  }
  const size = workgroup ?? point.workgroup;
  if (size === null)
    throw new UsageError(`${whose}: the workgroup of ${entry} is no number: say "workgroup" in --manifest`);
  if (!bindings.includes('in x') || !bindings.includes('out y'))
    throw new UsageError(`${whose}: the bindings of ${entry} need "in x" and "out y"`);
  return { entry, bindings, invocations, workgroup: size };
}

interface ShaderSource extends KernelCall {
  readonly dispatch: Dispatch;
  readonly code: string;
  readonly whose: string;
}

async function shaderKernel(devices: Devices, source: ShaderSource): Promise<RowsKernel> {
  const { kernel, call, dispatch, code, whose } = source;
  const { target, reduction } = call;
  const weight = dispatch.bindings.includes('in weight');
  let compiled: Pipeline;
  try {
    compiled = await compile(await devices.current(), code, dispatch);
  } catch (error) {
    throw new UsageError(`${whose} cannot be run as ${kernel}: ${firstLine((error as Error).message)}`);
  }
  return {
    kernel,
    format: call.format ?? (isOfHalves(code, dispatch.bindings.indexOf('in x')) ? 'float16' : 'float32'),
    ...(kernel.startsWith('crossEntropy')
      ? { loss: { target, reductions: [reduction], labelSmoothing: false, weight, ignoreIndex: false } }
      : {}),
    async run(part: RowsCall): Promise<FloatData> {
      if (workgroupsOf(dispatch, part) > workgroupsMax)
        throw new UnsupportedError(`more than ${workgroupsMax} workgroups`);
      const device = await devices.current();
      if (compiled.device !== device) compiled = await compile(device, code, dispatch);
      return runOn(compiled, part, devices);
    },
  };
}

/** What is wrong with a call is told by the device, beside the result. */
async function runOn(compiled: Pipeline, part: RowsCall, devices: Devices): Promise<FloatData> {
  const { device } = compiled;
  device.pushErrorScope('validation');
  const result = run(compiled, part);
  const [values, error] = await Promise.allSettled([result, device.popErrorScope()]);
  const why = devices.whyLost(device);
  if (why !== null) throw new Error(why);
  if (error.status === 'fulfilled' && error.value !== null) throw new Error(firstLine(error.value.message));
  if (values.status === 'rejected') throw values.reason as Error;
  return values.value;
}
