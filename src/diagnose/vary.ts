/** One thing of a case varied, and all else left: what a boundary is looked for along. */
import { resolveAxis } from '../tensor/lanes.ts';
import { sizeOf } from '../tensor/tensor.ts';
import type { Lane, LaneCase } from './lane-case.ts';

export function finiteOf(lanes: readonly Lane[]): readonly number[] {
  return lanes.flatMap((lane) => lane.filter(Number.isFinite));
}

/** The largest |x| of finite ones; 0 where there are none. */
export function magnitudeOf(lanes: readonly Lane[]): number {
  return finiteOf(lanes).reduce((largest, x) => Math.max(largest, Math.abs(x)), 0);
}

/** The finite logit of the largest size, with its sign: what all are moved with. */
function anchorOf(lanes: readonly Lane[]): number {
  return finiteOf(lanes).reduce((anchor, x) => (Math.abs(x) > Math.abs(anchor) ? x : anchor), 0);
}

export function gapOf(lanes: readonly Lane[]): number {
  return lanes.reduce((widest, lane) => {
    const finite = lane.filter(Number.isFinite);
    return finite.length === 0 ? widest : Math.max(widest, maxOf(finite) - minOf(finite));
  }, 0);
}

export function maxOf(values: Lane): number {
  return values.reduce((a, b) => Math.max(a, b), -Infinity);
}

function minOf(values: Lane): number {
  return values.reduce((a, b) => Math.min(a, b), Infinity);
}

/** Finite values mapped; the others stay. */
export function mapFinite(lanes: readonly Lane[], map: (x: number, lane: Lane) => number): readonly Lane[] {
  return lanes.map((lane) => lane.map((x) => (Number.isFinite(x) ? map(x, lane) : x)));
}

export function withMagnitude(c: LaneCase, value: number): LaneCase {
  const own = magnitudeOf(c.lanes);
  return { ...c, lanes: mapFinite(c.lanes, (x) => (x / own) * value) };
}

/** The logit of the largest size becomes this one in size, and all others stay as far from it. */
export function withOffset(c: LaneCase, value: number): LaneCase {
  const anchor = anchorOf(c.lanes);
  const by = Math.sign(anchor) * value - anchor;
  return { ...c, lanes: mapFinite(c.lanes, (x) => x + by) };
}

/** The maximum of each lane stays. */
export function withGap(c: LaneCase, value: number): LaneCase {
  const own = gapOf(c.lanes);
  return {
    ...c,
    lanes: mapFinite(c.lanes, (x, lane) => {
      const max = maxOf(lane.filter(Number.isFinite));
      return max + ((x - max) / own) * value;
    }),
  };
}

export function withCotangent(c: LaneCase, value: number): LaneCase {
  const own = magnitudeOf(c.dy ?? []);
  return c.dy === undefined ? c : { ...c, dy: c.dy.map((lane) => lane.map((x) => (x / own) * value)) };
}

/** The first half and the last stay where they are: between them elements are doubled or left out. */
export function withWidth(c: LaneCase, width: number): LaneCase | null {
  const own = c.lanes[0]?.length ?? 0;
  if (own === 0 || c.shape.length === 0 || width < 1) return null;
  const head = Math.min(Math.ceil(own / 2), width);
  const tail = Math.min(own - Math.ceil(own / 2), width - head);
  const from = Array.from({ length: width }, (_, k) =>
    k < head ? k : k >= width - tail ? own - (width - k) : head - 1,
  );
  const isFiller = (k: number): boolean => k >= head && k < width - tail;
  const pick = (lane: Lane): Lane => from.map((k) => lane[k]!);
  const axis = resolveAxis(c.axis, c.shape.length);
  const { loss, dy } = c;
  const classOf = (y: number): number =>
    y < 0 || y >= own || y === loss?.ignoreIndex
      ? y
      : y < head
        ? y
        : y < own - tail
          ? head - 1
          : width - (own - y);
  return {
    ...c,
    shape: c.shape.map((size, i) => (i === axis ? width : size)),
    lanes: c.lanes.map(pick),
    ...(dy === undefined
      ? {}
      : {
          dy:
            dy[0]?.length === own && own > 1
              ? dy.map(pick)
              : c.operation === 'softmax' || c.operation === 'logSoftmax'
                ? dy.map(pick)
                : dy,
        }),
    ...(loss === undefined
      ? {}
      : {
          loss: {
            ...loss,
            ...(loss.weight === undefined ? {} : { weight: pick(loss.weight) }),
            ...(loss.classes === undefined ? {} : { classes: loss.classes.map(classOf) }),
            ...(loss.probabilities === undefined
              ? {}
              : {
                  probabilities: loss.probabilities.map((lane) =>
                    pick(lane).map((t, k) => (isFiller(k) ? 0 : t)),
                  ),
                }),
          },
        }),
  };
}

/** The lanes over and over, or the first of them; along the axis next to that of the classes. */
export function withRows(c: LaneCase, rows: number, { inner }: { inner: boolean }): LaneCase | null {
  const own = c.lanes.length;
  if (own === 0) return null;
  const over = <T>(values: readonly T[]): readonly T[] =>
    Array.from({ length: rows }, (_, i) => values[i % own]!);
  const width = c.lanes[0]!.length;
  const isOne = c.dy !== undefined && c.dy.length === 1 && own > 1;
  const { loss, dy } = c;
  return {
    ...c,
    shape: inner ? [width, rows] : [rows, width],
    axis: inner ? 0 : 1,
    lanes: over(c.lanes),
    ...(dy === undefined ? {} : { dy: isOne ? dy : over(dy) }),
    ...(loss === undefined
      ? {}
      : {
          loss: {
            ...loss,
            ...(loss.classes === undefined ? {} : { classes: over(loss.classes) }),
            ...(loss.probabilities === undefined ? {} : { probabilities: over(loss.probabilities) }),
          },
        }),
  };
}

/** The same lanes as rows of a matrix, which is how most kernels have them. */
export function asMatrix(c: LaneCase): LaneCase | null {
  return withRows(c, c.lanes.length, { inner: false });
}

export function isInner({ shape, axis }: LaneCase): boolean {
  return (
    shape.length > 1 &&
    resolveAxis(axis, shape.length) < shape.length - 1 &&
    sizeOf(shape.slice(resolveAxis(axis, shape.length) + 1)) > 1
  );
}
