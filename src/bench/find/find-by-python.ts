/**
 * The CPU seconds until the loop in Python finds planted mutants. It is
 * examples/plain-loop-python/find_mutants.py: it draws, answers and compares over there; the kernels are
 * here, at the other end of a pipe, and neither they nor the pipe are counted.
 */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { packageFolder } from '../../contract/package-version.ts';
import type { KernelName } from '../../contract/subject.ts';
import { formatOf, type FloatArray } from '../../float/format.ts';
import { soundHost } from '../../score/host/host.ts';
import type { Mutant } from '../../score/mutants/mutant.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { openClocks, type Clocks } from './clocks.ts';
import { answerOf } from './find-by-loops.ts';
import type { Alarms, Search } from './find-job.ts';
import { pythonName } from './finder-names.ts';
import type { Answer, LoopCall, LoopLoss } from './loop-call.ts';
import { isAccepted, isNumpyClose } from './loop-tolerances.ts';

interface Bytes {
  readonly dtype: 'float32' | 'float64' | 'int32';
  readonly bytes: string;
}

interface CallMessage {
  readonly kernel: KernelName;
  readonly shape: readonly number[];
  readonly axis: number;
  readonly passed: number | null;
  readonly logits: Bytes;
  readonly dy: Bytes | null;
  readonly loss: {
    readonly reduction: LoopLoss['reduction'];
    readonly smoothing: number;
    readonly weight: Bytes | null;
    readonly indices: Bytes | null;
    readonly probabilities: Bytes | null;
    readonly ignore: number | null;
  } | null;
}

type Message = { readonly spent: number } & (
  | { readonly next: true }
  | { readonly call: CallMessage; readonly shape: readonly number[]; readonly expected: Bytes }
);

/** @throws Error with the last words of Python where it fails: it may lack hypothesis. */
export async function findByPython(
  mutants: readonly Mutant[],
  {
    seed,
    capSeconds,
    python,
  }: { readonly seed: number; readonly capSeconds: number; readonly python: string },
): Promise<{ readonly searches: readonly Search[]; readonly alarms: readonly Alarms[] }> {
  const clocks = openClocks(mutants, { finders: [pythonName], seed: String(seed), capSeconds });
  const script = join(packageFolder, 'examples/plain-loop-python/find_mutants.py');
  const child = spawn(python, [script, String(seed)], {
    stdio: ['pipe', 'pipe', 'pipe'],
    // More threads of a matrix library would be counted, and there are no matrices.
    env: { ...process.env, OMP_NUM_THREADS: '1', OPENBLAS_NUM_THREADS: '1' },
  });
  let words = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (words = (words + text).slice(-2000)));
  const ended = new Promise<number | null>((resolve) => {
    child.once('error', (error) => {
      words = String(error);
      resolve(null);
    });
    child.once('close', resolve);
  });
  child.stdin.on('error', () => undefined); // its exit says more
  const reply = (message: unknown): void => void child.stdin.write(`${JSON.stringify(message)}\n`);
  const told = { cases: 0, alarms: 0 };
  for await (const line of createInterface({ input: child.stdout })) {
    const message = JSON.parse(line) as Message;
    if ('next' in message) reply(clocks.nextKernel());
    else await judge(message, { clocks, told, reply });
  }
  const code = await ended;
  if (code !== 0) throw new Error(`${python} ${script} failed: ${words.trim().split('\n').at(-1)}`);
  return { searches: clocks.searches(), alarms: [{ finder: pythonName, seed: String(seed), ...told }] };
}

async function judge(
  message: Extract<Message, { call: unknown }>,
  {
    clocks,
    told,
    reply,
  }: {
    readonly clocks: Clocks;
    readonly told: { cases: number; alarms: number };
    reply(message: unknown): void;
  },
): Promise<void> {
  const call = callOf(message.call);
  const expected: Answer = { shape: message.shape, data: arrayOf(message.expected) };
  const { kernel } = call;
  clocks.charge(kernel, message.spent);
  told.cases++;
  const sound = answerOf(soundHost, call);
  reply(sound === null ? null : bytesOf(sound as Tensor));
  if (!isAccepted(sound, expected, isNumpyClose)) {
    told.alarms++;
    return;
  }
  for (const suspect of clocks.suspectsOf(kernel)) {
    if (call.logits.length < (suspect.mutant.elementsMin ?? 0)) continue;
    const pending = answerOf(suspect.module, call);
    const answer = pending instanceof Promise ? await pending.catch(() => null) : pending;
    if (!isAccepted(answer, expected, isNumpyClose)) clocks.found(suspect, pythonName);
  }
}

function callOf({ kernel, shape, axis, passed, logits, dy, loss }: CallMessage): LoopCall {
  return {
    kernel,
    shape,
    axis,
    passedAxis: passed,
    logits: arrayOf(logits) as FloatArray,
    dy: floatsOf(dy),
    loss:
      loss === null
        ? null
        : {
            indices: loss.indices === null ? null : (arrayOf(loss.indices) as Int32Array),
            probabilities: floatsOf(loss.probabilities),
            reduction: loss.reduction,
            labelSmoothing: loss.smoothing,
            weight: floatsOf(loss.weight),
            ignoreIndex: loss.ignore,
          },
  };
}

function floatsOf(bytes: Bytes | null): FloatArray | null {
  return bytes === null ? null : (arrayOf(bytes) as FloatArray);
}

const arrays = { float32: Float32Array, float64: Float64Array, int32: Int32Array } as const;

function arrayOf({ dtype, bytes }: Bytes): Float32Array | Float64Array | Int32Array {
  const copy = Uint8Array.from(Buffer.from(bytes, 'base64')); // at the beginning of a buffer of its own
  return new arrays[dtype](copy.buffer);
}

function bytesOf({ shape, data }: Tensor): Bytes & { readonly shape: readonly number[] } {
  const dtype = formatOf(data);
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('base64');
  return { shape, dtype, bytes };
}
