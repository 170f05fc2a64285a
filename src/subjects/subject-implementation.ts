/** A subject module as an Implementation: hands it copies, and sees what it does beside its values. */
import { answerFormat } from '../case/answer-format.ts';
import { outputShape, type Case } from '../case/case.ts';
import type { CaseTensor } from '../case/case-tensors.ts';
import { canBeInvalid, invalidityText } from '../case/invalid-arguments.ts';
import type { ConductViolation, Outcome } from '../case/outcome.ts';
import { whyUnsupported } from '../case/why-unsupported.ts';
import { kernelPlaceOf, kernelTable, type SubjectModule } from '../contract/subject.ts';
import {
  decodedHalves,
  halfFacts,
  isHalf,
  type FloatArray,
  type Format,
  type HalfFormat,
  type FloatData,
} from '../float/format.ts';
import { copyValues, pool } from '../float/pool.ts';
import {
  isSameShape,
  sizeOf,
  type AnyTensor,
  type HalfTensor,
  type Tensor,
  floatTensor,
} from '../tensor/tensor.ts';
import { callInForm, otherValues, type Waiting } from './call-in-form.ts';
import {
  copyOfList,
  foreignFloatsOf,
  holds,
  isListOf,
  isOverlapping,
  isThenable,
  lengthOf,
  outcomeOfThrown,
  reading,
  saidFormat,
  dataText,
} from './foreign-values.ts';
import { handOver, handOverView, isWrittenAround, type HandedArray, type HandedData } from './hand-over.ts';
import { defaultArithmetic, type Implementation } from './implementation.ts';
import { argumentsOf, isSameOptions, optionsOf, type Options } from './kernel-arguments.ts';

/** As a kernel is handed them: a tensor of halves says what its bits are of. */
type GivenTensor = AnyTensor | HalfTensor;

/**
 * A subject's module, ready to be asked. `name` is for a module that has none of its own;
 * `afterCall` is called when a call has come to its end, before anything of it is looked at.
 */
export function subjectImplementation(
  module: SubjectModule,
  { name, afterCall = ignore }: { readonly name: string; readonly afterCall?: () => void },
): Implementation {
  // Read once: the exports of a module are slow to look up by a name that varies.
  const kernels = kernelTable.map(({ kernel }) => module[kernel] as Kernel | undefined);
  const { supports, refuses = false } = module;
  const arithmetic = { ...defaultArithmetic, ...module.arithmetic };
  let latest: { readonly case: Case | null; readonly data: HandedData | null } = { case: null, data: null };
  return {
    name: module.name ?? name,
    version: module.version ?? 'unversioned',
    role: 'subject',
    arithmetic,
    declines(c) {
      const place = kernelPlaceOf(c.operation, c.direction);
      if (kernels[place] === undefined) return `no export ${kernelTable[place]!.kernel}`;
      if (c.invalid !== undefined && !refuses)
        return 'invalid arguments, which it does not say that it refuses';
      // Shrinking may take away what is made wrong.
      if (c.invalid !== undefined && !canBeInvalid(c, c.invalid)) return 'nothing is invalid';
      return supports === undefined ? null : whyUnsupported(c, supports);
    },
    run(c) {
      const call = callOf(c, { afterCall, answer: answerFormat(c, arithmetic) });
      if (latest.case === c) call.before = latest.data;
      const outcome = runInForm(kernels[kernelPlaceOf(c.operation, c.direction)]!, c, call);
      const remember = (later: Outcome): Outcome => {
        latest = { case: c, data: call.returned };
        return later;
      };
      return outcome instanceof Promise ? outcome.then(remember) : remember(outcome);
    },
  };
}

/** A tensor that was handed over, beside the case's own. */
interface Handed {
  readonly part: CaseTensor;
  readonly tensor: GivenTensor;
  /** What the tensor held when it was handed over: the call may have put something else there. */
  readonly shape: readonly number[];
  readonly data: HandedData;
  /** The data, and what is around it. */
  readonly array: HandedArray;
}

interface Call {
  readonly args: readonly unknown[];
  readonly handed: readonly Handed[];
  /** What the identical call before it returned, where it was the last one. */
  before: HandedData | null;
  /** What this one did. */
  returned: FloatArray | Uint16Array | null;
  readonly answerFormat: Format;
  readonly afterCall: () => void;
}

