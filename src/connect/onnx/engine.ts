/** What runs an ONNX model in this process: ONNX Runtime for Node, or its build for WebAssembly. */
import { readFileSync } from 'node:fs';
import { loadPart, versionOfPart } from '../part.ts';

/** What a tensor is made of; the numbers of float16 as their bits. */
export type OnnxData = Float32Array | Float64Array | Uint16Array | Int32Array | BigInt64Array;
/** A tensor that is fed. */
export interface OnnxFeed {
  readonly type: 'float16' | 'float32' | 'float64' | 'int32' | 'int64';
  readonly data: OnnxData;
  readonly dims: readonly number[];
}
/** A tensor that comes out; of float16 the bits. */
export interface OnnxResult {
  readonly type: string;
  readonly data: ArrayLike<number>;
  readonly dims: readonly number[];
}
export interface OnnxSession {
  /** The engine's version. */
  readonly version: string;
  run(feeds: Readonly<Record<string, OnnxFeed>>): Promise<Readonly<Record<string, OnnxResult>>>;
}

export type NodeEngine = 'onnxruntime-node' | 'onnxruntime-web';

/** What of ONNX Runtime's packages is used: both have the same. */
interface Runtime {
  readonly InferenceSession: { create(model: string | Uint8Array, options: object): Promise<Session> };
  readonly Tensor: new (type: string, data: OnnxData, dims: readonly number[]) => unknown;
  readonly env: { logLevel?: string; readonly wasm: { numThreads?: number } };
}
interface Session {
  run(feeds: Readonly<Record<string, unknown>>): Promise<Readonly<Record<string, OnnxResult>>>;
}

/**
 * The model is a file's path, or its bytes. One thread, as cases are small, and sums of parts would depend
 * on how many there are.
 * @throws UsageError where the engine is not installed, and what the engine throws of the model.
 */
export async function openSession(
  model: string | Uint8Array,
  { engine, user }: { readonly engine: NodeEngine; readonly user: string },
): Promise<OnnxSession> {
  const runtime = (await loadPart(engine, { user })) as Runtime;
  runtime.env.wasm.numThreads = 1;
  runtime.env.logLevel = 'fatal';
  const threads = { intraOpNumThreads: 1, interOpNumThreads: 1 };
  const isNative = engine === 'onnxruntime-node'; // it opens the file, and what lies beside it
  const options = { logSeverityLevel: 4, ...(isNative ? threads : { executionProviders: ['wasm'] }) };
  const session = await runtime.InferenceSession.create(
    isNative || typeof model !== 'string' ? model : readFileSync(model),
    options,
  );
  return {
    version: versionOfPart(engine) ?? 'unknown',
    async run(feeds) {
      const tensors = Object.entries(feeds).map(([name, { type, data, dims }]) => [
        name,
        new runtime.Tensor(type, data, dims),
      ]);
      const results = await session.run(Object.fromEntries(tensors) as Record<string, unknown>);
      return Object.fromEntries(Object.entries(results).map(([name, result]) => [name, withBits(result)]));
    },
  };
}

/** Where the language has an array of float16, the engine gives that. */
function withBits({ type, data, dims }: OnnxResult): OnnxResult {
  if (type !== 'float16' || data instanceof Uint16Array) return { type, data, dims };
  const { buffer, byteOffset, length } = data as unknown as Uint16Array;
  return { type, data: new Uint16Array(buffer, byteOffset, length), dims };
}
