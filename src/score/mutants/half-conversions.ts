/** Mutants whose conversion between bits and numbers is wrong; what is between is float32, and right. */
import { halfFacts, halfFormats } from '../../float/format.ts';
import { withHalf, type Half } from '../host/mutate-halves.ts';
import type { HalfCodec } from '../host/in-halves.ts';
import { halfMutants, type Mutant } from './mutant.ts';

/** Toward zero, as where the low bits are shifted out. */
export function truncate(value: number, { round, encode, decode, largestFinite }: Half): number {
  if (!Number.isFinite(value)) return value;
  const nearest = round(value);
  if (Math.abs(nearest) === Infinity) return Math.sign(value) * largestFinite;
  return Math.abs(nearest) > Math.abs(value) ? decode(encode(nearest) - 1) : nearest;
}

/** The numbers of the half on either side, the one nearer to zero first. */
function neighbours(value: number, half: Half): readonly [number, number] {
  const below = truncate(value, half);
  if (below === value || !Number.isFinite(value)) return [below, below];
  const bits = half.encode(below === 0 && value < 0 ? -0 : below);
  return [below, half.decode(bits + 1)];
}

/** A bit of the float32 that says nothing of its size. */
function isOdd(value: number): boolean {
  const [bits] = new Uint32Array(Float32Array.of(value).buffer);
  return ((Math.imul(bits!, 0x9e3779b1) >>> 15) & 1) === 1;
}

function writing(of: (value: number, half: Half) => number): {
  codec: (sound: HalfCodec, half: Half) => Partial<HalfCodec>;
} {
  return { codec: (sound, half) => ({ write: (value) => sound.write(of(value, half)) }) };
}

function otherOf({ format }: Half): Half {
  const other = format === 'float16' ? 'bfloat16' : 'float16';
  return { format: other, ...halfFacts(other) };
}

const isSubnormal = (value: number, { smallestNormal }: Half): boolean => Math.abs(value) < smallestNormal;

