/**
 * The body of a `run` frame of lfz/1 as cases, on the side of who is asked. What the sender promises is not
 * checked again: docs/protocol.md.
 */
import type { CallForm } from '../../../case/call-form.ts';
import { forwardShape, type Case, type Loss } from '../../../case/case.ts';
import type { Invalidity } from '../../../case/invalidity.ts';
import { kernelTable, reductions, type Target } from '../../../contract/subject.ts';
import { decodedHalves, formatFacts, formats, isHalf, type Format } from '../../../float/format.ts';
import { lanesOf, type Lanes } from '../../../tensor/lanes.ts';
import { isIndexTensor, sizeOf, type Tensor } from '../../../tensor/tensor.ts';

const flag = { dy: 1, indices: 2, probabilities: 4, weight: 8, ignoreIndex: 16 } as const;
const headBytes = 32;

export function decodeRun(body: Uint8Array): Case[] {
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  const cases: Case[] = [];
  let at = 8;
  for (let left = view.getUint32(0, true); left > 0; left--) {
    cases.push(decodeRecord(body, view, at));
    at += view.getUint32(at, true);
  }
  return cases;
}

function decodeRecord(body: Uint8Array, view: DataView, from: number): Case {
  const { operation, direction } = kernelTable[view.getUint8(from + 4)]!;
  const format = formats[view.getUint8(from + 5)]!;
  const flags = view.getUint8(from + 7);
  const asked = view.getInt32(from + 8, true);
  const rank = view.getUint32(from + 12, true);
  const form = view.getUint8(from + 28);
  const laneAxis = view.getUint16(from + 30, true);
  const shape = Array.from({ length: rank }, (_, i) => view.getUint32(from + headBytes + 4 * i, true));
  const lanes = lanesOf(shape, laneAxis);
  const read = readerOf(body, from + headBytes + padded(4 * rank));
  const floats = (of: readonly number[]): Tensor => ({
    shape: of,
    data: read(format, sizeOf(of)) as Tensor['data'],
  });

  const logits = floats(shape);
  const target = targetOf(flags, {
    lanes,
    shape,
    floats,
    indices: (length) => read('int32', length) as Int32Array,
  });
  const reduction = reductions[view.getUint8(from + 6)]!;
  const isInvalidAxis = asked < -Math.max(rank, 1) || asked >= Math.max(rank, 1);
  const axis = isInvalidAxis ? laneAxis : asked;
  const cotangentShape = forwardShape({ operation, logits, axis, loss: { reduction } });
  const cotangent = (flags & flag.dy) === 0 ? {} : { cotangent: floats(cotangentShape) };
  const weight = (flags & flag.weight) === 0 ? {} : { weight: floats([lanes.length]) };
  const ignored = (flags & flag.ignoreIndex) === 0 ? {} : { ignoreIndex: view.getInt32(from + 24, true) };
  const labelSmoothing = view.getFloat64(from + 16, true);
  const loss: Loss | null =
    target === null ? null : { target, reduction, labelSmoothing, ...weight, ...ignored };
  const invalid = isInvalidAxis ? (asked < 0 ? 'axis-below' : 'axis-above') : loss && whyInvalid(loss, lanes);
  return {
    operation,
    direction,
    format,
    axis,
    logits,
    ...cotangent,
    ...(loss === null ? {} : { loss }),
    ...(form === 0 ? {} : { call: form === 1 ? withoutAxis : withDefaults }),
    ...(invalid === null ? {} : { invalid }),
    regimes: [],
    checks: [],
  };
}

const withoutAxis: CallForm = { kind: 'axis', as: 'absent' };
const withDefaults: CallForm = { kind: 'defaults', as: 'named' };

interface Parts {
  readonly lanes: Lanes;
  readonly shape: readonly number[];
  floats(shape: readonly number[]): Tensor;
  indices(length: number): Int32Array;
}

function targetOf(flags: number, { lanes, shape, floats, indices }: Parts): Target | null {
  if ((flags & flag.indices) !== 0) return { shape: lanes.outerShape, data: indices(lanes.count) };
  return (flags & flag.probabilities) === 0 ? null : floats(shape);
}

/** Reads the arrays one after the other, each a copy: it is the kernel's own. */
function readerOf(
  body: Uint8Array,
  from: number,
): (format: Format | 'int32', length: number) => ArrayBufferView {
  let at = from;
  return (format, length) => {
    const bytes = length * bytesOf(format);
    const { buffer } = body.slice(at, at + bytes);
    at += padded(bytes);
    if (format === 'int32') return new Int32Array(buffer);
    if (isHalf(format)) return decodedHalves(new Uint16Array(buffer), format);
    return format === 'float32' ? new Float32Array(buffer) : new Float64Array(buffer);
  };
}

function bytesOf(format: Format | 'int32'): number {
  return format === 'int32' ? 4 : formatFacts(format).bytes;
}

function padded(bytes: number): number {
  return (bytes + 7) & -8;
}

/** What is wrong of the arguments of a loss; null where nothing is. */
function whyInvalid(
  { target, weight, labelSmoothing, ignoreIndex }: Loss,
  { length }: Lanes,
): Invalidity | null {
  if (labelSmoothing < 0) return 'smoothing-below';
  if (labelSmoothing > 1) return 'smoothing-above';
  for (const value of weight?.data ?? []) {
    if (value < 0) return 'weight-negative';
    if (!Number.isFinite(value)) return Number.isNaN(value) ? 'weight-nan' : 'weight-infinite';
  }
  if (!isIndexTensor(target)) return ignoreIndex === undefined ? null : 'ignored-probabilities';
  for (const index of target.data)
    if (index !== ignoreIndex && (index < 0 || index >= length))
      return index < 0 ? 'class-below' : 'class-above';
  return null;
}
