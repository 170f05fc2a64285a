/** tfjs-webgpu: TensorFlow.js's kernels as shaders of WebGPU, in a Chromium that computes in software. */
import type { Case } from '../../src/case/case.ts';
import { laneStart, lanesOf } from '../../src/tensor/lanes.ts';
import { available, type Reference } from '../reference.ts';
import { loadInBrowser, shaderArithmetic } from './in-browser.ts';
import { publicApi } from './public-api.ts';
import { browserScript, webgpuPackage } from './script.ts';

/**
 * WGSL lets a shader assume that there are no NaNs (§15.7), and a lane with one, or with +∞, or of −∞ alone,
 * is due a NaN.
 */
function whyNaN(c: Case): string | null {
  const lanes = lanesOf(c.logits.shape, c.axis);
  for (let lane = 0; lane < lanes.count && lanes.length > 0; lane++) {
    let max = -Infinity;
    for (let k = 0, at = laneStart(lanes, lane); k < lanes.length; k++, at += lanes.stride)
      max = Math.max(max, c.logits.data[at]!);
    if (!Number.isFinite(max)) return 'WGSL lets a shader assume that there is no NaN';
  }
  return null;
}

/** Each lane is a group of 64 invocations, which SwiftShader takes one after the other. */
const lanesMax = 16_384;

function whySlow({ logits, axis }: Case): string | null {
  return lanesOf(logits.shape, axis).count > lanesMax
    ? `more than ${lanesMax} lanes take seconds in software`
    : null;
}

export const tfjsWebgpu: Reference = {
  ...publicApi,
  name: 'tfjs-webgpu',
  embedded: false,
  isDefault: false,
  declines: (c) => publicApi.declines(c) ?? whySlow(c) ?? whyNaN(c),
  arithmetic: shaderArithmetic,
  plainLoopBackend: null,
  setUp: null,
  package: webgpuPackage,
  script: browserScript,
  async load({ outside } = {}) {
    const loaded = await loadInBrowser('webgpu', outside);
    if (loaded.kind === 'missing') return loaded;
    const { engine, run, dispose } = loaded.implementation;
    const { version } = loaded;
    return available(tfjsWebgpu, { version, ...(engine === undefined ? {} : { engine }), run, dispose });
  },
};