type Kernel = (...args: readonly unknown[]) => unknown;

/** The call that is judged, and those that the case's form of it needs beside it. */
function runInForm(kernel: Kernel, c: Case, call: Call): Outcome | Promise<Outcome> {
  if (c.call === undefined) return runKernel(kernel, c, call);
  const isEmpty = c.logits.data.length === 0;
  const handAnother = (part: CaseTensor): GivenTensor =>
    givenTensor(part, handOver(otherValues(part, isEmpty), part.format).data);
  return callInForm(c.call, {
    judged: (beside) => runKernel(kernel, c, call, beside),
    another: () => callAside(kernel, argumentsOf(c, handAnother)),
    before() {
      for (const { part, data } of call.handed) put(otherValues(part, isEmpty), data, part);
      const waiting = callAside(kernel, call.args);
      return waiting === null ? restore(call) : waiting.then(() => void restore(call));
    },
    returned: () => valuesOf(call),
  });
}

/** What the call returned now holds. */
function valuesOf({ returned, answerFormat: format }: Call): FloatArray | null {
  return returned !== null && isHalf(format) && foreignFloatsOf(returned)?.format === 'bits'
    ? decodedHalves(returned, format)
    : (returned as FloatArray | null);
}

/** What `beside` waits for has ended before the result is read. */
function runKernel(kernel: Kernel, c: Case, call: Call, beside?: () => Waiting): Outcome | Promise<Outcome> {
  let returned: unknown;
  let isPending: boolean;
  try {
    returned = kernel(...call.args);
    isPending = isThenable(returned);
  } catch (error) {
    call.afterCall();
    return observeThrown(c, call, error);
  }
  call.afterCall();
  return isPending ? settle(c, call, returned, beside?.() ?? null) : observe(c, call, returned);
}

async function settle(c: Case, call: Call, pending: unknown, waiting: Waiting): Promise<Outcome> {
  let returned: unknown;
  try {
    returned = await pending;
  } catch (error) {
    call.afterCall();
    return observeThrown(c, call, error);
  }
  call.afterCall();
  if (waiting !== null) await waiting;
  return observe(c, call, returned);
}

/** Makes a call of which nothing is judged. */
function callAside(kernel: Kernel, args: readonly unknown[]): Waiting {
  try {
    const returned = kernel(...args);
    return isThenable(returned) ? settled(returned) : null;
  } catch {
    return null;
  }
}

async function settled(pending: unknown): Promise<void> {
  try {
    await pending;
  } catch {
    // nothing is judged of it
  }
}

function ignore(): void {}

function callOf(
  c: Case,
  { afterCall, answer }: { readonly afterCall: () => void; readonly answer: Format },
): Call {
  const handed: Handed[] = [];
  const args = argumentsOf(c, (part) => {
    const { tensor: original, format } = part;
    const array =
      c.call?.kind === 'view'
        ? handOverView(original.data, format, c.call.from)
        : handOver(original.data, format);
    const tensor = givenTensor(part, array.data);
    handed.push({ part, tensor, shape: tensor.shape, data: array.data, array });
    return tensor;
  });
  return { args, handed, before: null, returned: null, answerFormat: answer, afterCall };
}

function givenTensor({ tensor, format }: CaseTensor, data: HandedData): GivenTensor {
  const shape = tensor.shape.slice();
  if (format === 'int32') return { shape, data: data as Int32Array };
  return floatTensor(shape, data as FloatData, format);
}

/** Puts values into an array that was handed over. One that was given away has no elements. */
function put(values: AnyTensor['data'], data: HandedData, { format }: CaseTensor): void {
  const length = Math.min(lengthOf(data), values.length);
  const encode = isHalf(format) ? halfFacts(format).encode : null;
  for (let i = 0; i < length; i++) data[i] = encode === null ? values[i]! : encode(values[i]!);
}

/** The arrays that were handed over hold the case's values again, but for one that was given away. */
function restore({ handed }: Call): null {
  for (const { part, data } of handed) put(part.tensor.data, data, part);
  return null;
}

