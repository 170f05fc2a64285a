/**
 * Kernels of native formats made such that take halves, too: bits are decoded, float32 goes through the
 * kernel, and what comes back is rounded once. A sound kernel of float32 is a sound one of halves so, and
 * fused; a wrong one is as wrong as it was. Knows nothing of what a kernel computes.
 */
import { kernelNames, type KernelName, type SubjectModule } from '../../contract/subject.ts';
import {
  halfFacts,
  formatOf,
  isFloatArray,
  isHalf,
  type FloatArray,
  type HalfFormat,
} from '../../float/format.ts';
import type { HalfTensor, Tensor } from '../../tensor/tensor.ts';
import { soundHost } from './host.ts';

/** How bits become numbers and numbers bits: what a conversion of its own may get wrong. */
export interface HalfCodec {
  readonly read: (bits: number) => number;
  readonly write: (value: number) => number;
}

export function soundCodec(format: HalfFormat): HalfCodec {
  const { decode, encode } = halfFacts(format);
  return { read: decode, write: encode };
}

/** A kernel of any arguments: a wrong one may take and return what no type says. */
type AnyKernel = (...args: readonly unknown[]) => unknown;

/** What is asked of halves: a kernel of native formats, and the conversions around it. */
export interface HalfKernels {
  readonly kernels: SubjectModule;
  readonly codec: HalfCodec;
}

/**
 * The module with kernels that take halves: what `ofHalf` makes of a format. A kernel that is the host's own
 * is the same function each time.
 */
export function takingHalves(
  module: SubjectModule,
  ofHalf: (format: HalfFormat) => HalfKernels = (format) => ({ kernels: module, codec: soundCodec(format) }),
): SubjectModule {
  const made: Partial<Record<HalfFormat, HalfKernels>> = {};
  const own = kernelNames.flatMap((name) => {
    const native = module[name] as AnyKernel | undefined;
    if (native === undefined) return [];
    const taking: AnyKernel = (...args) => {
      const format = halfIn(args[0]);
      if (format === null) return native(...args);
      const { kernels, codec } = (made[format] ??= ofHalf(format));
      return inFloat32(kernels[name] as AnyKernel, codec, format, args);
    };
    return [[name, taking]];
  });
  return { ...module, ...(Object.fromEntries(own) as SubjectModule) };
}

/** The host that takes halves, too: the same functions each time. */
export const soundHostInHalves: SubjectModule = takingHalves(soundHost);

/** The kernels that are not the sound host's take halves; the others are those of the host that does. */
export function changedTakingHalves(module: SubjectModule): SubjectModule {
  const taking = takingHalves(module);
  const unchanged = kernelNames.filter((name) => module[name] === soundHost[name]);
  return { ...taking, ...soundKernelsNamed(unchanged) };
}

export function soundKernelsNamed(names: readonly KernelName[]): SubjectModule {
  return Object.fromEntries(names.map((name) => [name, soundHostInHalves[name]])) as SubjectModule;
}

function halfIn(value: unknown): HalfFormat | null {
  const dtype = (value as Partial<HalfTensor> | null)?.dtype;
  return dtype !== undefined && isHalf(dtype) ? dtype : null;
}

/** A tensor of halves as it came, and as the kernel has it. */
interface Decoded {
  readonly half: HalfTensor;
  readonly own: Tensor;
  readonly before: FloatArray;
}

function inFloat32(
  kernel: AnyKernel,
  codec: HalfCodec,
  format: HalfFormat,
  args: readonly unknown[],
): unknown {
  const decoded: Decoded[] = [];
  const decode = (value: unknown): unknown => {
    const own = halfIn(value);
    if ((own === null && isFloatArray((value as Partial<Tensor> | null)?.data)) || (own ?? format) !== format)
      throw new TypeError(`an argument is not ${format}, which the logits are`);
    if (own === null) return value;
    const half = value as HalfTensor;
    const data = Float32Array.from(half.data, codec.read);
    decoded.push({ half, own: { shape: half.shape, data }, before: data.slice() });
    return decoded.at(-1)!.own;
  };
  const options = args.at(-1) as { readonly weight?: unknown } | undefined;
  const weight = options?.weight === undefined ? {} : { weight: decode(options.weight) };
  const passed = args.slice(0, -1).map(decode);
  const last = 'weight' in weight ? { ...options, ...weight } : options;
  const keep = (): void => decoded.forEach((one) => writeBack(one, codec));
  const finish = (returned: unknown): unknown => {
    keep();
    return encoded(returned, codec, format, decoded);
  };
  let returned: unknown;
  try {
    returned = kernel(...passed, last);
  } catch (error) {
    keep();
    throw error;
  }
  return returned instanceof Promise ? returned.then(finish) : finish(returned);
}

/** What the kernel wrote into its arguments, it wrote into those of its caller. */
function writeBack({ half, own, before }: Decoded, { write }: HalfCodec): void {
  own.data.forEach((value, i) => {
    if (!Object.is(value, before[i])) half.data[i] = write(value);
  });
}

/** The bits of memory that a kernel gives twice are the same memory. */
const bitsOf = new WeakMap<ArrayBufferLike, Uint16Array>();

/** What is no tensor of float32 stays what it is. */
function encoded(
  returned: unknown,
  { write }: HalfCodec,
  format: HalfFormat,
  decoded: readonly Decoded[],
): unknown {
  const { shape, data } = (returned ?? {}) as Partial<Tensor>;
  if (shape === undefined || !isFloatArray(data) || formatOf(data) !== 'float32') return returned;
  const argument = decoded.find(({ own }) => own.data.buffer === data.buffer);
  if (argument !== undefined) return { shape, data: argument.half.data, dtype: format };
  const before = bitsOf.get(data.buffer);
  const bits = before?.length === data.length ? before : new Uint16Array(data.length);
  bitsOf.set(data.buffer, bits);
  data.forEach((value, i) => (bits[i] = write(value)));
  return { shape, data: bits, dtype: format };
}
