/**
 * Plainer numbers in a case's tensors: all at once first,
 * then by parts, then one by one. Moves and drops nothing.
 */
import { isIndexTarget, type Case } from '../case/case.ts';
import { mapTensors, tensorsOf, type TensorName } from '../case/case-tensors.ts';
import { roundTo, type FloatArray } from '../float/format.ts';
import { exponentOf } from '../float/ulp.ts';
import { lanesOf, laneStart } from '../tensor/lanes.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { attempt, type Attempts } from './attempt.ts';
import { plainerNumbers, roundToBits, roundToMultiple, scaled, smallerExponents } from './plainer-number.ts';
import { plainest } from './simplicity.ts';

/** What an implementation is told beside the logits first: it is easier to see through a plain cotangent. */
const names: readonly TensorName[] = ['dy', 'weight', 'target', 'logits'];

export function* plainerTensors(c: Case): Attempts {
  let current = yield* plainerIndices(c);
  for (const name of names) {
    if (tensorOf(current, name) === null) continue;
    current = yield* fill(current, name, {
      value: plainest[name],
      from: 0,
      to: tensorOf(current, name)!.data.length,
    });
    if (name === 'target') current = yield* attempt(current, oneHot(current));
    current = yield* plainerTogether(current, name);
  }
  for (const name of names) {
    if (tensorOf(current, name) === null) continue;
    current = yield* plainerEqualNumbers(current, name);
    current = yield* plainerOneByOne(current, name);
  }
  return current;
}

/** Null where there is none, and for class indices. */
function tensorOf(c: Case, name: TensorName): Tensor | null {
  const part = tensorsOf(c).find((other) => other.name === name);
  return part === undefined || part.format === 'int32' ? null : part.tensor;
}

function withData(c: Case, name: TensorName, data: FloatArray): Case {
  return mapTensors(c, (part) => (part.name === name ? { shape: part.tensor.shape, data } : part.tensor));
}

/** The case with each number of the tensor mapped; one that would be no longer finite stays as it is. */
function mapped(c: Case, name: TensorName, map: (value: number) => number): Case {
  const data = tensorOf(c, name)!.data.map((value) => {
    const image = roundTo(c.format, map(value));
    return Number.isFinite(image) ? image : value;
  });
  return withData(c, name, data);
}

interface Range {
  readonly value: number;
  readonly from: number;
  readonly to: number;
}

/**
 * The most elements of a tensor that are tried one by one;
 * of a larger one the smallest parts are a sixteenth: see to width first.
 */
const elementsOneByOne = 64;

/** All of the range the one value; where that is not taken, its halves. */
function* fill(c: Case, name: TensorName, { value, from, to }: Range): Attempts {
  if (to <= from) return c;
  const { data } = tensorOf(c, name)!;
  const filled = yield* attempt(c, withData(c, name, data.slice().fill(value, from, to)));
  const smallest = data.length <= elementsOneByOne ? 1 : Math.ceil(data.length / 16);
  if (filled !== c || to - from <= smallest) return filled;
  const middle = (from + to) >>> 1;
  return yield* fill(yield* fill(c, name, { value, from, to: middle }), name, { value, from: middle, to });
}

/** Each lane all on its largest probability. */
function oneHot(c: Case): Case {
  const target = tensorOf(c, 'target')!;
  const lanes = lanesOf(c.logits.shape, c.axis);
  const data = target.data.slice().fill(0);
  for (let lane = 0; lane < lanes.count; lane++) {
    const start = laneStart(lanes, lane);
    let largest = start;
    for (let k = 0; k < lanes.length; k++) {
      const at = start + k * lanes.stride;
      if (target.data[at]! > target.data[largest]!) largest = at;
    }
    if (lanes.length > 0) data[largest] = 1;
  }
  return withData(c, 'target', data);
}

const bitsTogether: readonly number[] = [1, 2, 4, 6, 8, 12, 18];

function* plainerTogether(c: Case, name: TensorName): Attempts {
  let current = name === 'logits' ? yield* shiftTogether(c) : c;
  current = yield* scaleTogether(current, name);
  const { format } = c;
  const exponent = largestExponent(tensorOf(current, name)!.data);
  for (const bits of bitsTogether) {
    if (exponent === null) return current;
    const multiple = { exponent: exponent - bits + 1, format };
    const rounded: Case = yield* attempt(
      current,
      mapped(current, name, (v) => roundToMultiple(v, multiple)),
    );
    if (rounded !== current) return rounded;
    const trimmed: Case = yield* attempt(
      current,
      mapped(current, name, (v) => roundToBits(v, { bits, format })),
    );
    if (trimmed !== current) return trimmed;
  }
  return current;
}

