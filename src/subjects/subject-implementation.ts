/** A subject module as an Implementation: hands it copies, and sees what it does beside its values. */
import { outputShape, type Case } from '../case/case.ts';
import { tensorsOf, type CaseTensor } from '../case/case-tensors.ts';
import type { ConductViolation, Outcome } from '../case/outcome.ts';
import { isUnsupported } from '../contract/unsupported.ts';
import {
  kernelPlaceOf,
  kernelTable,
  type CrossEntropyOptions,
  type SubjectModule,
} from '../contract/subject.ts';
import { formatOf, isFloatArray } from '../float/format.ts';
import { copyInto, createPool, pool, type Pool } from '../float/pool.ts';
import { isSameShape, sizeOf, type AnyTensor, type Tensor } from '../tensor/tensor.ts';
import { defaultArithmetic, type Implementation } from './implementation.ts';

type Data = AnyTensor['data'];

/** A subject's module, ready to be asked. `name` is for a module that has none of its own. */
export function subjectImplementation(module: SubjectModule, { name }: { name: string }): Implementation {
  // Read once: the exports of a module are slow to look up by a name that varies.
  const kernels = kernelTable.map(({ kernel }) => module[kernel] as Kernel | undefined);
  let latest: { readonly case: Case | null; readonly data: Data | null } = { case: null, data: null };
  return {
    name: module.name ?? name,
    version: module.version ?? 'unversioned',
    role: 'subject',
    arithmetic: { ...defaultArithmetic, ...module.arithmetic },
    declines(c) {
      const place = kernelPlaceOf(c.operation, c.direction);
      return kernels[place] === undefined ? `no export ${kernelTable[place]!.kernel}` : null;
    },
    run(c) {
      const call = callOf(c);
      if (latest.case === c) call.before = latest.data;
      const outcome = runKernel(kernels[kernelPlaceOf(c.operation, c.direction)]!, c, call);
      const remember = (later: Outcome): Outcome => {
        latest = { case: c, data: call.returned };
        return later;
      };
      return outcome instanceof Promise ? outcome.then(remember) : remember(outcome);
    },
  };
}

/**
 * A buffer of the subject's own, so that one that writes outside of its arguments spoils nothing of the
 * harness. Arguments are views with an offset, as the contract says they may be.
 */
const handedOver: Pool = createPool();

interface Call {
  readonly args: readonly unknown[];
  /** Each tensor that was handed over, beside the case's own. */
  readonly handed: readonly {
    readonly name: string;
    readonly copy: AnyTensor;
    readonly original: AnyTensor;
  }[];
  /** What the identical call before it returned, where it was the last one. */
  before: Data | null;
  /** What this one did. */
  returned: Data | null;
}

type Kernel = (...args: readonly unknown[]) => unknown;

function runKernel(kernel: Kernel, c: Case, call: Call): Outcome | Promise<Outcome> {
  try {
    const returned = kernel(...call.args);
    return isThenable(returned)
      ? Promise.resolve(returned).then((value) => observe(c, call, value), failure)
      : observe(c, call, returned);
  } catch (error) {
    return failure(error);
  }
}

function callOf(c: Case): Call {
  const handed: { name: string; copy: AnyTensor; original: AnyTensor }[] = [];
  const args = argumentsOf(c, ({ name, format, tensor: original }) => {
    const copy = { shape: original.shape.slice(), data: copyInto<Data>(handedOver, original.data, format) };
    handed.push({ name, copy, original });
    return copy;
  });
  return { args, handed, before: null, returned: null };
}

/**
 * A kernel's arguments in the contract's order: axis always, what is default left out.
 * Each tensor is what `hand` makes of it.
 */
export function argumentsOf(c: Case, hand: (part: CaseTensor) => AnyTensor): readonly unknown[] {
  const args: unknown[] = [];
  let weight: Tensor | undefined;
  for (const part of tensorsOf(c)) {
    const handed = hand(part);
    if (part.name === 'weight') weight = handed as Tensor;
    else args.push(handed);
  }
  args.push(optionsOf(c, weight));
  return args;
}

type Options = { -readonly [K in keyof CrossEntropyOptions]: CrossEntropyOptions[K] };

function optionsOf({ loss, axis }: Case, weight: Tensor | undefined): Options {
  const options: Options = { axis };
  if (loss === undefined) return options;
  if (loss.reduction !== 'mean') options.reduction = loss.reduction;
  if (loss.labelSmoothing !== 0) options.labelSmoothing = loss.labelSmoothing;
  if (weight !== undefined) options.weight = weight;
  if (loss.ignoreIndex !== undefined) options.ignoreIndex = loss.ignoreIndex;
  return options;
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function'
  );
}

