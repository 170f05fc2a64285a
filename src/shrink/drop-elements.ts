/**
 * Fewer lanes and narrower ones: the elements of a case along one dimension, dropped in ever smaller chunks.
 */
import { caseSize, type Case } from '../case/case.ts';
import { mapTensors, type CaseTensor, type FloatPart } from '../case/case-tensors.ts';
import { createArray } from '../float/format.ts';
import { lanesOf, laneStart, resolveAxis } from '../tensor/lanes.ts';
import type { AnyTensor, IndexTensor, Tensor } from '../tensor/tensor.ts';
import { attempt, type Attempts } from './attempt.ts';

/** The other dimensions first, widest first, then the axis; no dimension is emptied. */
export function* dropElements(c: Case): Attempts {
  const { shape } = c.logits;
  if (shape.length === 0) return c;
  const axis = resolveAxis(c.axis, shape.length);
  const others = [...shape.keys()].filter((dim) => dim !== axis).sort((a, b) => shape[b]! - shape[a]!);
  let current = c;
  for (const dim of [...others, axis]) current = yield* dropAlong(current, dim);
  return current;
}

/** Above so many chunks, only some are tried: a width that matters as such does not care which. */
const chunksMax = 32;
/** To ask a larger case takes as long as a hundred small ones: first is looked how much of it has to stay. */
const largeCase = 8_192;

/**
 * Chunks are powers of two, from the largest that leaves something on: what goes wrong behind the last whole
 * vector or tile does so by the remainder, which chunks of that size or more keep.
 */
function* dropAlong(c: Case, dim: number): Attempts {
  let current = caseSize(c) > largeCase ? yield* keepFewest(c, dim) : c;
  for (let chunk = largestBelow(current.logits.shape[dim]!); chunk >= 1; chunk = Math.floor(chunk / 2)) {
    const isFew = current.logits.shape[dim]! / chunk <= chunksMax;
    current = isFew ? yield* dropEachChunk(current, dim, chunk) : yield* dropSomeChunks(current, dim, chunk);
  }
  return current;
}

/** The largest power of two below `size`; 0 where there is none. */
function largestBelow(size: number): number {
  return size <= 1 ? 0 : 1 << (31 - Math.clz32(size - 1));
}

/**
 * As few as possible that stand together, if fewer never do where more do not: first goes what is behind
 * them, then what is before, each by bisection.
 */
function* keepFewest(c: Case, dim: number): Attempts {
  let current = c;
  for (const isBehind of [true, false]) {
    for (let tooFew = 0; current.logits.shape[dim]! - tooFew > 1;) {
      const size: number = current.logits.shape[dim]!;
      const kept = Math.ceil((tooFew + size) / 2);
      const dropped = isBehind ? { from: kept, to: size } : { from: 0, to: size - kept };
      const next: Case = yield* attempt(current, withoutRange(current, dim, dropped));
      if (next === current) tooFew = kept;
      current = next;
    }
  }
  return current;
}

/** Drops each chunk, from the end on, so that what stays keeps its place; all are of one length. */
function* dropEachChunk(c: Case, dim: number, chunk: number): Attempts {
  let current = c;
  for (let end = c.logits.shape[dim]!; end > 0; end -= chunk) {
    const from = Math.max(0, end - chunk);
    current = yield* attempt(current, withoutRange(current, dim, { from, to: from + chunk }));
  }
  return current;
}

function* dropSomeChunks(c: Case, dim: number, chunk: number): Attempts {
  let current = c;
  for (const place of [1, 0, 0.5]) {
    for (let isDone = false; !isDone;) {
      const from = Math.floor((current.logits.shape[dim]! - chunk) * place);
      const next: Case = yield* attempt(current, withoutRange(current, dim, { from, to: from + chunk }));
      isDone = next === current;
      current = next;
    }
  }
  return current;
}

/** Null where nothing would be left. */
function withoutRange(c: Case, dim: number, { from, to }: { from: number; to: number }): Case | null {
  const size = c.logits.shape[dim]!;
  if (from < 0 || to - from >= size) return null;
  const kept = new Int32Array(size - (to - from));
  for (let i = 0; i < kept.length; i++) kept[i] = i < from ? i : i + to - from;
  return keepAlong(c, dim, kept);
}

/**
 * The case with only these positions, ascending, of one dimension of its logits, and what belongs to them of
 * its other tensors. Along the axis, a target that pointed at a dropped class points at the nearest that is
 * kept.
 */
