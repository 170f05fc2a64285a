/**
 * Kernels on data of 16 bits, sound at each level and wrong ones, one formula for all: what differs is where
 * a value is rounded, and how sums are added. All numbers are float64 that hold values of narrower formats.
 */
import { isIndexTarget, type Case } from '../../src/case/case.ts';
import { halfFacts, roundTo, type HalfFormat } from '../../src/float/format.ts';
import type { HalfLevel } from '../../src/contract/subject.ts';
import { lanesOf, laneStart } from '../../src/tensor/lanes.ts';
import type { Tensor } from '../../src/tensor/tensor.ts';

type Round = (value: number) => number;

/** How a kernel computes: what each stored value is rounded to, and what a sum is. */
export interface Style {
  readonly store: (value: number) => number;
  readonly sum: (values: readonly number[]) => number;
  readonly exp: (value: number) => number;
  readonly log: (value: number) => number;
  /** How it comes by a share. */
  readonly share: 'quotient' | 'reciprocal' | 'through log' | 'exp2';
  readonly isShifted: boolean;
  /** What happens to a number of the format as it is read, and as the answer is written; absent: nothing. */
  readonly flush?: Round;
}

export function sequential(round: Round): (values: readonly number[]) => number {
  return (values) => values.reduce((total, value) => round(total + value), 0);
}

/** Blocks of 16 one after the other, halves above. */
export function pairwise(round: Round): (values: readonly number[]) => number {
  const add = sequential(round);
  const sum = (values: readonly number[]): number => {
    if (values.length <= 16) return add(values);
    const half = Math.ceil(values.length / 32) * 16;
    return round(sum(values.slice(0, half)) + sum(values.slice(half)));
  };
  return sum;
}

/** A careful kernel of the level, and a naive one by the share and with sums one after the other. */
export function styleOf(
  format: HalfFormat,
  level: HalfLevel,
  { share, isCareful }: { readonly share: Style['share']; readonly isCareful: boolean },
): Style {
  const toHalf: Round = (value) => roundTo(format, value);
  const store = level === 'fused' ? Math.fround : toHalf;
  const inner = level === 'storage' ? toHalf : Math.fround;
  const add = isCareful || level === 'storage' ? pairwise(inner) : sequential(inner);
  return {
    store,
    sum: (values) => store(add(values)),
    exp: (value) => store(inner(Math.exp(value))),
    log: (value) => store(inner(Math.log(value))),
    share,
    isShifted: true,
  };
}

/** A sound kernel of the level on hardware that reads and writes subnormals of the format as 0. */
export function flushingStyle(format: HalfFormat, level: HalfLevel, share: Style['share']): Style {
  const { smallestNormal } = halfFacts(format);
  const flush: Round = (value) => (Math.abs(value) < smallestNormal ? 0 : value);
  const style = styleOf(format, level, { share, isCareful: true });
  const isStored = level !== 'fused';
  const stored =
    (one: (value: number) => number): Round =>
    (value) =>
      isStored ? flush(one(value)) : one(value);
  return {
    ...style,
    flush,
    store: stored(style.store),
    exp: stored(style.exp),
    log: stored(style.log),
    sum: (values) => (isStored ? flush(style.sum(values)) : style.sum(values)),
  };
}

/** The case as such hardware reads it. */
function readBy(c: Case, flush: Round): Case {
  const read = (tensor: Tensor): Tensor => ({
    shape: tensor.shape,
    data: Float64Array.from(tensor.data, flush),
  });
  const { cotangent, loss } = c;
  return {
    ...c,
    logits: read(c.logits),
    ...(cotangent === undefined ? {} : { cotangent: read(cotangent) }),
    ...(loss === undefined
      ? {}
      : {
          loss: {
            ...loss,
            target: isIndexTarget(loss.target) ? loss.target : read(loss.target),
            ...(loss.weight === undefined ? {} : { weight: read(loss.weight) }),
          },
        }),
  };
}

/** The values of a lane that all kernels stand on. */
interface Worked {
  readonly p: readonly number[];
  readonly logP: readonly number[];
  readonly lse: number;
}

