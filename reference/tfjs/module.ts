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

interface Engine {
  backendName: string;
  backendInstance: unknown;
  readonly registry: Readonly<Record<string, unknown>>;
}

/**
 * Makes an initialised backend the one that computes. `tf.setBackend` does the same and calls the set-up
 * function of each of its kernels again, 235 µs in all, which would be most of the time of a small case.
 */
export function activateBackend(tf: TfjsModule, name: string): void {
  const engine = tf.engine() as unknown as Engine;
  if (engine.backendName === name) return;
  engine.backendName = name;
  engine.backendInstance = engine.registry[name];
}

/** @throws Error where tfjs does not take the backend: setBackend itself would only say false. */
export async function initialiseBackend(tf: TfjsModule, name: string): Promise<void> {
  if (!(await tf.setBackend(name))) throw new Error(`TensorFlow.js did not initialise its backend ${name}`);
  await tf.ready();
  // On its first use the cpu backend recommends another, which would be a violation of conduct of whatever
  // case comes first.
  quietly(() => tf.tidy(() => tf.tensor1d([0]).dataSync()));
}
