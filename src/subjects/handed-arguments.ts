/** The arguments of one call, copies of the case's, and whether the call wrote to them. Calls nothing. */
import type { Case } from '../case/case.ts';
import type { CaseTensor } from '../case/case-tensors.ts';
import type { ConductViolation } from '../case/outcome.ts';
import { halfFacts, isHalf, type FloatData, type HalfFormat } from '../float/format.ts';
import {
  floatTensor,
  isSameShape,
  type AnyTensor,
  type FloatTensor,
  type HalfTensor,
} from '../tensor/tensor.ts';
import { otherValues } from './call-in-form.ts';
import { lengthOf } from './foreign-values.ts';
import { handOver, handOverView, isWrittenAround, type HandedArray, type HandedData } from './hand-over.ts';
import { argumentsOf, isSameOptions, optionsOf, type Options } from './kernel-arguments.ts';

/** As a kernel is handed them: a tensor of halves says what its bits are of. */
type GivenTensor = AnyTensor | HalfTensor;

/** A tensor that was handed over, beside the case's own. */
export interface Handed {
  readonly part: CaseTensor;
  readonly tensor: GivenTensor;
  /** What the tensor held when it was handed over: the call may have put something else there. */
  readonly shape: readonly number[];
  readonly data: HandedData;
  /** The data, and what is around it. */
  readonly array: HandedArray;
}

/** What a kernel is called with, the options last. */
export interface HandedArguments {
  readonly args: readonly unknown[];
  readonly tensors: readonly Handed[];
}

export function handArguments(c: Case): HandedArguments {
  const tensors: Handed[] = [];
  const from = c.call?.kind === 'view' ? c.call.from : null;
  const args = argumentsOf(c, (part) => {
    const { data: original } = part.tensor;
    const array = from === null ? handOver(original, part.format) : handOverView(original, part.format, from);
    const { data } = array;
    const tensor = givenTensor(part, data);
    tensors.push({ part, tensor, shape: tensor.shape, data, array });
    return tensor;
  });
  return { args, tensors };
}

/** The arguments of a call that is not judged, with other values: see `otherValues`. */
export function handOtherArguments(c: Case): readonly unknown[] {
  const isEmpty = c.logits.data.length === 0;
  return argumentsOf(c, (part) => givenTensor(part, handOver(otherValues(part, isEmpty), part.format).data));
}

function givenTensor({ tensor, format }: CaseTensor, data: HandedData): GivenTensor {
  const shape = tensor.shape.slice();
  if (format === 'int32') return { shape, data: data as Int32Array };
  return floatTensor(shape, data as FloatData, format);
}

/** The arrays that were handed over hold other values. */
export function putOthers(c: Case, { tensors }: HandedArguments): void {
  const isEmpty = c.logits.data.length === 0;
  for (const { part, data } of tensors) put(otherValues(part, isEmpty), data, part);
}

/** The arrays that were handed over hold the case's values again, but for one that was given away. */
export function putBack({ tensors }: HandedArguments): void {
  for (const { part, data } of tensors) put(part.tensor.data, data, part);
}

/** Puts values into an array that was handed over. One that was given away has no elements. */
function put(values: AnyTensor['data'], data: HandedData, { format }: CaseTensor): void {
  const length = Math.min(lengthOf(data), values.length);
  const encode = isHalf(format) ? halfFacts(format).encode : null;
  for (let i = 0; i < length; i++) data[i] = encode === null ? values[i]! : encode(values[i]!);
}

/** Where the call wrote that it must not. Throws for nothing that it made of its arguments. */
export function writesOf(c: Case, { args, tensors }: HandedArguments): ConductViolation[] {
  const violations: ConductViolation[] = [];
  let weight: FloatTensor | undefined;
  for (let i = 0; i < tensors.length; i++) {
    const handed = tensors[i]!;
    const { name } = handed.part;
    if (name === 'weight') weight = handed.tensor as FloatTensor;
    if (!isLeft(handed))
      violations.push({ kind: 'input-written', detail: `the call wrote to its argument ${name}` });
    if (isWrittenAround(handed.array)) {
      const detail = `the call wrote outside of its argument ${name}, into the buffer around it`;
      violations.push({ kind: 'outside-written', detail });
    }
  }
  if (!areOptionsLeft(args[args.length - 1] as Options, optionsOf(c, weight)))
    violations.push({ kind: 'input-written', detail: 'the call wrote to its argument options' });
  return violations;
}

/** Not either where reading it throws. */
function isLeft(handed: Handed): boolean {
  try {
    return isUnchanged(handed);
  } catch {
    return false;
  }
}

function areOptionsLeft(now: Options, before: Options): boolean {
  try {
    return isSameOptions(now, before);
  } catch {
    return false;
  }
}

function isUnchanged({ part, tensor, shape, data }: Handed): boolean {
  const { format, tensor: original } = part;
  if (tensor.data !== data || tensor.shape !== shape || !isSameShape(shape, original.shape)) return false;
  const length = lengthOf(data); // 0 where its memory was given away
  if (length !== original.data.length) return false;
  if (format === 'int32') return isSameIndices(data, original.data);
  if (isHalf(format)) return isSameBits(tensor as HalfTensor, original.data, format);
  return isSameFloats(data, original.data);
}

/** Apart from the floats, so that V8 knows what either loop reads. */
function isSameIndices(now: HandedData, before: AnyTensor['data']): boolean {
  for (let i = 0; i < before.length; i++) if (now[i] !== before[i]) return false;
  return true;
}

/**
 * A zero's sign counts, a NaN's payload does not: no number that a kernel could read from it. One variable
 * each: a pair of them would be made on the heap for every element.
 */
function isSameFloats(now: HandedData, before: AnyTensor['data']): boolean {
  for (let i = 0; i < before.length; i++) {
    const a = now[i]!;
    const b = before[i]!;
    if (a === b ? a === 0 && 1 / a !== 1 / b : a === a || b === b) return false;
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
