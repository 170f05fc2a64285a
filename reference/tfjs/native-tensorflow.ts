/** Native TensorFlow under Node: loads @tensorflow/tfjs-node once for the two references that stand on it. */
import { existsSync } from 'node:fs';
import util from 'node:util';
import { findTfjsNode, tfjsNodeVersion } from '../../src/provision/tfjs-node-location.ts';
import { initialiseBackend, loadQuietly, type TfjsModule } from './module.ts';

export interface NativeTensorflow {
  readonly tf: TfjsModule;
  readonly version: string;
  /** The version of TensorFlow, as the loaded binding gives it. */
  readonly engine: string;
}

export type NativeLoad =
  | { readonly kind: 'available'; readonly native: NativeTensorflow }
  | { readonly kind: 'missing'; readonly reason: string; readonly remedy: string };

let loading: Promise<NativeLoad> | null = null;

export function loadNativeTensorflow(): Promise<NativeLoad> {
  loading ??= load();
  return loading;
}

const remedy = 'npx logitfuzz setup tfjs-node gets it';

async function load(): Promise<NativeLoad> {
  const places = findTfjsNode();
  if (places.length === 0)
    return { kind: 'missing', reason: `@tensorflow/tfjs-node ${tfjsNodeVersion} is not installed`, remedy };
  if (process.platform === 'linux' && !existsSync('/proc/self'))
    return {
      kind: 'missing',
      reason: 'native TensorFlow ends its process without /proc',
      remedy: 'mount it',
    };
  prepareProcess();
  let reason = '';
  for (const { path } of places) {
    try {
      const tf = loadQuietly<TfjsModule>(path);
      await initialiseBackend(tf, 'tensorflow');
      const backend = tf.backend() as unknown as { readonly binding: { readonly TF_Version: string } };
      const version = loadQuietly<{ version: string }>(`${path}/package.json`).version;
      return {
        kind: 'available',
        native: { tf, version, engine: `TensorFlow ${backend.binding.TF_Version}` },
      };
    } catch (error) {
      reason = `${path} does not load: ${error instanceof Error ? error.message.split('\n')[0] : String(error)}`;
    }
  }
  return { kind: 'missing', reason, remedy };
}

/**
 * One thread, so that workers do not compete with TensorFlow's
 * pool, and results do not depend on it; no log lines.
 */
function prepareProcess(): void {
  process.env['TF_NUM_INTRAOP_THREADS'] ??= '1';
  process.env['TF_NUM_INTEROP_THREADS'] ??= '1';
  process.env['TF_CPP_MIN_LOG_LEVEL'] ??= '2';
  // tfjs-node 4.22.0 calls it, and Node 23 took it away.
  const old = util as unknown as { isNullOrUndefined?: (value: unknown) => boolean };
  old.isNullOrUndefined ??= (value) => value === null || value === undefined;
}