function work(xs: readonly number[], style: Style): Worked {
  const { store, sum, exp, log, share, isShifted } = style;
  const m = isShifted ? Math.max(...xs) : 0;
  const z = xs.map((x) => store(x - m));
  const powers = share === 'exp2' ? z.map((v) => powerOf2(store(v * store(Math.LOG2E)), style)) : z.map(exp);
  const total = sum(powers);
  const logTotal = log(total);
  const logP = z.map((v) => store(v - logTotal));
  const inverse = store(1 / total);
  const p =
    share === 'through log'
      ? logP.map(exp)
      : powers.map((e) => store(share === 'reciprocal' ? e * inverse : e / total));
  return { p, logP, lse: store(m + logTotal) };
}

function powerOf2(value: number, { store }: Style): number {
  return store(Math.fround(2 ** value));
}

/** The answer to a case that holds values of the format in float64, rounded to it last. */
export function answerBy(asked: Case, format: HalfFormat, style: Style): Float64Array {
  const { store, sum, flush } = style;
  const c = flush === undefined ? asked : readBy(asked, flush);
  const lanes = lanesOf(c.logits.shape, c.axis);
  const { length, stride, count } = lanes;
  const indicesOf = (lane: number): number[] =>
    Array.from({ length }, (_, k) => laneStart(lanes, lane) + k * stride);
  const worked = Array.from({ length: count }, (_, lane) =>
    work(
      indicesOf(lane).map((i) => c.logits.data[i]!),
      style,
    ),
  );
  const dy = c.cotangent === undefined ? [] : [...c.cotangent.data];
  const rounded = (values: ArrayLike<number>): Float64Array =>
    Float64Array.from(values, (value) => (flush ?? Number)(roundTo(format, value)));
  if (c.operation === 'crossEntropy') return rounded(lossBy(c, worked, { dy, indicesOf, style }));
  if (c.direction === 'forward' && c.operation === 'logSumExp') return rounded(worked.map(({ lse }) => lse));
  const out = new Float64Array(c.logits.data.length);
  worked.forEach(({ p, logP }, lane) => {
    const at = indicesOf(lane);
    const d = at.map((i) => dy[i]!);
    const dot = sum(p.map((share, k) => store(share * d[k]!)));
    const total = sum(d);
    at.forEach((i, k) => {
      if (c.direction === 'forward') out[i] = c.operation === 'softmax' ? p[k]! : logP[k]!;
      else if (c.operation === 'softmax') out[i] = store(p[k]! * store(d[k]! - dot));
      else if (c.operation === 'logSoftmax') out[i] = store(d[k]! - store(p[k]! * total));
      else out[i] = store(dy[lane]! * p[k]!);
    });
  });
  return rounded(out);
}

interface LossParts {
  readonly dy: readonly number[];
  readonly indicesOf: (lane: number) => number[];
  readonly style: Style;
}

function lossBy(c: Case, worked: readonly Worked[], { dy, indicesOf, style }: LossParts): ArrayLike<number> {
  const { store, sum } = style;
  const { target, reduction, labelSmoothing: eps, weight } = c.loss!;
  const isIndex = isIndexTarget(target);
  const w = (k: number): number => weight?.data[k] ?? 1;
  const shares = worked.map((_, lane) =>
    indicesOf(lane).map((i, k, { length }) => {
      const t = isIndex ? Number(target.data[lane] === k) : target.data[i]!;
      const smoothed = eps === 0 ? t : store(store(store(1 - eps) * t) + store(eps / length));
      return store(w(k) * smoothed);
    }),
  );
  const divisor =
    reduction !== 'mean'
      ? 1
      : isIndex
        ? sum(worked.map((_, lane) => w(target.data[lane]!)))
        : store(worked.length);
  if (c.direction === 'forward') {
    const losses = worked.map(({ logP }, lane) =>
      sum(shares[lane]!.map((v, k) => (v === 0 ? 0 : store(-v * logP[k]!)))),
    );
    return reduction === 'none' ? losses : [store(sum(losses) / divisor)];
  }
  const out = new Float64Array(c.logits.data.length);
  worked.forEach(({ p, logP }, lane) => {
    const scale = store(dy[reduction === 'none' ? lane : 0]! / divisor);
    const total = sum(shares[lane]!);
    indicesOf(lane).forEach((i, k) => {
      out[i] =
        c.direction === 'backward'
          ? store(scale * store(store(p[k]! * total) - shares[lane]![k]!))
          : store(-store(store(scale * store(1 - eps)) * w(k)) * logP[k]!);
    });
  });
  return out;
}
