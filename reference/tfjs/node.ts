/** tfjs-node: TensorFlow.js's public API on native TensorFlow. */
import { loadNativeTensorflow } from './native-tensorflow.ts';
import type { ReferenceLoader } from '../reference.ts';
import { publicApiImplementation } from './public-api.ts';

export const tfjsNode: ReferenceLoader = {
  name: 'tfjs-node',
  embedded: false,
  async load(options) {
    const loaded = await loadNativeTensorflow();
    if (loaded.kind === 'missing') return loaded;
    const { tf, version, engine } = loaded.native;
    const names = { name: 'tfjs-node', backend: 'tensorflow', version, engine } as const;
    return { kind: 'available', implementation: publicApiImplementation(tf, names, options) };
  },
};
