/** A .wasm file as a subject. With a manifest, or by the names and the order of arguments of the contract. */
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { UsageError } from '../../contract/failure.ts';
import { kernelNames, type KernelName, type SubjectModule } from '../../contract/subject.ts';
import type { Connecting } from '../connector.ts';
import { argumentFor, foreignKernel } from '../foreign-call.ts';
import {
  callsOf,
  manifestSchema,
  readManifest,
  type ArgumentWord,
  type KernelCall,
  type Manifest,
  type ManifestCall,
} from '../manifest.ts';
import { rowsModule, type RowsCall, type RowsKernel } from '../rows-module.ts';
import { whyUnread } from '../why-unread.ts';
import { instantiate, type WasmInstance } from './index.ts';

export const wasmConnector: Connecting = {
  connect: async (specifier, options) => ({ kind: 'module', module: wasmModule(specifier, options) }),
};

/** @throws UsageError naming the file: not there, no module, no memory, or no kernel of the manifest. */
export function wasmModule(
  specifier: string,
  { manifest: manifestPath }: { readonly manifest?: string } = {},
): SubjectModule {
  const name = `the subject ${JSON.stringify(specifier)}`;
  const host = hostOf(specifier, name);
  const manifest = manifestPath === undefined ? null : readManifest(manifestPath, manifestSchema);
  const calls =
    manifest === null
      ? callsByName(host.current.exports, name)
      : callsOf(manifest, { name: `the manifest ${JSON.stringify(manifestPath)}` });
  const kernels = calls.map((call) => wasmKernel(host, call, name));
  return rowsModule(kernels, headOf(specifier, manifest));
}

function headOf(specifier: string, manifest: Manifest | null): Parameters<typeof rowsModule>[1] {
  const { version, arithmetic, supports } = manifest ?? {};
  return { name: manifest?.name ?? basename(specifier, '.wasm'), version, arithmetic, supports };
}

/** The instance that is asked: after a trap another one, since a trap may leave anything behind. */
interface Host {
  readonly current: WasmInstance;
  replace(): void;
}

function hostOf(specifier: string, name: string): Host {
  const bytes = read(specifier, name);
  try {
    let current = instantiate(bytes, nothingImported(bytes));
    return {
      get current() {
        return current;
      },
      replace: () => (current = instantiate(bytes, nothingImported(bytes))),
    };
  } catch (error) {
    throw new UsageError(`${name} is no WebAssembly module that can be run: ${(error as Error).message}`);
  }
}

function read(specifier: string, name: string): Uint8Array<ArrayBuffer> {
  try {
    return new Uint8Array(readFileSync(specifier));
  } catch (error) {
    throw new UsageError(`${name} ${whyUnread(specifier, error)}`);
  }
}

/**
 * Kernels need nothing from outside; compilers import an abort, and parts of a system: calling one traps.
 */
function nothingImported(bytes: Uint8Array<ArrayBuffer>): WebAssembly.Imports {
  const imports: Record<string, Record<string, WebAssembly.ImportValue>> = {};
  for (const { module, name, kind } of WebAssembly.Module.imports(new WebAssembly.Module(bytes))) {
    if (kind !== 'function') throw new Error(`it imports the ${kind} ${module}.${name}`);
    (imports[module] ??= {})[name] = () => {
      throw new Error(`the module called its import ${module}.${name}`);
    };
  }
  return imports;
}

type WasmFunction = (...args: readonly (number | bigint)[]) => unknown;

function wasmKernel(host: Host, kernelCall: KernelCall, name: string): RowsKernel {
  const { symbol, call, kernel } = kernelCall;
  const first = host.current.exports[symbol];
  if (typeof first !== 'function') {
    const there = Object.keys(host.current.exports).join(', ');
    throw new UsageError(`${name} exports no function ${symbol} for ${kernel}: it exports ${there}`);
  }
  if (first.length !== call.args.length) {
    const words = call.args.join(', ');
    throw new UsageError(
      `${name}: ${symbol} has ${first.length} parameters, and ${call.args.length} arguments: ${words}`,
    );
  }
  return foreignKernel(kernelCall, (part) => callOnce(host, symbol, call, part));
}

function callOnce(host: Host, symbol: string, call: ManifestCall, part: RowsCall): unknown {
  const { exports, memory } = host.current;
  memory.clear();
  let result: number | null = null;
  const args = call.args.map((word) => {
    const argument = argumentFor(word, part, call);
    if (argument.kind === 'number') return argument.value;
    if (argument.values === null) return 0;
    const isFilled = !argument.isResult || word === 'inout x';
    const address = isFilled ? memory.put(argument.values) : memory.reserve(argument.values.byteLength);
    if (argument.isResult) result = address;
    return address;
  });
  let returned: unknown;
  try {
    returned = (exports[symbol] as WasmFunction)(...args);
  } catch (error) {
    host.replace();
    throw error;
  }
  if (result !== null) part.y.set(memory.read(result, part.y.length, part.yFormat));
  return returned;
}

/** The words of a kernel that is called by its name alone. */
function wordsOf(kernel: KernelName): readonly ArgumentWord[] {
  return [
    'in x',
    ...(kernel.startsWith('crossEntropy') ? (['in target'] as const) : []),
    ...(kernel.endsWith('Backward') ? (['in dy'] as const) : []),
    'out y',
    'rows',
    'cols',
  ];
}

/** `softmax(x, y, rows, cols)` for all rows, or `softmax(x, y, cols)` for one; float32. */
function callsByName(exports: WebAssembly.Exports, name: string): readonly KernelCall[] {
  const calls = kernelNames.flatMap((kernel): readonly KernelCall[] => {
    const found = exports[kernel];
    if (typeof found !== 'function') return [];
    const words = wordsOf(kernel);
    const isEachRow = found.length === words.length - 1;
    if (!isEachRow && found.length !== words.length) {
      throw new UsageError(
        `${name}: ${kernel} has ${found.length} parameters, not (${words.join(', ')}): say by --manifest how it is called`,
      );
    }
    const call: ManifestCall = {
      format: 'float32',
      args: isEachRow ? words.filter((word) => word !== 'rows') : words,
      each: isEachRow ? 'row' : 'call',
      returns: 'nothing',
      target: kernel === 'crossEntropyTargetBackward' ? 'probabilities' : 'indices',
      reduction: 'mean',
    };
    return [{ kernel, symbol: kernel, call }];
  });
  if (calls.length > 0) return calls;
  const there = Object.keys(exports).join(', ');
  throw new UsageError(
    `${name} exports none of the kernels by name, but ${there}: say by --manifest which of them is one`,
  );
}
