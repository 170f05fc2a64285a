/**
 * tfjs-cpu: TensorFlow.js's kernels in plain JavaScript,
 * on float32 arrays with float64 arithmetic in between.
 */
import { available, type Reference } from '../reference.ts';
import { initialiseBackend, loadQuietly, loadTfjsCore, quietly } from './module.ts';
import { publicApi, runPublicApi } from './public-api.ts';
import { cpuPackage, publicApiScript } from './script.ts';

export const tfjsCpu: Reference = {
  ...publicApi,
  name: 'tfjs-cpu',
  embedded: true,
  isDefault: true,
  plainLoopBackend: 'cpu',
  setUp: null,
  package: cpuPackage,
  script: publicApiScript,
  async load(options) {
    const tf = loadTfjsCore();
    const { version_cpu: version } = loadQuietly<{ version_cpu: string }>('@tensorflow/tfjs-backend-cpu');
    await initialiseBackend(tf, 'cpu');
    quietly(() => tf.scalar(0).dispose()); // its first use prints advice, once a process
    const engine = `JavaScript (V8 ${process.versions.v8})`;
    return available(tfjsCpu, { version, engine, run: runPublicApi(tf, 'cpu', options) });
  },
};
