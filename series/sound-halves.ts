/**
 * Sound kernels of halves, at each level: those of examples/sound-kernels with float32 or float64 inside and
 * one rounding (fused), with each stored value rounded and sums in float32 (composed), and with sums in the
 * half (storage). Each declares its level, or nothing.
 */
import { soundKernels } from '../examples/sound-kernels/all.ts';
import { kernelSet, kernelSetOf } from '../examples/sound-kernels/kernel-set.ts';
import { pairwise, sequential, type Recipe } from '../examples/sound-kernels/recipe.ts';
import type { Arithmetic, HalfLevel, SubjectModule } from '../src/contract/subject.ts';
import { halfFacts, type HalfFormat } from '../src/float/format.ts';
import { soundCodec, takingHalves, type HalfCodec } from '../src/score/host/in-halves.ts';
import type { Implementation } from '../src/subjects/implementation.ts';
import { subjectImplementation } from '../src/subjects/subject-implementation.ts';

export interface SoundHalf {
  readonly name: string;
  /** Declared; null where nothing is. */
  readonly level: HalfLevel | null;
  /** Said to be inaccurate never: it is within the careful bound of what it declares. */
  readonly isCareful: boolean;
  readonly implementation: Implementation;
}

type Round = (value: number) => number;

/** The kernels of a recipe of another rounding, asked with data that float32 holds. */
function computing(
  name: string,
  recipeFrom: (make: (round: Round, smallestNormal: number) => Recipe) => Recipe,
): SubjectModule {
  const set = kernelSetOf(soundKernels.find((kernels) => kernels.name === name)!);
  if (set === null) throw new Error(`${name} is made of no recipe`);
  return kernelSet({ ...set, recipe: () => recipeFrom(set.recipe) });
}

interface Way {
  readonly level: HalfLevel | null;
  readonly arithmetic?: Arithmetic;
  readonly isCareful: boolean;
  readonly kernelsOf: (format: HalfFormat) => SubjectModule;
  readonly codecOf?: (sound: HalfCodec, format: HalfFormat) => HalfCodec;
}

function made(
  name: string,
  { level, arithmetic, isCareful, kernelsOf, codecOf = (sound) => sound }: Way,
): SoundHalf {
  const taking = takingHalves(kernelsOf('float16'), (format) => ({
    kernels: kernelsOf(format),
    codec: codecOf(soundCodec(format), format),
  }));
  const declared = { ...taking.arithmetic, ...(level === null ? {} : { halves: level }), ...arithmetic };
  const module = { ...taking, name, arithmetic: declared };
  return { name, level, isCareful, implementation: subjectImplementation(module, { name }) };
}

/** Float32 inside, and one rounding. */
function fused(name: string, isCareful: boolean, level: HalfLevel | null = null): SoundHalf {
  const module = soundKernels.find((kernels) => kernels.name === name)!;
  return made(`fused ${name}`, { level, isCareful, kernelsOf: () => module });
}

/** A sum that the half would not hold stays in float32: §20 calls one that overflows wrong. */
function storedUnlessInfinite(round: Round): Round {
  return (value) => (Number.isFinite(round(value)) ? round(value) : value);
}

function composed(name: string, isCareful: boolean): SoundHalf {
  return made(`composed ${name}`, {
    level: 'composed',
    isCareful,
    kernelsOf(format) {
      const { round, smallestNormal } = halfFacts(format);
      const add = (isCareful ? pairwise : sequential)(Math.fround);
      const stored = storedUnlessInfinite(round);
      return computing(name, (make) => {
        const recipe = make(round, smallestNormal);
        const sum = (terms: Float64Array): number => stored(add(terms));
        return {
          ...recipe,
          sum,
          dot: (a, b) => sum(a.map((value, k) => recipe.round(value * b[k]!))),
        };
      });
    },
  });
}

function storage(name: string, isCareful: boolean): SoundHalf {
  return made(`storage ${name}`, {
    level: 'storage',
    isCareful,
    kernelsOf(format) {
      const { round, smallestNormal } = halfFacts(format);
      return computing(name, (make) => {
        const recipe = make(round, smallestNormal);
        const sum = pairwise(round);
        return { ...recipe, sum, dot: (a, b) => sum(a.map((value, k) => round(value * b[k]!))) };
      });
    },
  });
}

const flushed =
  (format: HalfFormat): Round =>
  (value) =>
    Math.abs(value) < halfFacts(format).smallestNormal ? 0 : value;