export function keepAlong(c: Case, dim: number, kept: Int32Array): Case {
  const axis = resolveAxis(c.axis, c.logits.shape.length);
  if (dim === axis) return keepClasses(c, axis, kept);
  const outerDim = dim < axis ? dim : dim - 1;
  return mapTensors(c, (part) => {
    switch (part.kind) {
      case 'like logits':
        return select(part, dim, kept);
      case 'per lane':
        return select(part, outerDim, kept);
      case 'per class':
      case 'reduced':
        return part.tensor;
    }
  });
}

function select({ tensor: { shape, data }, format }: CaseTensor, dim: number, kept: Int32Array): AnyTensor {
  const size = shape[dim]!;
  const inner = shape.slice(dim + 1).reduce((product, extent) => product * extent, 1);
  const outer = shape.slice(0, dim).reduce((product, extent) => product * extent, 1);
  const selected = createArray(format, outer * kept.length * inner);
  let at = 0;
  for (let o = 0; o < outer; o++) {
    for (let k = 0; k < kept.length; k++) {
      const from = (o * size + kept[k]!) * inner;
      for (let i = 0; i < inner; i++) selected[at++] = data[from + i]!;
    }
  }
  return { shape: shape.with(dim, kept.length), data: selected };
}

function keepClasses(c: Case, axis: number, kept: Int32Array): Case {
  const from = c.loss?.ignoreIndex;
  const ignored = from === undefined ? undefined : { from, to: renamedIgnoreIndex(from, c, kept) };
  const narrowed = mapTensors(c, (part) => {
    if (part.format === 'int32') return keepIndices(part.tensor, kept, ignored);
    if (part.name === 'target') return keepProbabilities(c, part, kept);
    switch (part.kind) {
      case 'like logits':
        return select(part, axis, kept);
      case 'per class':
        return select(part, 0, kept);
      case 'per lane':
      case 'reduced':
        return part.tensor;
    }
  });
  return ignored === undefined
    ? narrowed
    : { ...narrowed, loss: { ...narrowed.loss!, ignoreIndex: ignored.to } };
}

const neverAClass = -1;

/**
 * An ignored index that is also a class is renumbered with the classes, and is no class where it was dropped.
 */
function renamedIgnoreIndex(ignoreIndex: number, c: Case, kept: Int32Array): number {
  const { length } = lanesOf(c.logits.shape, c.axis);
  if (ignoreIndex < 0 || ignoreIndex >= length) return ignoreIndex;
  const at = kept.indexOf(ignoreIndex);
  return at < 0 ? neverAClass : at;
}

function keepIndices(
  { shape, data }: IndexTensor,
  kept: Int32Array,
  ignored: { from: number; to: number } = { from: neverAClass, to: neverAClass },
): IndexTensor {
  return { shape, data: data.map((y) => (y === ignored.from ? ignored.to : placeIn(kept, y))) };
}

/** Where `y` stands among the kept, ascending; where it was dropped, the nearest below, or the first. */
function placeIn(kept: Int32Array, y: number): number {
  let [low, high] = [0, kept.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (kept[middle]! <= y) low = middle + 1;
    else high = middle;
  }
  return Math.max(0, low - 1);
}

/** A lane with one class that is not 0 keeps it, on the nearest class where its own was dropped. */
function keepProbabilities(c: Case, part: FloatPart, kept: Int32Array): Tensor {
  const target = part.tensor;
  const before = lanesOf(c.logits.shape, c.axis);
  const narrowed = select(part, before.axis, kept) as Tensor;
  const after = lanesOf(narrowed.shape, before.axis);
  for (let lane = 0; lane < before.count; lane++) {
    const hot = loneClass(target.data, laneStart(before, lane), before);
    if (hot < 0) continue;
    const value = target.data[laneStart(before, lane) + hot * before.stride]!;
    narrowed.data[laneStart(after, lane) + placeIn(kept, hot) * after.stride] = value;
  }
  return narrowed;
}

/** The only class of the lane that is not 0; −1 where there is none, or another. */
function loneClass(
  data: ArrayLike<number>,
  start: number,
  { length, stride }: { length: number; stride: number },
): number {
  let lone = -1;
  for (let k = 0; k < length; k++) {
    if (data[start + k * stride] === 0) continue;
    if (lone >= 0) return -1;
    lone = k;
  }
  return lone;
}
