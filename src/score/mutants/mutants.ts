/** Every mutant. */
import * as sound from '../../kernels/index.ts';
import type { Mutant } from '../mutant.ts';
import type { Tensor } from '../../tensor/tensor.ts';

export const mutants: readonly Mutant[] = [
  {
    name: 'negative-axis-is-last',
    class: 'axis and stride',
    change: 'logSoftmaxBackward takes every negative axis for the last one.',
    seen: 'none found',
    isGradient: true,
    isSubtle: true,
    create: () => ({
      ...sound,
      logSoftmaxBackward: (x, dy, { axis = -1 }) =>
        sound.logSoftmaxBackward(x, dy, { axis: axis < 0 ? -1 : axis }),
    }),
  },
  {
    name: 'ignores-dy',
    class: 'gradient',
    change: 'logSumExpBackward returns softmax, whatever dy is.',
    seen: 'none found',
    isGradient: true,
    isSubtle: false,
    create: () => ({ ...sound, logSumExpBackward: (x, _dy, { axis = -1 }) => sound.softmax(x, { axis }) }),
  },
  {
    name: 'keeps-the-axis',
    class: 'conduct',
    change: 'logSumExp keeps the reduced axis with a size of 1 in its shape.',
    seen: 'none found',
    isGradient: false,
    isSubtle: true,
    create: () => ({
      ...sound,
      logSumExp(x, options): Tensor {
        const { data } = sound.logSumExp(x, options);
        const axis = options.axis ?? -1;
        const at = axis < 0 ? axis + x.shape.length : axis;
        return { shape: x.shape.map((size, i) => (i === at ? 1 : size)), data };
      },
    }),
  },
];