function flushing(level: HalfLevel | null): SoundHalf {
  return made(`flushing ${level ?? 'undeclared level'}`, {
    level,
    arithmetic: { flushesSubnormals: true },
    isCareful: level !== 'fused',
    kernelsOf: (format) =>
      level === null || level === 'fused'
        ? soundKernels.find(({ name }) => name === 'pairwise')!
        : computing('flush-to-zero', (make) => {
            const { round, smallestNormal } = halfFacts(format);
            const recipe = make(round, smallestNormal);
            const inner = pairwise(level === 'composed' ? Math.fround : round);
            const stored = storedUnlessInfinite(round);
            const sum = (terms: Float64Array): number => flushed(format)(stored(inner(terms)));
            return {
              ...recipe,
              sum,
              dot: (a, b) => sum(a.map((value, k) => recipe.round(value * b[k]!))),
            };
          }),
    codecOf: ({ read, write }, format) => ({
      read: (bits) => flushed(format)(read(bits)),
      write: (value) => write(flushed(format)(halfFacts(format).round(value))),
    }),
  });
}

/** One rounding that is another than to the nearest even: no bound tells them apart. */
const roundings: Readonly<Record<string, (value: number, format: HalfFormat) => number>> = {
  'ties away': (value, format) =>
    nearest(value, format, (below, above) => (Math.abs(above) > Math.abs(below) ? above : below)),
  'ties up': (value, format) => nearest(value, format, Math.max),
  'no minus 0': (value, format) => halfFacts(format).round(value) || (Number.isNaN(value) ? value : 0),
};

function nearest(value: number, format: HalfFormat, tie: (below: number, above: number) => number): number {
  const { round } = halfFacts(format);
  if (!Number.isFinite(round(value))) return round(value);
  const [a, b] = [round(value * (1 - 2 ** -30)), round(value * (1 + 2 ** -30))];
  return a !== b && Math.abs(value - a) === Math.abs(b - value) ? tie(a, b) : round(value);
}

function rounding(name: string, round: (value: number, format: HalfFormat) => number): SoundHalf {
  const module = soundKernels.find((kernels) => kernels.name === 'pairwise')!;
  return made(`fused, ${name}`, {
    level: null,
    isCareful: true,
    kernelsOf: () => module,
    codecOf: ({ read, write }, format) => ({ read, write: (value) => write(round(value, format)) }),
  });
}

/** Float64 inside: its float32 answers are the float64 ones rounded. */
function inFloat64(name: string): SoundHalf {
  return made(`float64 ${name}`, {
    level: 'fused',
    isCareful: true,
    kernelsOf: () => computing(name, (make) => make((value) => value, 2 ** -1022)),
  });
}

/** A loss in float32, of halves. */
function lossInFloat32(): SoundHalf {
  const module = soundKernels.find((kernels) => kernels.name === 'pairwise')!;
  const wide: SubjectModule = {
    ...module,
    crossEntropy(...args) {
      const { shape, data } = module.crossEntropy!(...args) as {
        shape: readonly number[];
        data: Float32Array;
      };
      return { shape, data: Float64Array.from(data) };
    },
  };
  const { implementation, ...rest } = made('loss in float32', {
    level: null,
    arithmetic: { lossDtype: 'float32' },
    isCareful: true,
    kernelsOf: () => wide,
  });
  const taking = takingHalves(wide);
  const crossEntropy: NonNullable<SubjectModule['crossEntropy']> = (...args) => {
    const { shape, data } = taking.crossEntropy!(...args) as { shape: readonly number[]; data: Float64Array };
    return { shape, data: Float32Array.from(data) };
  };
  const own = { ...taking, name: implementation.name, arithmetic: implementation.arithmetic, crossEntropy };
  return { ...rest, implementation: subjectImplementation(own, { name: implementation.name }) };
}

const careful = ['pairwise', 'kahan', 'sixteen-trees', 'wide-accumulator', 'unnormalised', 'chained'];
const others = [
  'naive-sequential',
  'simd-lanes',
  'online-one-pass',
  'mantissa-exponent',
  'table-exp',
  'reciprocal',
  'transposed-copy',
  'exp2',
  'through-the-log',
  'guard-bit',
  'base-two',
  'tiles-online',
  'newton-reciprocal',
  'one-signed',
  'two-signed',
  'log1p',
  'early-cut-off',
  'fused',
];

export const soundHalves: readonly SoundHalf[] = [
  ...careful.map((name) => fused(name, true)),
  ...others.map((name) => fused(name, false)),
  fused('pairwise', true, 'fused'),
  fused('naive-sequential', false, 'fused'),
  fused('through-the-log', false, 'fused'),
  ...['pairwise', 'through-the-log', 'exp2'].map(inFloat64),
  ...Object.entries(roundings).map(([name, round]) => rounding(name, round)),
  lossInFloat32(),
  ...['pairwise', 'unnormalised', 'chained', 'fused'].map((name) => composed(name, true)),
  ...['naive-sequential', 'reciprocal', 'exp2', 'through-the-log', 'log1p'].map((name) =>
    composed(name, false),
  ),
  ...['pairwise', 'unnormalised'].map((name) => storage(name, true)),
  ...['reciprocal', 'exp2', 'through-the-log'].map((name) => storage(name, false)),
  ...[null, 'fused', 'composed', 'storage'].map((level) => flushing(level as HalfLevel | null)),
];
