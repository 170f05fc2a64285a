/** What entries have in common: which references, in which versions, they are about, and how those answer. */
import type { JsonNumber } from '../../src/case/json-number.ts';
import type { Answered, Coverage, LedgerEntry } from './entry.ts';

type Affects = LedgerEntry['affects'];

/** The kernels of lanes alone, without a target. */
export const laneKernels: Coverage['kernels'] = [
  'softmax/forward',
  'softmax/backward',
  'logSoftmax/forward',
  'logSoftmax/backward',
  'logSumExp/forward',
  'logSumExp/backward',
];
export const everyKernel: Coverage['kernels'] = [
  ...laneKernels,
  'crossEntropy/forward',
  'crossEntropy/backward',
  'crossEntropy/targetBackward',
];

const versions = ['4.22.0'] as const;

/** All that is composed in tfjs-core, whatever backend computes. */
export const everyBackend: Affects = {
  'tfjs-cpu': versions,
  'tfjs-wasm': versions,
  'tfjs-node': versions,
  'tfjs-webgl': versions,
  'tfjs-webgpu': versions,
};
/** Without those whose own shaders go wrong before it. */
export const outsideOfBrowsers: Affects = {
  'tfjs-cpu': versions,
  'tfjs-wasm': versions,
  'tfjs-node': versions,
};
/** The two whose kernels are shaders. */
export const shadersAlone: Affects = { 'tfjs-webgl': versions, 'tfjs-webgpu': versions };
export const webglAlone: Affects = { 'tfjs-webgl': versions };
export const webgpuAlone: Affects = { 'tfjs-webgpu': versions };
export const cpuAlone: Affects = { 'tfjs-cpu': versions };
export const wasmAlone: Affects = { 'tfjs-wasm': versions };
/** TensorFlow's own kernels, as tfjs-node 4.22.0 loads them. */
export const tensorflowAlone: Affects = { tensorflow: versions };

export function gives(value: JsonNumber): Answered {
  return { kind: 'value', value };
}

export function throws(message: string): Answered {
  return { kind: 'throws', message };
}

/** The same from each: they share the code. */
export function byEveryBackend(answered: Answered): LedgerEntry['given'] {
  return byEach(everyBackend, answered);
}

/** The same from each of those that are affected. */
export function byEach(affects: Affects, answered: Answered): LedgerEntry['given'] {
  return Object.fromEntries(Object.keys(affects).map((name) => [name, answered]));
}

/** Any wrong value, by whichever oracle that sees values. */
export const valueCoverage: Omit<Coverage, 'kernels'> = {
  oracles: ['exact', 'gradient', 'differential'],
  severities: ['wrong', 'inaccurate'],
  symptoms: ['nan', 'inf', 'sign', 'zero', 'ulps'],
};
