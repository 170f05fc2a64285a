/** What `--subject` names, connected: a literal table of the kinds of subject. */
import { UsageError } from '../contract/failure.ts';
import { loadSubject } from '../subjects/load-subject.ts';
import { browserConnector } from './browser/browser-connector.ts';
import { commandConnector } from './command.ts';
import type { Connected, ConnectOptions, Connector } from './connector.ts';
import { libraryConnector } from './library/connector.ts';
import { onnxConnector } from './onnx/connector.ts';
import { pythonConnector } from './python.ts';
import { wasmConnector } from './wasm/connector.ts';
import { wgslConnector } from './wgsl/connector.ts';

/** A module of JavaScript or TypeScript: whatever is nothing else. */
const moduleConnector: Connector = {
  kind: 'module',
  matches: () => true,
  takes: [],
  startsProgram: false,
  async connect(specifier, { cache = null, role = 'subject' }) {
    return { kind: 'module', module: await loadSubject(specifier, { cache, role }) };
  },
};

/** The first that matches connects. */
export const connectors: readonly Connector[] = [
  commandConnector,
  browserConnector,
  pythonConnector,
  onnxConnector,
  wasmConnector,
  libraryConnector,
  wgslConnector,
  moduleConnector,
];

/** The kind of subject that this is. */
export function connectorOf(specifier: string): Connector {
  return connectors.find(({ matches }) => matches(specifier))!;
}

/**
 * Null is the default subject.
 * @throws UsageError where the subject cannot be had, or a flag beside it is for another kind.
 */
export function connectSubject(specifier: string | null, options: ConnectOptions): Promise<Connected> {
  const name = specifier ?? 'from-scratch';
  const connector = connectorOf(name);
  for (const flag of ['engine', 'manifest'] as const) {
    if (options[flag] === undefined || connector.takes.includes(flag)) continue;
    throw new UsageError(`--${flag} is not for the ${options.role ?? 'subject'} ${JSON.stringify(name)}`);
  }
  return connector.connect(name, options);
}
