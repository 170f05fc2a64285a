/**
 * The page of the backends that need a browser: TensorFlow.js, which runs there before this, asked by its
 * public API as in Node. Bundled by the build.
 */
import { serve } from '../../src/connect/browser/page/serve.ts';
import { kernelTable } from '../../src/contract/subject.ts';
import type { TfjsModule } from './module.ts';
import { askPublicApi, runTfjsLater } from './public-api.ts';

/** What TensorFlow.js's own bundles leave in the page. */
declare const tf: TfjsModule;
/** Set before this runs. */
declare const logitfuzzBackend: 'webgl' | 'webgpu';

/**
 * By default small tensors are computed by the kernels of the cpu backend, which is a reference of its own.
 * With the sizes of tensors in uniforms a shader is compiled once, and not for every shape; which elements it
 * computes with is the same.
 */
const flags = {
  webgl: { WEBGL_CPU_FORWARD: false, WEBGL_USE_SHAPES_UNIFORMS: true },
  webgpu: { WEBGPU_CPU_FORWARD: false },
} as const;

serve(async () => {
  const backend = logitfuzzBackend;
  for (const [flag, value] of Object.entries(flags[backend])) tf.env().set(flag, value);
  if (!(await tf.setBackend(backend)))
    throw new Error(`TensorFlow.js did not initialise its backend ${backend}`);
  await tf.ready();
  const engine = backend === 'webgl' ? webglEngine() : await webgpuEngine();
  const kernels = kernelTable.map(({ kernel }) => kernel);
  return {
    welcome: { name: `tfjs-${backend}`, engine, kernels },
    run: (c) => runTfjsLater(tf, c, (x) => askPublicApi(tf, c, x)),
  };
});

interface Gl {
  getExtension(name: string): { readonly UNMASKED_RENDERER_WEBGL: number };
  getParameter(name: number): string;
}

function webglEngine(): string {
  const { gpgpu } = tf.backend() as unknown as { readonly gpgpu: { readonly gl: Gl } };
  const { gl } = gpgpu;
  const name = gl.getParameter(gl.getExtension('WEBGL_debug_renderer_info').UNMASKED_RENDERER_WEBGL);
  return `WebGL ${tf.env().getNumber('WEBGL_VERSION')} on ${named(name)}`;
}

interface Gpu {
  requestAdapter(): Promise<{ readonly info: { readonly architecture: string; readonly vendor: string } }>;
}

async function webgpuEngine(): Promise<string> {
  const { gpu } = navigator as unknown as { readonly gpu: Gpu };
  const { architecture, vendor } = (await gpu.requestAdapter()).info;
  return `WebGPU on ${named(`${vendor} ${architecture}`)}`;
}

function named(adapter: string): string {
  return /swiftshader/i.test(adapter) ? 'SwiftShader' : adapter;
}