/** Whoever refuses invalid arguments leaves them as they were. */
function observeThrown(c: Case, call: Call, error: unknown): Outcome {
  const outcome = outcomeOfThrown(error);
  if (c.invalid === undefined || outcome.kind !== 'threw') return outcome;
  const violations = writesOf(c, call);
  return violations.length === 0 ? outcome : { kind: 'values', tensor: null, violations };
}

/** Throws for nothing that the subject has made of its arguments or of its result. */
function observe(c: Case, call: Call, returned: unknown): Outcome {
  const violations = writesOf(c, call);
  if (c.invalid !== undefined) {
    const detail = `the call returned, and ${invalidityText(c, c.invalid)} is invalid`;
    return { kind: 'values', tensor: null, violations: [{ kind: 'accepted', detail }, ...violations] };
  }
  const read = reading(() => readTensor(c, call, returned, violations));
  if ('value' in read) return { kind: 'values', tensor: read.value, violations };
  violations.push({ kind: 'not-a-tensor', detail: `reading the result threw ${read.threw}` });
  return { kind: 'values', tensor: null, violations };
}

/** Where the call wrote that it must not. */
function writesOf(c: Case, call: Call): ConductViolation[] {
  const violations: ConductViolation[] = [];
  const { args, handed } = call;
  for (const one of handed) {
    const { name } = one.part;
    if (!holds(isUnchanged, one))
      violations.push({ kind: 'input-written', detail: `the call wrote to its argument ${name}` });
    if (isWrittenAround(one.array)) {
      const detail = `the call wrote outside of its argument ${name}, into the buffer around it`;
      violations.push({ kind: 'outside-written', detail });
    }
  }
  const weight = handed.find(({ part }) => part.name === 'weight')?.tensor as Tensor | HalfTensor | undefined;
  const options = args[args.length - 1] as Options;
  if (!holds((now) => isSameOptions(now, optionsOf(c, weight)), options)) {
    violations.push({ kind: 'input-written', detail: 'the call wrote to its argument options' });
  }
  return violations;
}

/** A zero's sign counts, a NaN's payload does not: no number that a kernel could read from it. */
function isUnchanged({ part, tensor, shape, data }: Handed): boolean {
  const original = part.tensor;
  if (tensor.data !== data || tensor.shape !== shape || !isSameShape(shape, original.shape)) return false;
  const [a, b] = [data, original.data];
  const length = lengthOf(a); // 0 where its memory was given away
  if (length !== b.length) return false;
  if (isHalf(part.format)) return isSameBits(tensor as HalfTensor, original.data, part.format);
  for (let i = 0; i < length; i++) {
    const [now, before] = [a[i]!, b[i]!];
    if (now === before ? now === 0 && 1 / now !== 1 / before : now === now || before === before) return false;
  }
  return true;
}

/** In halves the payload of a NaN counts, too: they are handed over as bits. */
function isSameBits({ data, dtype }: HalfTensor, original: AnyTensor['data'], format: HalfFormat): boolean {
  if (dtype !== format) return false;
  const { encode } = halfFacts(format);
  for (let i = 0; i < data.length; i++) if (data[i] !== encode(original[i]!)) return false;
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
  const { data, shape, dtype } = returned as Readonly<Record<'data' | 'shape' | 'dtype', unknown>>;
  const foreign = foreignFloatsOf(data);
  if (foreign === null) {
    const detail = `the result has no data that is ${dataText(c.format)}`;
    violations.push({ kind: 'not-a-tensor', detail });
    return null;
  }
  const { data: floats } = foreign;
  const due = call.answerFormat;
  const format = saidFormat(foreign, dtype);
  const expected = outputShape(c);
  const isShape = isListOf(expected, shape);
  if (!isShape) {
    const list = copyOfList(shape);
    const got = list === null ? typeof shape : `[${list.slice(0, 10).map(String).join(', ')}]`;
    violations.push({ kind: 'shape', detail: `the result has shape ${got}, not [${expected.join(', ')}]` });
  }
  if (format !== due) {
    violations.push({ kind: 'format', detail: `the result is ${format}, not ${due}` });
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
  if (format !== due) return null;
  const own = pool.floats(due, length);
  if (foreign.format !== 'bits') copyValues(own, foreign.data);
  else if (isHalf(due)) halfFacts(due).decodeAll(foreign.data, own);
  return { shape: expected, data: own };
}
