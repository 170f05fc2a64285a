/**
 * A shared library as a subject: its functions, called in this process as a manifest says. A library that
 * crashes takes the process with it, which its supervisor knows how to tell.
 */
import { existsSync } from 'node:fs';
import { basename, extname, resolve } from 'node:path';
import { answerFormat } from '../../case/answer-format.ts';
import { UsageError } from '../../contract/failure.ts';
import { kernelTable, type Arithmetic, type SubjectModule } from '../../contract/subject.ts';
import { isHalf, type Format } from '../../float/format.ts';
import type { Connecting } from '../connector.ts';
import { argumentFor, foreignKernel, type Argument } from '../foreign-call.ts';
import {
  callsOf,
  manifestSchema,
  readManifest,
  type ArgumentWord,
  type KernelCall,
  type ManifestCall,
} from '../manifest.ts';
import { loadPart } from '../part.ts';
import { rowsModule, type RowsKernel } from '../rows-module.ts';

/** What of koffi is used. */
interface Koffi {
  load(path: string): Library;
}
interface Library {
  func(name: string, result: string, parameters: readonly string[]): (...args: readonly unknown[]) => unknown;
}

export const libraryConnector: Connecting = {
  connect: async (specifier, options) => ({
    kind: 'module',
    module: await libraryModule(specifier, options),
  }),
};

/** @throws UsageError naming the library: not there, none, without a manifest or one of its symbols. */
export async function libraryModule(
  specifier: string,
  { manifest: manifestPath }: { readonly manifest?: string } = {},
): Promise<SubjectModule> {
  const whose = `the subject ${JSON.stringify(specifier)}`;
  if (manifestPath === undefined)
    throw new UsageError(`${whose} is a library: say by --manifest how its functions are called`);
  const manifest = readManifest(manifestPath, manifestSchema);
  const calls = callsOf(manifest, { name: `the manifest ${JSON.stringify(manifestPath)}` });
  const path = resolve(specifier);
  if (!existsSync(path)) throw new UsageError(`${whose} is not there: no file ${path}`);
  const koffi = (await loadPart('koffi', { user: whose })) as Koffi;
  const library = attempt(`${whose} cannot be loaded`, () => koffi.load(path));
  const { version, arithmetic, supports } = manifest;
  const kernels = calls.map((call) =>
    libraryKernel(library, { ...call, whose, arithmetic: arithmetic ?? {} }),
  );
  const name = manifest.name ?? basename(path, extname(path)).replace(/^lib(?=.)/, '');
  return rowsModule(kernels, { name, version, arithmetic, supports });
}

function attempt<T>(what: string, act: () => T): T {
  try {
    return act();
  } catch (error) {
    throw new UsageError(`${what}: ${(error as Error).message}`);
  }
}

interface LibraryCall extends KernelCall {
  readonly whose: string;
  readonly arithmetic: Arithmetic;
}

function libraryKernel(library: Library, kernelCall: LibraryCall): RowsKernel {
  const { symbol, call, kernel, whose, arithmetic } = kernelCall;
  const { operation, direction } = kernelTable.find((row) => row.kernel === kernel)!;
  const answer = answerFormat({ operation, direction, format: call.format }, arithmetic);
  const parameters = call.args.map((word) => parameterType(word, call.format));
  const called = attempt(`${whose} has no ${symbol} for ${kernel}`, () =>
    library.func(symbol, resultType(call, answer), parameters),
  );
  // The arrays are handed over as they are: a function that writes to its input is seen to.
  return foreignKernel(kernelCall, (part) =>
    called(...call.args.map((word) => valueOf(argumentFor(word, part, call)))),
  );
}

function valueOf(argument: Argument): unknown {
  return argument.kind === 'number' ? argument.value : argument.values;
}

/** A half passes for the word that its bits are: C has the type in few compilers, and koffi has none. */
function real(format: Format): string {
  if (isHalf(format)) return 'uint16_t';
  return format === 'float32' ? 'float' : 'double';
}

function resultType({ returns }: ManifestCall, format: Format): string {
  switch (returns) {
    case 'nothing':
      return 'void';
    case 'status':
      return 'int';
    case 'y':
      return real(format);
  }
}

/** The type in C: sizes are 64 bits wide where the word does not say otherwise. */
function parameterType(word: ArgumentWord, format: Format): string {
  switch (word) {
    case 'in x':
    case 'inout x':
    case 'in dy':
    case 'in target':
    case 'in target:int64':
    case 'in weight':
    case 'out y':
      return 'void *';
    case 'value dy':
      return real(format);
    case 'rows':
    case 'cols':
    case 'ignoreIndex:int64':
      return 'int64_t';
    case 'rows:int32':
    case 'cols:int32':
    case 'ignoreIndex':
    case 'reduction':
      return 'int32_t';
    case 'labelSmoothing':
      return 'double';
  }
}
