/** Mutants that work on a lane in blocks, and are wrong of one of them. */
import { laneStart } from '../../tensor/lanes.ts';
import { formatOf, roundTo, type FloatArray } from '../../float/format.ts';
import { compensatedSum, maximum, type LaneParts } from '../host/lane-steps.ts';
import type { Steps } from '../host/host.ts';
import { withSteps } from '../host/mutate.ts';
import type { Mutant } from './mutant.ts';

/** Whether one of the whole blocks of a lane holds nothing but −∞. */
function hasMaskedBlock(x: FloatArray, size: number): boolean {
  for (let start = 0; start + size <= x.length; start += size)
    if (x.subarray(start, start + size).every((value) => value === -Infinity)) return true;
  return false;
}

/** log Σ e^x of some logits, as the sound steps have it. */
function ofBlock(sound: Steps, { place }: LaneParts, x: FloatArray): number {
  const max = maximum(x);
  const powers = x.map((value) => Math.exp(value - max)) as FloatArray;
  const sum = sound.sum(powers, place);
  return sound.logSumExp({ place, x, max, shifted: x, powers, sum, logSum: Math.log(sum) });
}

export const blockMutants: readonly Mutant[] = [
  {
    name: 'masked-block-is-nan',
    class: 'special values',
    stage: 'special values',
    change: 'logSumExp takes −∞ from −∞ in a block of 8 that is masked as a whole.',
    seen: 'flashinfer-ai/flashinfer#1178, Dao-AILab/flash-attention#1930: NaN where a slice or tile held nothing but -inf',
    isGradient: false,
    isSubtle: true,
    create: withSteps('logSumExp', (sound) => ({
      logSumExp: (parts) =>
        hasMaskedBlock(parts.x, 8) && parts.max > -Infinity ? NaN : sound.logSumExp(parts),
    })),
  },
  {
    name: 'reads-from-aligned-addresses',
    class: 'axis and stride',
    stage: 'strides',
    change:
      'softmax of 16 classes or more adds from the multiple of 4 before its lane on, which ends as much before its end.',
    seen: 'uxlfoundation/oneDNN#3501: the vectorized softmax was run where rows do not start at aligned addresses',
    isGradient: false,
    isSubtle: true,
    create: withSteps('softmax', (sound) => ({
      softmax(parts) {
        const { lanes, lane, data } = parts.place;
        const before = laneStart(lanes, lane) % 4;
        if (lanes.stride > 1 || lanes.length < 16 || before === 0) return sound.softmax(parts);
        const start = laneStart(lanes, lane) - before;
        const read = data.subarray(start, start + lanes.length);
        const sum = compensatedSum(read.map((value) => Math.exp(value - parts.max)));
        return sound.softmax({ ...parts, sum });
      },
    })),
  },
  {
    name: 'butterfly-of-48',
    class: 'width and tail',
    stage: 'tail',
    change: 'crossEntropy adds the first 32 powers of a lane of 33 to 48, by a butterfly over 48 threads.',
    seen: 'tile-ai/tilelang#2542, karpathy/llm.c#439: a reduction over a number of threads that is no power of two dropped the rest',
    isGradient: false,
    isSubtle: true,
    create: withSteps('crossEntropy', () => ({
      sum: (powers) => compensatedSum(powers.length <= 48 ? powers.subarray(0, 32) : powers),
    })),
  },
  {
    name: 'waves-added-twice',
    class: 'width and tail',
    stage: 'tail',
    change: 'softmaxBackward adds the powers of a lane of more than 256 twice.',
    seen: 'pytorch/pytorch#186229: the probabilities of wide rows summed to 0.5 where waves have 32 threads and not 64',
    isGradient: true,
    isSubtle: true,
    create: withSteps('softmaxBackward', () => ({
      sum: (powers) => compensatedSum(powers) * (powers.length > 256 ? 2 : 1),
    })),
  },
  {
    name: 'last-tile-unshifted',
    class: 'width and tail',
    stage: 'tail',
    change: 'logSoftmax does not subtract the maximum in the tile of 32 that a wider lane ends in.',
    seen: 'tenstorrent/tt-metal#51278: the last tile took exp of the input itself, all others of x − max',
    isGradient: false,
    isSubtle: true,
    create: withSteps('logSoftmax', (sound) => ({
      logSoftmax(parts) {
        const { x, powers, place } = parts;
        if (x.length <= 32) return sound.logSoftmax(parts);
        const last = x.length - (x.length % 32 || 32);
        const mixed = powers.map((power, k) => (k < last ? power : Math.exp(x[k]!))) as FloatArray;
        return sound.logSoftmax({ ...parts, logSum: Math.log(sound.sum(mixed, place)) });
      },
    })),
  },
  {
    name: 'merged-blocks-overflow',
    class: 'stability',
    stage: 'sum',
    change: 'logSumExp adds a block of 16 to those before as L + log(1 + e^(block − L)), which overflows.',
    seen: 'jzhang38/EasyContext#14: blocks of ring attention were merged by lse + log(1 + exp(block_lse − lse))',
    isGradient: false,
    isSubtle: true,
    create: withSteps('logSumExp', (sound) => ({
      logSumExp(parts) {
        const { x } = parts;
        if (x.length <= 16 || !Number.isFinite(parts.max)) return sound.logSumExp(parts);
        let merged = ofBlock(sound, parts, x.subarray(0, 16) as FloatArray);
        for (let start = 16; start < x.length; start += 16) {
          const block = ofBlock(sound, parts, x.subarray(start, start + 16) as FloatArray);
          merged =
            merged === -Infinity
              ? block
              : merged + Math.log1p(roundTo(formatOf(x), Math.exp(block - merged)));
        }
        return merged;
      },
    })),
  },
  {
    name: 'padded-with-a-low-number',
    class: 'width and tail',
    stage: 'tail',
    change: 'logSoftmaxBackward pads a lane to a multiple of 8 with −10,000, and takes it for logits.',
    seen: 'ohdearquant/lattice#373: padding was −10,000, which won where all valid scores were lower',
    isGradient: true,
    isSubtle: true,
    create: withSteps('logSoftmaxBackward', (sound) => ({
      softmax(parts) {
        const { x, place } = parts;
        const padding = Array.from({ length: (8 - (x.length % 8)) % 8 }, () => -10_000);
        const padded = Float64Array.of(...x, ...padding);
        const max = sound.max(padded, place);
        const sum = compensatedSum(padded.map((value) => Math.exp(value - max)));
        return x.map((value) => Math.exp(value - max) / sum) as FloatArray;
      },
    })),
  },
];
