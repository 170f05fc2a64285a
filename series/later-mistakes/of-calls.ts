/** Later mistakes in how a kernel takes its arguments, what it keeps, and what it does beside its values. */
import type { FloatArray } from '../../src/float/format.ts';
import { withKernel } from '../../src/score/host/mutate.ts';
import type { LaterMistake } from './later-mistake.ts';

export const laterMistakesOfCalls: readonly LaterMistake[] = [
  {
    name: 'gradient-added-to-the-last',
    stage: 'state',
    change: 'crossEntropyBackward adds its answer to the last one of so many elements.',
    create: withKernel('crossEntropyBackward', (sound) => {
      const last = new Map<number, FloatArray>();
      return (logits, target, dy, options) => {
        const { shape, data } = sound.crossEntropyBackward(logits, target, dy, options);
        const before = last.get(data.length);
        const sum = before === undefined ? data : (data.map((g, i) => g + before[i]!) as FloatArray);
        last.set(data.length, data.slice() as FloatArray);
        return { shape, data: sum };
      };
    }),
  },
  {
    name: 'maximum-of-all-calls',
    stage: 'state',
    change: 'logSumExp gives no less than its answer to the call before of one lane.',
    create: withKernel('logSumExp', (sound) => {
      let last = -Infinity;
      return (x, options) => {
        const y = sound.logSumExp(x, options);
        if (y.data.length !== 1) return y;
        const own = y.data[0]!;
        if (own < last) y.data[0] = last;
        last = own;
        return y;
      };
    }),
  },
  {
    name: 'undefined-reduction-is-sum',
    stage: 'arguments',
    change: "crossEntropy takes a reduction that is named and undefined for 'sum'.",
    create: withKernel('crossEntropy', (sound) => (logits, target, options) => {
      const isNamed = 'reduction' in options && options.reduction === undefined;
      return sound.crossEntropy(logits, target, isNamed ? { ...options, reduction: 'sum' } : options);
    }),
  },
  {
    name: 'axis-missing-is-zero',
    stage: 'arguments',
    change: 'softmaxBackward takes axis 0 where none is given.',
    create: withKernel(
      'softmaxBackward',
      (sound) =>
        (x, dy, { axis }) =>
          sound.softmaxBackward(x, dy, { axis: axis ?? 0 }),
    ),
  },
  {
    name: 'axis-zero-is-falsy',
    stage: null,
    change: 'logSoftmax takes the last axis for axis 0, as `axis || -1` does.',
    create: withKernel(
      'logSoftmax',
      (sound) =>
        (x, { axis }) =>
          sound.logSoftmax(x, { axis: axis || -1 }),
    ),
  },
  {
    name: 'sorts-its-input',
    stage: 'conduct',
    change: 'logSumExp sorts the logits of one lane, where they are, to add up from the smallest.',
    create: withKernel('logSumExp', (sound) => (x, options) => {
      if (x.shape.length === 1) x.data.sort();
      return sound.logSumExp(x, options);
    }),
  },
  {
    name: 'ones-squeezed-from-the-shape',
    stage: 'conduct',
    change: 'softmaxBackward leaves sizes of 1 out of the shape of its answer.',
    create: withKernel('softmaxBackward', (sound) => (x, dy, options) => {
      const { shape, data } = sound.softmaxBackward(x, dy, options);
      return { shape: shape.filter((size) => size !== 1), data };
    }),
  },
  {
    name: 'throws-on-one-class',
    stage: 'conduct',
    change: 'logSoftmax throws where a lane has one class, of which it sees no use.',
    create: withKernel('logSoftmax', (sound) => (x, options) => {
      if (x.shape.length > 0 && x.shape.at(options.axis ?? -1) === 1)
        throw new Error('one class is no choice');
      return sound.logSoftmax(x, options);
    }),
  },
];
