/** tfjs-cpu: TensorFlow.js's kernels in plain JavaScript, on float32 arrays with float64 arithmetic in between. */
import { publicApiImplementation } from './public-api.ts';
import type { ReferenceLoader } from '../reference.ts';
import { initialiseBackend, loadQuietly, loadTfjsCore, quietly } from './module.ts';

export const tfjsCpu: ReferenceLoader = {
  name: 'tfjs-cpu',
  embedded: true,
  async load(options) {
    const tf = loadTfjsCore();
    const { version_cpu: version } = loadQuietly<{ version_cpu: string }>('@tensorflow/tfjs-backend-cpu');
    await initialiseBackend(tf, 'cpu');
    quietly(() => tf.scalar(0).dispose()); // its first use prints advice, once a process
    const engine = `JavaScript (V8 ${process.versions.v8})`;
    return {
      kind: 'available',
      implementation: publicApiImplementation(
        tf,
        { name: 'tfjs-cpu', backend: 'cpu', version, engine },
        options,
      ),
    };
  },
};