export const halfConversionMutants: readonly Mutant[] = halfMutants([
  {
    name: 'result-truncated',
    class: 'precision',
    stage: null,
    change: 'softmax drops the low bits of its results instead of rounding them.',
    seen: 'tenstorrent/tt-metal#27171: float32 became bfloat16 by dropping 16 bits, too small by a step',
    formats: halfFormats,
    inaccurateIn: halfFormats,
    create: withHalf('softmax', writing(truncate)),
  },
  {
    name: 'result-rounded-away',
    class: 'precision',
    stage: null,
    change: 'logSoftmaxBackward rounds its results away from zero.',
    seen: 'none found',
    formats: halfFormats,
    inaccurateIn: halfFormats,
    create: withHalf(
      'logSoftmaxBackward',
      writing((value, half) => neighbours(value, half)[1]),
    ),
  },
  {
    name: 'result-rounded-at-random',
    class: 'precision',
    stage: null,
    change: 'logSumExp rounds its results up or down by a bit that says nothing of which is nearer.',
    seen: 'none found',
    formats: halfFormats,
    inaccurateIn: halfFormats,
    create: withHalf(
      'logSumExp',
      writing((value, half) => neighbours(value, half)[isOdd(value) ? 1 : 0]),
    ),
  },
  {
    name: 'carry-lost-in-rounding',
    class: 'precision',
    stage: null,
    change: 'logSumExp rounds up to a power of two without the carry into the exponent.',
    seen: 'none found',
    formats: halfFormats,
    create: withHalf(
      'logSumExp',
      writing((value, half) => {
        const nearest = half.round(value);
        const isPower = Math.log2(Math.abs(nearest)) % 1 === 0;
        return isPower && Math.abs(nearest) > Math.abs(value) ? nearest / 2 : nearest;
      }),
    ),
  },
  {
    name: 'nan-carries-into-the-sign',
    class: 'special values',
    stage: 'special values',
    change: 'softmax adds 0x7fff to the bits of a NaN that has all of them, which makes it −0.',
    seen: 'stillwater-sc/universal#1133: a conversion to bfloat16 that is wrong at its edges',
    formats: ['bfloat16'],
    create: withHalf(
      'softmax',
      writing((value) => (Number.isNaN(value) ? -0 : value)),
    ),
  },
  {
    name: 'nan-becomes-infinity',
    class: 'special values',
    stage: 'special values',
    change: 'logSoftmax drops the payload of a NaN with its low bits, which makes it ∞.',
    seen: 'tenstorrent/tt-metal#26123: NaN and infinities were broken by a new rounding to bfloat16',
    formats: halfFormats,
    create: withHalf(
      'logSoftmax',
      writing((value) => (Number.isNaN(value) ? Infinity : value)),
    ),
  },
  {
    name: 'largest-instead-of-infinity',
    class: 'special values',
    stage: null,
    change: 'logSoftmax gives 65,504 where a result is beyond it.',
    seen: 'none found',
    formats: ['float16'],
    create: withHalf(
      'logSoftmax',
      writing((value, half) =>
        Number.isFinite(value) && !Number.isFinite(half.round(value)) ? truncate(value, half) : value,
      ),
    ),
  },
  {
    name: 'infinity-from-the-largest-on',
    class: 'special values',
    stage: null,
    change: 'logSumExp gives ∞ for all that is above 65,504, where from 65,520 on it is due.',
    seen: 'none found',
    formats: ['float16'],
    inaccurateIn: ['float16'],
    create: withHalf(
      'logSumExp',
      writing((value, { largestFinite }) => (value > largestFinite ? Infinity : value)),
    ),
  },
  {
    name: 'subnormal-results-flushed',
    class: 'precision',
    stage: 'flushing',
    change: 'softmax makes 0 of results below 2^-14, and does not declare it.',
    seen: 'none found',
    formats: ['float16'],
    create: withHalf(
      'softmax',
      writing((value, half) => (isSubnormal(value, half) ? 0 : value)),
    ),
  },
  {
    name: 'subnormal-gradients-flushed',
    class: 'gradient',
    stage: 'flushing',
    change: 'crossEntropyBackward makes 0 of results below 2^-14, and does not declare it.',
    seen: 'none found',
    formats: ['float16'],
    create: withHalf(
      'crossEntropyBackward',
      writing((value, half) => (isSubnormal(value, half) ? 0 : value)),
    ),
  },
  {
    name: 'subnormals-read-as-zero',
    class: 'gradient',
    stage: null,
    change: 'logSumExpBackward reads a number below 2^-14 as 0, and does not declare it.',
    seen: 'none found',
    formats: ['float16'],
    create: withHalf('logSumExpBackward', {
      codec: ({ read }, half) => ({
        read: (bits) => (isSubnormal(read(bits), half) ? 0 : read(bits)),
      }),
    }),
  },
  {
    name: 'subnormal-results-truncated',
    class: 'precision',
    stage: null,
    change: 'softmaxBackward shifts out the bits of a result below 2^-14 instead of rounding them.',
    seen: 'none found',
    formats: ['float16'],
    inaccurateIn: ['float16'],
    create: withHalf(
      'softmaxBackward',
      writing((value, half) => (isSubnormal(value, half) ? truncate(value, half) : value)),
    ),
  },
  {
    name: 'sign-lost-below-the-normals',
    class: 'gradient',
    stage: null,
    change: 'softmaxBackward loses the sign of a result below 2^-14.',
    seen: 'none found',
    formats: ['float16'],
    create: withHalf(
      'softmaxBackward',
      writing((value, half) => (isSubnormal(value, half) ? Math.abs(value) : value)),
    ),
  },
  {
    name: 'read-as-the-other-half',
    class: 'call and memory',
    stage: 'arguments',
    change: 'logSumExp reads the bits of float16 as bfloat16, and those of bfloat16 as float16.',
    seen: 'none found',
    formats: halfFormats,
    create: withHalf('logSumExp', { codec: (_, half) => ({ read: otherOf(half).decode }) }),
  },
  {
    name: 'written-as-the-other-half',
    class: 'call and memory',
    stage: null,
    change: 'logSumExpBackward writes the bits of the other half than it is asked in.',
    seen: 'none found',
    formats: halfFormats,
    create: withHalf('logSumExpBackward', { codec: (_, half) => ({ write: otherOf(half).encode }) }),
  },
  {
    name: 'result-through-bfloat16',
    class: 'precision',
    stage: null,
    change: 'softmax rounds its results to bfloat16 first.',
    seen: 'none found',
    formats: ['float16'],
    inaccurateIn: ['float16'],
    create: withHalf(
      'softmax',
      writing((value, half) => otherOf(half).round(value)),
    ),
  },
  {
    name: 'result-through-float16',
    class: 'gradient',
    stage: null,
    change: 'crossEntropyBackward has its results in float16 on the way, where small ones are lost.',
    seen: 'none found',
    formats: ['bfloat16'],
    create: withHalf(
      'crossEntropyBackward',
      writing((value, half) => otherOf(half).round(value)),
    ),
  },
  {
    name: 'logits-through-float16',
    class: 'stability',
    stage: null,
    change: 'softmax reads logits by way of float16, where those beyond 65,504 are ∞.',
    seen: 'none found',
    formats: ['bfloat16'],
    create: withHalf('softmax', {
      codec: ({ read }, half) => ({ read: (bits) => otherOf(half).round(read(bits)) }),
    }),
  },
]);
