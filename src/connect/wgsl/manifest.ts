/** What `--manifest` reads for a shader: its entry points, and what is bound to each. */
import { z } from 'zod';
import {
  kernelNames,
  reductions,
  type KernelName,
  type Reduction,
  type TargetSupport,
} from '../../contract/subject.ts';
import { manifestHead, type ManifestHead } from '../manifest.ts';

/** What may be bound: storage buffers, the results of which are written, and a uniform of two u32. */
export const bindingWords = ['in x', 'in dy', 'in target', 'in weight', 'out y', 'sizes'] as const;
export type BindingWord = (typeof bindingWords)[number];

/** The formats that WGSL has: f32, and f16 where it is enabled. */
const shaderFormats = ['float32', 'float16'] as const;
export type ShaderFormat = (typeof shaderFormats)[number];

/** How a kernel is dispatched. */
export interface ShaderCall {
  /** The entry point: by default the kernel's own name. */
  readonly entry?: string;
  /** What is bound to @group(0) @binding(0), (1), …; `sizes` are rows and cols, two u32. */
  readonly bindings?: readonly BindingWord[];
  /** What one invocation computes: a row, an element, or, with its workgroup, a row. */
  readonly invocations: 'rows' | 'elements' | 'workgroups';
  /** What the numbers in the buffers are: by default what the source declares x to be. */
  readonly format?: ShaderFormat;
  /** Invocations of a workgroup, where the source does not say it by a number. */
  readonly workgroup?: number;
  readonly target: TargetSupport;
  readonly reduction: Reduction;
}

export interface ShaderManifest extends ManifestHead {
  readonly kernels: Readonly<Partial<Record<KernelName, ShaderCall>>>;
}

const call = z.strictObject({
  entry: z.exactOptional(z.string().min(1)),
  bindings: z.exactOptional(z.array(z.enum(bindingWords)).min(1)),
  invocations: z.enum(['rows', 'elements', 'workgroups']).default('rows'),
  format: z.exactOptional(z.enum(shaderFormats)),
  workgroup: z.exactOptional(z.int().min(1)),
  target: z.enum(['indices', 'probabilities']).default('indices'),
  reduction: z.enum(reductions).default('none'),
}) as z.ZodType<ShaderCall>;

export const shaderManifestSchema: z.ZodType<ShaderManifest> = z.strictObject({
  ...manifestHead,
  kernels: z.partialRecord(z.enum(kernelNames), call),
}) as z.ZodType<ShaderManifest>;

/** For a shader without a manifest. */
export const plainCall: ShaderCall = { invocations: 'rows', target: 'indices', reduction: 'none' };

/** In the order of the contract's arguments. */
export function defaultBindings(kernel: KernelName): readonly BindingWord[] {
  return [
    'in x',
    ...(kernel.startsWith('crossEntropy') ? (['in target'] as const) : []),
    ...(kernel.endsWith('Backward') ? (['in dy'] as const) : []),
    'out y',
    'sizes',
  ];
}
