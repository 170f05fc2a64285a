/** A subject module as an Implementation: hands it copies, and sees what it does beside its values. */
import { outputShape, type Case } from '../case/case.ts';
import { tensorsOf, type CaseTensor } from '../case/case-tensors.ts';
import type { ConductViolation, Outcome } from '../case/outcome.ts';
import { whyUnsupported } from '../case/supports.ts';
import {
  kernelPlaceOf,
  kernelTable,
  type CrossEntropyOptions,
  type SubjectModule,
} from '../contract/subject.ts';
import type { FloatArray } from '../float/format.ts';
import { copyInto, createPool, pool, type Pool } from '../float/pool.ts';
import { isSameShape, sizeOf, type AnyTensor, type Tensor } from '../tensor/tensor.ts';
import {
  copyOfList,
  foreignFormatOf,
  isOverlapping,
  isThenable,
  lengthOf,
  outcomeOfThrown,
  reading,
} from './foreign-values.ts';
import { defaultArithmetic, type Implementation } from './implementation.ts';

type Data = AnyTensor['data'];

/** A subject's module, ready to be asked. `name` is for a module that has none of its own. */
export function subjectImplementation(module: SubjectModule, { name }: { name: string }): Implementation {
  // Read once: the exports of a module are slow to look up by a name that varies.
  const kernels = kernelTable.map(({ kernel }) => module[kernel] as Kernel | undefined);
  const { supports } = module;
  let latest: { readonly case: Case | null; readonly data: Data | null } = { case: null, data: null };
  return {
    name: module.name ?? name,
    version: module.version ?? 'unversioned',
    role: 'subject',
    arithmetic: { ...defaultArithmetic, ...module.arithmetic },
    declines(c) {
      const place = kernelPlaceOf(c.operation, c.direction);
      if (kernels[place] === undefined) return `no export ${kernelTable[place]!.kernel}`;
      return supports === undefined ? null : whyUnsupported(c, supports);
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

/** A tensor that was handed over, beside the case's own. */
interface Handed {
  readonly name: string;
  readonly tensor: AnyTensor;
  /** What the tensor held when it was handed over: the call may have put something else there. */
  readonly shape: readonly number[];
  readonly data: Data;
  readonly original: AnyTensor;
}

interface Call {
  readonly args: readonly unknown[];
  readonly handed: readonly Handed[];
  /** What the identical call before it returned, where it was the last one. */
  before: Data | null;
  /** What this one did. */
  returned: Data | null;
}

type Kernel = (...args: readonly unknown[]) => unknown;

function runKernel(kernel: Kernel, c: Case, call: Call): Outcome | Promise<Outcome> {
  let returned: unknown;
  let isPending: boolean;
  try {
    returned = kernel(...call.args);
    isPending = isThenable(returned);
  } catch (error) {
    return outcomeOfThrown(error);
  }
  return isPending ? settle(c, call, returned) : observe(c, call, returned);
}

async function settle(c: Case, call: Call, pending: unknown): Promise<Outcome> {
  let returned: unknown;
  try {
    returned = await pending;
  } catch (error) {
    return outcomeOfThrown(error);
  }
  return observe(c, call, returned);
}

function callOf(c: Case): Call {
  const handed: Handed[] = [];
  const args = argumentsOf(c, ({ name, format, tensor: original }) => {
    const shape = original.shape.slice();
    const data = copyInto<Data>(handedOver, original.data, format);
    const tensor = { shape, data };
    handed.push({ name, tensor, shape, data, original });
    return tensor;
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

/** Throws for nothing that the subject has made of its arguments or of its result. */
function observe(c: Case, call: Call, returned: unknown): Outcome {
  const violations: ConductViolation[] = [];
  const { args, handed } = call;
  for (const one of handed) {
    const unchanged = reading(() => isUnchanged(one));
    if ('value' in unchanged && unchanged.value) continue;
    violations.push({ kind: 'input-written', detail: `the call wrote to its argument ${one.name}` });
  }
  const weight = handed.find(({ name }) => name === 'weight')?.tensor as Tensor | undefined;
  const options = args[args.length - 1] as Options;
  const same = reading(() => isSameOptions(options, optionsOf(c, weight)));
  if (!('value' in same && same.value)) {
    violations.push({ kind: 'input-written', detail: 'the call wrote to its argument options' });
  }
  const read = reading(() => readTensor(c, call, returned, violations));
  if ('value' in read) return { kind: 'values', tensor: read.value, violations };
  violations.push({ kind: 'not-a-tensor', detail: `reading the result threw ${read.threw}` });
  return { kind: 'values', tensor: null, violations };
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
function isUnchanged({ tensor, shape, data, original }: Handed): boolean {
  if (tensor.data !== data || tensor.shape !== shape || !isSameShape(shape, original.shape)) return false;
  const [a, b] = [data, original.data];
  const length = lengthOf(a); // 0 where its memory was given away
  if (length !== b.length) return false;
  for (let i = 0; i < length; i++) {
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
  const format = foreignFormatOf(data);
  if (format === null) {
    violations.push({
      kind: 'not-a-tensor',
      detail: 'the result has no data that is a Float32Array or Float64Array',
    });
    return null;
  }
  const floats = data as FloatArray;
  const expected = outputShape(c);
  const list = copyOfList(shape);
  const isShape = list !== null && isSameShape(list as readonly number[], expected);
  if (!isShape) {
    const got = list === null ? typeof shape : `[${list.slice(0, 10).map(String).join(', ')}]`;
    violations.push({ kind: 'shape', detail: `the result has shape ${got}, not [${expected.join(', ')}]` });
  }
  if (format !== c.format) {
    violations.push({ kind: 'format', detail: `the result is ${format}, not ${c.format}` });
  }
  for (const { data: argument } of call.handed) {
    if (!isOverlapping(argument, floats)) continue;
    violations.push({ kind: 'output-aliased', detail: 'the result shares memory with an argument' });
    break;
  }
  if (call.before !== null && isOverlapping(call.before, floats)) {
    const detail = 'the result shares memory with that of the identical call before it';
    violations.push({ kind: 'output-aliased', detail });
  }
  call.returned = floats;
  const length = lengthOf(floats);
  if (length !== sizeOf(expected)) {
    if (isShape)
      violations.push({
        kind: 'shape',
        detail: `the result has ${length} elements, not ${sizeOf(expected)}`,
      });
    return null;
  }
  if (format !== c.format) return null;
  const own = pool.floats(format, length);
  if (length > 64) own.set(floats);
  else for (let i = 0; i < length; i++) own[i] = floats[i]!;
  return { shape: expected, data: own };
}
