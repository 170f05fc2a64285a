/** Mutants that declare how they compute on halves, and are worse; and such as answer in no half. */
import type { SubjectModule } from '../../contract/subject.ts';
import { halfFormats, type FloatArray } from '../../float/format.ts';
import { type HalfTensor, type Tensor, floatsOf } from '../../tensor/tensor.ts';
import { sequentialSum } from '../host/half-steps.ts';
import { withHalf } from '../host/mutate-halves.ts';
import { truncate } from './half-conversions.ts';
import { halfMutants, type Mutant } from './mutant.ts';

type AnyKernel = (...args: readonly unknown[]) => unknown;

/** The host with an answer to halves made another; what it answers in native formats stays. */
function answering(
  kernel: 'softmax' | 'logSumExp' | 'crossEntropy',
  create: () => SubjectModule,
  of: (answer: HalfTensor) => unknown,
): () => SubjectModule {
  return () => {
    const module = create();
    const own = module[kernel] as AnyKernel;
    const changed: AnyKernel = (...args) => {
      const answer = own(...args) as HalfTensor | Tensor;
      return 'dtype' in answer ? of(answer) : answer;
    };
    return { ...module, [kernel]: changed };
  };
}

function inFloat32(tensor: HalfTensor): Tensor {
  return { shape: tensor.shape, data: floatsOf(tensor) };
}

export const halfDeclaredMutants: readonly Mutant[] = halfMutants([
  {
    name: 'composed-with-sums-in-the-half',
    class: 'precision',
    stage: 'sum',
    change: 'softmax declares composed arithmetic, and adds the powers one after the other in the half.',
    seen: 'none found',
    formats: halfFormats,
    create: withHalf('softmax', {
      level: 'composed',
      arithmetic: { halves: 'composed' },
      steps: (_, { round }) => ({ sum: sequentialSum(round) }),
    }),
  },
  {
    name: 'storage-with-a-stuck-sum',
    class: 'precision',
    stage: 'sum',
    change: 'logSumExp declares sums in the half, and adds the powers one after the other.',
    seen: 'none found',
    formats: halfFormats,
    create: withHalf('logSumExp', {
      level: 'storage',
      arithmetic: { halves: 'storage' },
      steps: (_, { round }) => ({ sum: sequentialSum(round) }),
    }),
  },
  {
    name: 'composed-without-a-shift',
    class: 'stability',
    stage: 'shift',
    change: 'logSoftmax declares composed arithmetic, and does not subtract the maximum.',
    seen: 'none found',
    formats: halfFormats,
    create: withHalf('logSoftmax', {
      level: 'composed',
      arithmetic: { halves: 'composed' },
      steps: () => ({ max: () => 0 }),
    }),
  },
  {
    name: 'composed-and-truncating',
    class: 'precision',
    stage: null,
    change: 'softmaxBackward declares composed arithmetic, and drops low bits of all that it stores.',
    seen: 'none found',
    formats: halfFormats,
    create: withHalf('softmaxBackward', {
      level: 'composed',
      arithmetic: { halves: 'composed' },
      steps: (_, half) => ({
        shift: (x, max) => truncate(x - max, half),
        exp: (z) => truncate(Math.exp(z), half),
        softmax: ({ powers, sum }) => powers.map((power) => truncate(power / sum, half)) as FloatArray,
      }),
      codec: ({ write }, half) => ({ write: (value) => write(truncate(value, half)) }),
    }),
  },
  {
    name: 'storage-without-a-rest-of-8',
    class: 'width and tail',
    stage: 'tail',
    change: 'softmaxBackward declares sums in the half, and adds whole vectors of 8 without the rest.',
    seen: 'none found',
    formats: halfFormats,
    create: withHalf('softmaxBackward', {
      level: 'storage',
      arithmetic: { halves: 'storage' },
      steps: (sound) => ({
        sum: (powers, place) => sound.sum(powers.subarray(0, powers.length & -8), place),
      }),
    }),
  },
  {
    name: 'fused-and-stored-on-the-way',
    class: 'precision',
    stage: null,
    change: 'softmax declares float32 inside, and stores all on the way in the half.',
    seen: 'none found',
    formats: halfFormats,
    create: withHalf('softmax', { level: 'composed', arithmetic: { halves: 'fused' } }),
  },
  {
    name: 'flushes-normal-numbers',
    class: 'precision',
    stage: 'flushing',
    change: 'softmax declares that it flushes subnormals, and makes 0 of all below 2^-11.',
    seen: 'none found',
    formats: ['float16'],
    create: withHalf('softmax', {
      arithmetic: { flushesSubnormals: true },
      codec: ({ write }) => ({ write: (value) => write(Math.abs(value) < 2 ** -11 ? 0 : value) }),
    }),
  },
  {
    name: 'loss-rounded-on-the-way',
    class: 'precision',
    stage: 'reduction',
    change: 'crossEntropy declares a loss in float32, and rounds it to the half on the way.',
    seen: 'Modalities/modalities#464: a loss of about 36 was rounded to a grid of 0.25',
    formats: halfFormats,
    create: answering(
      'crossEntropy',
      withHalf('crossEntropy', { arithmetic: { lossDtype: 'float32' } }),
      inFloat32,
    ),
  },
  {
    name: 'answers-in-float32',
    class: 'conduct',
    stage: 'conduct',
    change: 'softmax answers halves in float32.',
    seen: 'none found',
    formats: halfFormats,
    create: answering('softmax', withHalf('softmax', {}), inFloat32),
  },
  {
    name: 'answers-without-a-dtype',
    class: 'conduct',
    stage: 'conduct',
    change: 'logSumExp answers halves in bits, and does not say of what.',
    seen: 'none found',
    formats: halfFormats,
    create: answering('logSumExp', withHalf('logSumExp', {}), ({ shape, data }) => ({ shape, data })),
  },
  {
    name: 'answers-in-the-other-half',
    class: 'conduct',
    stage: 'conduct',
    change: 'crossEntropy answers float16 in bfloat16, and bfloat16 in float16.',
    seen: 'none found',
    formats: halfFormats,
    create: answering('crossEntropy', withHalf('crossEntropy', {}), ({ shape, data, dtype }) => ({
      shape,
      data,
      dtype: dtype === 'float16' ? 'bfloat16' : 'float16',
    })),
  },
]);
