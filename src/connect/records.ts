/** Cases as the body of a frame `run` (docs/protocol.md); its answers are read by results.ts. */
import { isIndexTarget, type Case } from '../case/case.ts';
import type { CaseTensor } from '../case/case-tensors.ts';
import type { CallForm } from '../case/call-form.ts';
import { givenTensorsOf, spoilOptions, type GivenOptions } from '../case/invalid-arguments.ts';
import type { Invalidity } from '../case/invalidity.ts';
import { kernelPlaceOf, reductions } from '../contract/subject.ts';
import { formatFacts, formats, halfFacts, isHalf } from '../float/format.ts';
import { lanesOf } from '../tensor/lanes.ts';

/** What stands before the first record of a body, and before the first answer. */
export const bodyHeadBytes = 8;
const recordHeadBytes = 32;
const flags = { dy: 1, indices: 2, probabilities: 4, weight: 8, ignoreIndex: 16 } as const;

/** The forms of a call that a record can say; others are for arrays and promises of this process. */
function formNumber(call: CallForm | undefined): number | null {
  if (call === undefined) return 0;
  if (call.kind === 'axis' && call.as === 'absent') return 1;
  return call.kind === 'defaults' && call.as === 'named' ? 2 : null;
}

/** What is wrong of these is within a tensor or an option; of the others it is a shape or a type. */
const sayable: readonly Invalidity[] = [
  'axis-above',
  'axis-below',
  'class-above',
  'class-below',
  'weight-negative',
  'weight-nan',
  'weight-infinite',
  'smoothing-above',
  'smoothing-below',
  'ignored-probabilities',
];

/** Why a case cannot be put into a record, as a reason to skip it; null where it can. */
export function whyNotSayable({ call, invalid }: Case): string | null {
  if (formNumber(call) === null) return 'memory and calls in flight are not asked across a process';
  if (invalid !== undefined && !sayable.includes(invalid))
    return 'a wrong shape or type is not asked across a process';
  return null;
}

/** Up to the next multiple of 8. */
export const padded = (bytes: number): number => (bytes + 7) & -8;

/** The bytes of the case's record. */
export function recordBytesOf(c: Case): number {
  const tensors = givenTensorsOf(c).reduce((sum, part) => sum + padded(bytesOf(part)), 0);
  return recordHeadBytes + padded(4 * c.logits.shape.length) + tensors;
}

function bytesOf({ tensor, format }: CaseTensor): number {
  return tensor.data.length * (format === 'int32' ? 4 : formatFacts(format).bytes);
}

/** The body of a frame that asks these cases. */
export function encodeRun(cases: readonly Case[]): Uint8Array {
  const sizes = cases.map(recordBytesOf);
  const bytes = new Uint8Array(sizes.reduce((sum, size) => sum + size, bodyHeadBytes));
  const view = new DataView(bytes.buffer);
  view.setUint32(0, cases.length, true);
  let at = bodyHeadBytes;
  for (const [i, c] of cases.entries()) {
    writeRecord({ bytes, view, at }, c, sizes[i]!);
    at += sizes[i]!;
  }
  return bytes;
}

interface Place {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly at: number;
}

function writeRecord({ bytes, view, at }: Place, c: Case, size: number): void {
  const { logits, loss, call } = c;
  const options: GivenOptions = { axis: c.axis, labelSmoothing: loss?.labelSmoothing ?? 0 };
  if (loss?.ignoreIndex !== undefined) options.ignoreIndex = loss.ignoreIndex;
  spoilOptions(options, c);
  const tensors = givenTensorsOf(c);
  view.setUint32(at, size, true);
  view.setUint8(at + 4, kernelPlaceOf(c.operation, c.direction));
  view.setUint8(at + 5, formats.indexOf(c.format));
  view.setUint8(at + 6, loss === undefined ? 0 : reductions.indexOf(loss.reduction));
  view.setUint8(at + 7, flagsOf(c, { options, hasWeight: tensors.some(({ name }) => name === 'weight') }));
  view.setInt32(at + 8, options.axis!, true);
  view.setUint32(at + 12, logits.shape.length, true);
  view.setFloat64(at + 16, options.labelSmoothing!, true);
  view.setInt32(at + 24, options.ignoreIndex ?? 0, true);
  view.setUint8(at + 28, formNumber(call)!);
  view.setUint16(at + 30, lanesOf(logits.shape, c.axis).axis, true);
  let next = at + recordHeadBytes;
  for (const [i, dimension] of logits.shape.entries()) view.setUint32(next + 4 * i, dimension, true);
  next += padded(4 * logits.shape.length);
  for (const part of tensors) {
    writeData({ bytes, view, at: next }, part);
    next += padded(bytesOf(part));
  }
}

/** The data as they lie in memory, but for halves: of those the bits. */
function writeData({ bytes, view, at }: Place, { tensor, format }: CaseTensor): void {
  const { data } = tensor;
  if (!isHalf(format)) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at);
    return;
  }
  const { encode } = halfFacts(format);
  for (let i = 0; i < data.length; i++) view.setUint16(at + 2 * i, encode(data[i]!), true);
}

function flagsOf(
  { cotangent, loss }: Case,
  { options, hasWeight }: { readonly options: GivenOptions; readonly hasWeight: boolean },
): number {
  let set = cotangent === undefined ? 0 : flags.dy;
  if (loss !== undefined) set |= isIndexTarget(loss.target) ? flags.indices : flags.probabilities;
  if (hasWeight) set |= flags.weight;
  return options.ignoreIndex === undefined ? set : set | flags.ignoreIndex;
}
