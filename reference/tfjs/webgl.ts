/** tfjs-webgl: TensorFlow.js's kernels as shaders of WebGL, in a Chromium that computes in software. */
import { available, type Reference } from '../reference.ts';
import { loadInBrowser, shaderArithmetic } from './in-browser.ts';
import { publicApi } from './public-api.ts';
import { browserScript, webglPackage } from './script.ts';

export const tfjsWebgl: Reference = {
  ...publicApi,
  name: 'tfjs-webgl',
  embedded: false,
  isDefault: false,
  arithmetic: shaderArithmetic,
  plainLoopBackend: null,
  setUp: null,
  package: webglPackage,
  script: browserScript,
  async load({ outside } = {}) {
    const loaded = await loadInBrowser('webgl', outside);
    if (loaded.kind === 'missing') return loaded;
    const { engine, run, dispose } = loaded.implementation;
    const { version } = loaded;
    return available(tfjsWebgl, { version, ...(engine === undefined ? {} : { engine }), run, dispose });
  },
};