/**
 * All logits by the same amount, which softmax does not feel:
 * the largest to 0, else to a power of two near it.
 */
function* shiftTogether(c: Case): Attempts {
  let largest = -Infinity;
  for (const value of c.logits.data) if (Number.isFinite(value) && value > largest) largest = value;
  if (largest === -Infinity || largest === 0) return c;
  const level = Math.sign(largest) * 2 ** exponentOf(largest);
  for (const shift of [largest, largest - level]) {
    const shifted: Case = yield* attempt(
      c,
      mapped(c, 'logits', (value) => value - shift),
    );
    if (shifted !== c) return shifted;
  }
  return c;
}

/** Scales all elements by one power of two, so that the largest is near 1, or nearer to it. */
function* scaleTogether(c: Case, name: TensorName): Attempts {
  const exponent = largestExponent(tensorOf(c, name)!.data);
  if (exponent === null || exponent === 0) return c;
  for (const smaller of [0, ...smallerExponents(exponent)]) {
    const rescaled = mapped(c, name, (value) => scaled(value, smaller - exponent, c.format));
    const next: Case = yield* attempt(c, rescaled);
    if (next !== c) return next;
  }
  return c;
}

/** The largest exponent of the finite numbers other than 0; null where there are none. */
function largestExponent(data: FloatArray): number | null {
  let largest = 0;
  for (const value of data) if (Number.isFinite(value)) largest = Math.max(largest, Math.abs(value));
  return largest === 0 ? null : exponentOf(largest);
}

function candidatesFor(c: Case, name: TensorName, value: number): readonly number[] {
  return plainerNumbers(value, {
    format: c.format,
    favourite: plainest[name],
    isNegativeAllowed: name !== 'weight',
  });
}

const groupsMax = 16;

/** Numbers that are equal, changed alike: a tie may be what matters. */
function* plainerEqualNumbers(c: Case, name: TensorName): Attempts {
  let current = c;
  for (const value of repeatedNumbers(tensorOf(c, name)!.data)) {
    for (const candidate of candidatesFor(c, name, value)) {
      const changed = mapped(current, name, (other) => (Object.is(other, value) ? candidate : other));
      const next: Case = yield* attempt(current, changed);
      if (next === current) continue;
      current = next;
      break;
    }
  }
  return current;
}

function repeatedNumbers(data: FloatArray): readonly number[] {
  const counts = new Map<number, number>();
  for (const value of data) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].flatMap(([value, count]) => (count > 1 ? [value] : [])).slice(0, groupsMax);
}

function* plainerOneByOne(c: Case, name: TensorName): Attempts {
  let current = c;
  const { length } = tensorOf(c, name)!.data;
  for (let at = 0; at < Math.min(length, elementsOneByOne); at++) {
    for (const candidate of candidatesFor(c, name, tensorOf(current, name)!.data[at]!)) {
      const data = tensorOf(current, name)!.data.with(at, candidate);
      const next: Case = yield* attempt(current, withData(current, name, data));
      if (next === current) continue;
      current = next;
      break;
    }
  }
  return current;
}

/**
 * Class 0 everywhere, else class 0 or 1 one by one. An ignored position may come to count, and the reverse.
 */
function* plainerIndices(c: Case): Attempts {
  if (c.loss === undefined || !isIndexTarget(c.loss.target)) return c;
  const classes = lanesOf(c.logits.shape, c.axis).length;
  let current = yield* attempt(
    c,
    classes > 0
      ? withIndices(
          c,
          c.loss.target.data.map(() => 0),
        )
      : null,
  );
  if (current !== c) return current;
  for (let at = 0; at < Math.min(c.loss.target.data.length, elementsOneByOne); at++) {
    for (const index of [0, 1]) {
      const indices = (current.loss!.target.data as Int32Array).with(at, index);
      current = yield* attempt(current, index < classes ? withIndices(current, indices) : null);
    }
  }
  return current;
}

function withIndices(c: Case, data: Int32Array): Case {
  return { ...c, loss: { ...c.loss!, target: { shape: c.loss!.target.shape, data } } };
}
