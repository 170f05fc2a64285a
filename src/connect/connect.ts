/** What `--subject` names, connected: a literal table of the kinds of subject. */
import { UsageError } from '../contract/failure.ts';
import type { Connected, Connecting, ConnectOptions, Connector } from './connector.ts';

/** A module of JavaScript or TypeScript: whatever is nothing else. */
const moduleConnector: Connecting = {
  async connect(specifier, { cache = null, role = 'subject' }) {
    const { loadSubject } = await import('../subjects/load-subject.ts'); // which has the kernels with it
    return { kind: 'module', module: await loadSubject(specifier, { cache, role }) };
  },
};

/** The first that matches connects. */
export const connectors: readonly Connector[] = [
  {
    kind: 'command',
    matches: (specifier) => specifier.startsWith('cmd:'),
    takes: [],
    startsProgram: true,
    load: async () => (await import('./command.ts')).commandConnector,
  },
  {
    kind: 'browser',
    matches: (specifier) => specifier.startsWith('browser:'),
    takes: [],
    startsProgram: false,
    load: async () => (await import('./browser/browser-connector.ts')).browserConnector,
  },
  {
    kind: 'python',
    matches: (specifier) => specifier.endsWith('.py'),
    takes: ['python'],
    startsProgram: true,
    load: async () => (await import('./python.ts')).pythonConnector,
  },
  {
    kind: 'onnx',
    matches: (specifier) => specifier.endsWith('.onnx'),
    takes: ['engine', 'python'],
    startsProgram: false,
    load: async () => (await import('./onnx/connector.ts')).onnxConnector,
  },
  {
    kind: 'wasm',
    matches: (specifier) => specifier.endsWith('.wasm'),
    takes: ['manifest'],
    startsProgram: false,
    load: async () => (await import('./wasm/connector.ts')).wasmConnector,
  },
  {
    kind: 'library',
    matches: (specifier) => /\.(so|dylib|dll)$/.test(specifier),
    takes: ['manifest'],
    startsProgram: false,
    load: async () => (await import('./library/connector.ts')).libraryConnector,
  },
  {
    kind: 'wgsl',
    matches: (specifier) => specifier.endsWith('.wgsl'),
    takes: ['engine', 'manifest'],
    startsProgram: false,
    load: async () => (await import('./wgsl/connector.ts')).wgslConnector,
  },
  {
    kind: 'module',
    matches: () => true,
    takes: [],
    startsProgram: false,
    load: () => Promise.resolve(moduleConnector),
  },
];

/** The kind of subject that this is. */
export function connectorOf(specifier: string): Connector {
  return connectors.find(({ matches }) => matches(specifier))!;
}

/**
 * Null is the default subject.
 * @throws UsageError where the subject cannot be had, or a flag beside it is for another kind.
 */
export async function connectSubject(specifier: string | null, options: ConnectOptions): Promise<Connected> {
  const name = specifier ?? 'from-scratch';
  const connector = connectorOf(name);
  for (const flag of ['engine', 'manifest'] as const) {
    if (options[flag] === undefined || connector.takes.includes(flag)) continue;
    throw new UsageError(`--${flag} is not for the ${options.role ?? 'subject'} ${JSON.stringify(name)}`);
  }
  return (await connector.load()).connect(name, options);
}
