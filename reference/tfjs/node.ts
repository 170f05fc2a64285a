/** tfjs-node: TensorFlow.js's public API on native TensorFlow. */
import { setupTfjsNode } from '../../src/provision/setup-tfjs-node.ts';
import { available, type Reference } from '../reference.ts';
import { loadNativeTensorflow } from './native-tensorflow.ts';
import { publicApi, runPublicApi } from './public-api.ts';
import { nodePackage, publicApiScript } from './script.ts';

export const tfjsNode: Reference = {
  ...publicApi,
  name: 'tfjs-node',
  embedded: false,
  isDefault: true,
  plainLoopBackend: 'tensorflow',
  setUp: setupTfjsNode,
  package: nodePackage,
  script: publicApiScript,
  async load(options) {
    const loaded = await loadNativeTensorflow();
    if (loaded.kind === 'missing') return loaded;
    const { tf, version, engine } = loaded.native;
    return available(tfjsNode, { version, engine, run: runPublicApi(tf, 'tensorflow', options) });
  },
};
