/**
 * Loading TensorFlow.js: one tfjs-core for all backends of
 * a process, its gradients registered, its banners silent.
 */
import { createRequire } from 'node:module';
import type * as Tfjs from '@tensorflow/tfjs-core';

export type TfjsModule = typeof Tfjs;

const require = createRequire(import.meta.url);

/**
 * tfjs-core with its gradients: tfjs-layers registers them
 * all, and has a build for Node, unlike tfjs-core's own file.
 */
export function loadTfjsCore(): TfjsModule {
  return quietly(() => {
    const tf = require('@tensorflow/tfjs-core') as TfjsModule;
    require('@tensorflow/tfjs-layers');
    return tf;
  });
}

export function loadQuietly<T>(path: string): T {
  return quietly(() => require(path) as T);
}

export function resolveFromHere(specifier: string): string {
  return require.resolve(specifier);
}

/**
 * tfjs prints advice on loading (`Hi, looks like you are running …`)
 * and a warning per kernel registered twice.
 */
export function quietly<T>(load: () => T): T {
  const { log, info, warn } = console;
  const silent = (): void => undefined;
  Object.assign(console, { log: silent, info: silent, warn: silent });
  try {
    return load();
  } finally {
    Object.assign(console, { log, info, warn });
  }
}

/** @throws Error where tfjs does not take the backend: setBackend itself would only say false. */
export async function initialiseBackend(tf: TfjsModule, name: string): Promise<void> {
  if (!(await tf.setBackend(name))) throw new Error(`TensorFlow.js did not initialise its backend ${name}`);
  await tf.ready();
  // On its first use the cpu backend recommends another, which would be a violation of conduct of whatever
  // case comes first.
  quietly(() => tf.tidy(() => tf.tensor1d([0]).dataSync()));
}
