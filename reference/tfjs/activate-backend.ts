/** Which of the backends that have been initialised computes. */
import type { TfjsModule } from './module.ts';

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
