/** Where tfjs-wasm answers with memory that nobody wrote. */
import { wasmAlone } from './in-common.ts';
import type { LedgerEntry } from './entry.ts';
import { reducesNothing } from './lanes-behind.ts';
import { valueDivergence } from './near-miss.ts';
import { conductDivergence } from '../../src/case/verdict.ts';
import { smallCase } from './small-case.ts';

const unwritten = {
  oracles: ['conduct', 'exact', 'gradient', 'differential'],
  severities: ['wrong', 'inaccurate'],
  symptoms: ['printed', 'not-repeatable', 'nan', 'inf', 'sign', 'zero', 'ulps'],
} as const;

const scalarSoftmax: LedgerEntry = {
  id: 'unwritten-scalar-softmax',
  stage: 'state',
  title: 'softmax of a scalar returns memory that was never written (tfjs-wasm)',
  affects: wasmAlone,
  covers: { ...unwritten, kernels: ['softmax/forward'] },
  when: 'The rank is 0.',
  concerns: (c) => c.logits.shape.length === 0,
  smallest: smallCase({ kernel: 'softmax/forward', shape: [], logits: [0], checks: ['repeat'] }),
  shown: { element: 0, exact: 1 },
  given: { 'tfjs-wasm': { kind: 'unwritten' } },
  cause:
    '`softmax` in `tfjs-backend-wasm/src/kernels/Softmax.ts` takes `logits.shape[dim]` for the number of channels, which is ' +
    '`undefined` for a scalar and reaches XNNPACK as 0. `xnn_create_softmax_nc_f32` refuses it; `src/cc/kernels/Softmax.cc` ' +
    'prints a line and goes on, and the output is the heap as it was.',
  workaround: 'The softmax of a scalar is 1: reshape to [1] first.',
  snippet: {
    on: 'tfjs-wasm',
    code: `tf.fill([1], 42).dispose(); // what the next output finds in the heap
const got = tf.softmax(tf.scalar(0)).arraySync();
console.log(got === 1); // the softmax of one class is 1
process.exitCode = got === 1 ? 0 : 1;`,
    prints: 'false',
  },
  nearMiss: {
    case: smallCase({ kernel: 'softmax/forward', shape: [1], logits: [0], checks: ['repeat'] }),
    blame: 'tfjs-wasm',
    version: '4.22.0',
    divergence: conductDivergence('not-repeatable', 'the same call gave other bits'),
    because: 'a shape of [1] has one channel, which XNNPACK takes',
  },
};

const emptyReduction: LedgerEntry = {
  id: 'unwritten-reduction',
  stage: 'state',
  title: 'logSumExp and losses of an empty tensor return memory that was never written (tfjs-wasm)',
  affects: wasmAlone,
  covers: { ...unwritten, kernels: ['logSumExp/forward', 'crossEntropy/forward'] },
  when: 'There are no logits, and the output has elements: a lane of no classes, or a sum over no positions.',
  concerns: (c) => reducesNothing(c),
  smallest: smallCase({ kernel: 'logSumExp/forward', shape: [0], logits: [], checks: ['repeat'] }),
  shown: { element: 0, exact: '-Infinity' },
  given: { 'tfjs-wasm': { kind: 'unwritten' } },
  cause:
    '`max` and `sum` in `tfjs-backend-wasm/src/kernels/Max.ts` and `Sum.ts` make an output, and call the kernel that fills it ' +
    'only where the *input* has elements. Where that is empty and the output is not, it stays as the heap was.',
  workaround:
    'Ask for `tensor.size` first: the log of an empty sum is −∞, the sum of no losses 0, and their mean NaN.',
  snippet: {
    on: 'tfjs-wasm',
    code: `tf.fill([1], 42).dispose(); // what the next output finds in the heap
const got = tf.logSumExp(tf.zeros([0])).arraySync();
console.log(got === -Infinity); // the log of an empty sum is -Infinity
process.exitCode = got === -Infinity ? 0 : 1;`,
    prints: 'false',
  },
  nearMiss: {
    case: smallCase({ kernel: 'logSumExp/forward', shape: [1], logits: [0] }),
    blame: 'tfjs-wasm',
    version: '4.22.0',
    divergence: valueDivergence('ulps', { got: -93.1, exact: 0 }),
    because: 'the axis has an element, so that the output is written',
  },
};

export const memoryEntries: readonly LedgerEntry[] = [scalarSoftmax, emptyReduction];