function failure(error: unknown): Outcome {
  const message = describeError(error);
  return isUnsupported(error) ? { kind: 'unsupported', reason: message } : { kind: 'threw', message };
}

const messageLengthMax = 500;

function describeError(error: unknown): string {
  try {
    const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    return text.slice(0, messageLengthMax);
  } catch {
    return 'something that cannot be printed';
  }
}

/** A hostile result (a getter that throws, a proxy) is a result that is no tensor. */
function observe(c: Case, call: Call, returned: unknown): Outcome {
  const violations: ConductViolation[] = [];
  const { args, handed } = call;
  let weight: Tensor | undefined;
  for (const { name, copy, original } of handed) {
    if (name === 'weight') weight = copy as Tensor;
    if (isUnchanged(copy, original)) continue;
    violations.push({ kind: 'input-written', detail: `the call wrote to its argument ${name}` });
  }
  if (!isSameOptions(args[args.length - 1] as Options, optionsOf(c, weight))) {
    violations.push({ kind: 'input-written', detail: 'the call wrote to its argument options' });
  }
  let tensor: Tensor | null = null;
  try {
    tensor = readTensor(c, call, returned, violations);
  } catch (error) {
    violations.push({ kind: 'not-a-tensor', detail: `reading the result threw ${describeError(error)}` });
  }
  return { kind: 'values', tensor, violations };
}

/** The same names with the same values: what the tensors among them hold is seen by itself. */
function isSameOptions(now: Options, before: Options): boolean {
  let names = 0;
  for (const _ in now) names++;
  for (const _ in before) names--;
  return (
    names === 0 &&
    Object.is(now.axis, before.axis) &&
    now.reduction === before.reduction &&
    now.labelSmoothing === before.labelSmoothing &&
    now.weight === before.weight &&
    now.ignoreIndex === before.ignoreIndex
  );
}

/** A zero's sign counts, a NaN's payload does not: no number that a kernel could read from it. */
function isUnchanged(copy: AnyTensor, original: AnyTensor): boolean {
  if (copy.data.length !== original.data.length || !isSameShape(copy.shape, original.shape)) return false;
  const [a, b] = [copy.data, original.data];
  for (let i = 0; i < a.length; i++) {
    const [now, before] = [a[i]!, b[i]!];
    if (now === before ? now === 0 && 1 / now !== 1 / before : now === now || before === before) return false;
  }
  return true;
}

/** The result, copied; null where it cannot be read as so many values of the format. */
function readTensor(c: Case, call: Call, returned: unknown, violations: ConductViolation[]): Tensor | null {
  if (typeof returned !== 'object' || returned === null) {
    violations.push({
      kind: 'not-a-tensor',
      detail: `the call returned ${returned === null ? 'null' : typeof returned}`,
    });
    return null;
  }
  const { data, shape } = returned as { readonly data: unknown; readonly shape: unknown };
  if (!isFloatArray(data)) {
    violations.push({
      kind: 'not-a-tensor',
      detail: 'the result has no data that is a Float32Array or Float64Array',
    });
    return null;
  }
  const expected = outputShape(c);
  const isShape = Array.isArray(shape) && isSameShape(shape as readonly number[], expected);
  if (!isShape) {
    const got = Array.isArray(shape) ? `[${shape.slice(0, 10).map(String).join(', ')}]` : typeof shape;
    violations.push({ kind: 'shape', detail: `the result has shape ${got}, not [${expected.join(', ')}]` });
  }
  const format = formatOf(data);
  if (format !== c.format) {
    violations.push({ kind: 'format', detail: `the result is ${format}, not ${c.format}` });
  }
  for (const { copy } of call.handed) {
    if (!isOverlapping(copy.data, data)) continue;
    violations.push({ kind: 'output-aliased', detail: 'the result shares memory with an argument' });
    break;
  }
  if (call.before !== null && isOverlapping(call.before, data)) {
    const detail = 'the result shares memory with that of the identical call before it';
    violations.push({ kind: 'output-aliased', detail });
  }
  call.returned = data;
  if (data.length !== sizeOf(expected)) {
    if (isShape)
      violations.push({
        kind: 'shape',
        detail: `the result has ${data.length} elements, not ${sizeOf(expected)}`,
      });
    return null;
  }
  return format === c.format ? { shape: expected, data: copyInto(pool, data, format) } : null;
}

/** The buffers last: V8 makes a small array's buffer only when it is asked for. */
function isOverlapping(a: Data, b: Data): boolean {
  if (a.length === 0 || b.length === 0) return false;
  const [fromA, fromB] = [a.byteOffset, b.byteOffset];
  return fromA < fromB + b.byteLength && fromB < fromA + a.byteLength && a.buffer === b.buffer;
}
