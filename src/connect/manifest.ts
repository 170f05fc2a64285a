/**
 * What `--manifest` reads: how the kernels of a library or a WebAssembly module are called. Each
 * works on rows × cols values, dense, the lanes along the rows; how a case gets there is in rows-module.ts.
 */
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { arithmeticSchema } from '../case/arithmetic.ts';
import { parseData } from '../case/parse-data.ts';
import { supportsSchema } from '../case/supports.ts';
import { UsageError } from '../contract/failure.ts';
import {
  kernelNames,
  reductions,
  type Arithmetic,
  type KernelName,
  type Reduction,
  type Supports,
  type TargetSupport,
} from '../contract/subject.ts';
import { whyUnread } from './why-unread.ts';
import { formats, type Format } from '../float/format.ts';

/** What a kernel is handed, each by one word or two, in the order of its parameters. */
export const argumentWords = [
  'in x',
  'inout x',
  'in dy',
  'value dy',
  'in target',
  'in target:int64',
  'in weight',
  'out y',
  'rows',
  'rows:int32',
  'cols',
  'cols:int32',
  'labelSmoothing',
  'ignoreIndex',
  'ignoreIndex:int64',
  'reduction',
] as const;
export type ArgumentWord = (typeof argumentWords)[number];

/** How one kernel is called for one format. */
export interface ManifestCall {
  /** The exported name: by default the kernel's own. */
  readonly symbol?: string;
  readonly format: Format;
  readonly args: readonly ArgumentWord[];
  /** One call for all rows, or one for each. */
  readonly each: 'call' | 'row';
  /** Nothing; an int that is 0 where all went well; or the one value of a row, with `each` row. */
  readonly returns: 'nothing' | 'status' | 'y';
  readonly target: TargetSupport;
  /** What it computes where `reduction` is not among its arguments. */
  readonly reduction: Reduction;
}

const callSchema = z.strictObject({
  symbol: z.exactOptional(z.string().min(1)),
  format: z.enum(formats).default('float32'),
  args: z.array(z.enum(argumentWords)).min(1),
  each: z.enum(['call', 'row']).default('call'),
  returns: z.enum(['nothing', 'status', 'y']).default('nothing'),
  target: z.enum(['indices', 'probabilities']).default('indices'),
  reduction: z.enum(reductions).default('mean'),
}) as z.ZodType<ManifestCall>;

/** What a manifest says beside its kernels: as the exports of these names of a module. */
export interface ManifestHead {
  readonly $schema?: string;
  readonly name?: string;
  readonly version?: string;
  readonly arithmetic?: Arithmetic;
  readonly supports?: Supports;
}

/** The keys of every manifest, for a schema of one. */
export const manifestHead: Readonly<Record<keyof ManifestHead, z.ZodType>> = {
  $schema: z.exactOptional(z.string()),
  name: z.exactOptional(z.string().min(1).max(100)),
  version: z.exactOptional(z.string().min(1).max(100)),
  arithmetic: z.exactOptional(arithmeticSchema),
  supports: z.exactOptional(supportsSchema),
};

/** For .wasm, .so, .dylib and .dll; the calls of a kernel are of different formats. */
export interface Manifest extends ManifestHead {
  readonly kernels: Readonly<Partial<Record<KernelName, ManifestCall | readonly ManifestCall[]>>>;
}

export const manifestSchema: z.ZodType<Manifest> = z.strictObject({
  ...manifestHead,
  kernels: z.partialRecord(z.enum(kernelNames), z.union([callSchema, z.array(callSchema).min(1)])),
}) as z.ZodType<Manifest>;

/** A kernel and one way to call it. */
export interface KernelCall {
  readonly kernel: KernelName;
  readonly symbol: string;
  readonly call: ManifestCall;
}

/**
 * Every call of the manifest.
 * @throws UsageError naming the kernel whose arguments leave out what it works on, or where its result goes.
 */
export function callsOf({ kernels }: Manifest, { name }: { readonly name: string }): readonly KernelCall[] {
  return Object.entries(kernels).flatMap(([key, given]) => {
    const kernel = key as KernelName;
    return (Array.isArray(given) ? given : [given]).map((call: ManifestCall) => {
      const objection = objectionTo(kernel, call);
      if (objection !== null) throw new UsageError(`${name}: kernels.${kernel}.args ${objection}`);
      return { kernel, symbol: call.symbol ?? kernel, call };
    });
  });
}

function objectionTo(kernel: KernelName, { args, returns, each }: ManifestCall): string | null {
  const has = (...words: readonly ArgumentWord[]): boolean => words.some((word) => args.includes(word));
  const isLoss = kernel.startsWith('crossEntropy');
  const isOnePerRow = kernel === 'logSumExp' || kernel === 'crossEntropy';
  if (!has('in x', 'inout x')) return 'hand over no x: "in x" or "inout x" is missing';
  if (kernel.endsWith('Backward') && !has('in dy', 'value dy')) return 'hand over no dy: "in dy" is missing';
  if (isLoss && !has('in target', 'in target:int64')) return 'hand over no target: "in target" is missing';
  if (has('value dy') && (each !== 'row' || kernel !== 'logSumExpBackward'))
    return 'have "value dy", which is for logSumExpBackward with "each": "row"';
  if (returns === 'y') return each === 'row' && isOnePerRow ? null : '"returns": "y" is one value of a row';
  if (has('out y')) return null;
  return has('inout x') && !isOnePerRow ? null : 'leave no place for the result: "out y" is missing';
}

/** @throws UsageError naming the file, and what of it is no manifest. */
export function readManifest<T>(path: string, schema: z.ZodType<T>): T {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new UsageError(`the manifest ${JSON.stringify(path)} ${whyUnread(path, error)}`);
  }
  return parseData(schema, value, { name: `the manifest ${JSON.stringify(path)}` });
}
