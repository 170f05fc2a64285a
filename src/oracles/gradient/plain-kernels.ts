/**
 * Kernels for the oracles' own tests: the formulas as they stand, in float64, rounded at the end; and the
 * same with one planted mistake. Not the project's kernels, which the oracles never see.
 */
import type { SubjectModule, Target } from '../../contract/subject.ts';
import { floatArrayFrom, formatOf } from '../../float/format.ts';
import { laneStart, lanesOf, type Lanes } from '../../tensor/lanes.ts';
import { isIndexTensor, type Tensor } from '../../tensor/tensor.ts';

/** What a test can plant, in a backward kernel unless it says otherwise. */
export const plantedMistakes = [
  'softmax: no sum of s·dy',
  'softmax: diagonal of the Jacobian only',
  'softmax: the sum of s·dy of the first lane for all',
  'softmax: the last class left out of the sum',
  'logSoftmax: no sum of dy',
  'logSoftmax: mean of dy for its sum',
  'logSumExp: no dy',
  'logSumExp: logarithm of the softmax',
  'crossEntropy: y − p',
  'crossEntropy: no dy',
  'crossEntropy: dy not over D',
  'crossEntropy: no labelSmoothing',
  'crossEntropy: no weight',
  'crossEntropy: Σ t taken as 1',
  'crossEntropy: the gradient of an ignored position kept',
  'targets: + log p',
  'targets: no 1 − ε',
  'targets: no weight',
  'targets: dy not over D',
  'forward: twice the temperature',
] as const;
export type PlantedMistake = (typeof plantedMistakes)[number];

interface LaneView {
  readonly places: readonly number[];
  readonly p: readonly number[];
  readonly logP: readonly number[];
  readonly logSumExp: number;
}

interface Options {
  readonly axis?: number;
  readonly reduction?: string;
  readonly labelSmoothing?: number;
  readonly weight?: Tensor;
  readonly ignoreIndex?: number;
}

/** `mistake` null: sound. */
export function plainKernels(mistake: PlantedMistake | null): SubjectModule {
  const has = (planted: PlantedMistake): boolean => mistake === planted;
  const scale = has('forward: twice the temperature') ? 0.5 : 1;

  const softmaxBackward = (x: Tensor, dy: Tensor, { axis = -1 }: Options): Tensor => {
    let first: number | null = null;
    return perLogit(x, axis, ({ places, p }) => {
      const summed = has('softmax: the last class left out of the sum') ? p.slice(0, -1) : p;
      const own = sum(summed.map((s, i) => s * dy.data[places[i]!]!));
      first ??= own;
      return p.map((s, j) => {
        const d = dy.data[places[j]!]!;
        if (has('softmax: no sum of s·dy')) return s * d;
        if (has('softmax: diagonal of the Jacobian only')) return s * (1 - s) * d;
        return s * (d - (has('softmax: the sum of s·dy of the first lane for all') ? first! : own));
      });
    });
  };

  const logSoftmaxBackward = (x: Tensor, dy: Tensor, { axis = -1 }: Options): Tensor =>
    perLogit(x, axis, ({ places, p }) => {
      const total = sum(places.map((at) => dy.data[at]!));
      const factor = has('logSoftmax: mean of dy for its sum') ? total / p.length : total;
      return p.map((s, j) => dy.data[places[j]!]! - (has('logSoftmax: no sum of dy') ? 0 : s * factor));
    });

  const logSumExpBackward = (x: Tensor, dy: Tensor, { axis = -1 }: Options): Tensor =>
    perLogit(x, axis, ({ p, logP }, lane) =>
      p.map(
        (s, j) =>
          (has('logSumExp: logarithm of the softmax') ? logP[j]! : s) *
          (has('logSumExp: no dy') ? 1 : dy.data[lane]!),
      ),
    );

  const crossEntropyBackward = (x: Tensor, target: Target, dy: Tensor, options: Options): Tensor => {
    const lossy = has('crossEntropy: no labelSmoothing') ? { ...options, labelSmoothing: 0 } : options;
    const { weight: _, ...unweighted } = lossy;
    const terms = lossTerms(x, target, has('crossEntropy: no weight') ? unweighted : lossy);
    const keepsIgnored = has('crossEntropy: the gradient of an ignored position kept');
    return perLogit(x, options.axis ?? -1, ({ p }, lane) => {
      if (terms.isIgnored(lane) && !keepsIgnored) return p.map(() => 0);
      const weighted = terms.of(lane);
      const total = has('crossEntropy: Σ t taken as 1') ? 1 : sum(weighted);
      const k = factorOf(dy, lane, has('crossEntropy: dy not over D') ? 1 : terms.denominator, options);
      const gradient = p.map((s, j) => s * total - weighted[j]!);
      return gradient.map(
        (g) => (has('crossEntropy: y − p') ? -g : g) * (has('crossEntropy: no dy') ? k / dy.data[0]! : k),
      );
    });
  };

  const crossEntropyTargetBackward = (x: Tensor, target: Target, dy: Tensor, options: Options): Tensor => {
    const terms = lossTerms(x, target, options);
    const keep = has('targets: no 1 − ε') ? 1 : 1 - (options.labelSmoothing ?? 0);
    return perLogit(x, options.axis ?? -1, ({ logP }, lane) => {
      const k = factorOf(dy, lane, has('targets: dy not over D') ? 1 : terms.denominator, options);
      const sign = has('targets: + log p') ? 1 : -1;
      return logP.map((l, j) => {
        const w = has('targets: no weight') ? 1 : (options.weight?.data[j] ?? 1);
        return k * keep * w === 0 && !Number.isNaN(l) ? 0 : sign * k * keep * w * l;
      });
    });
  };

  return {
    softmax: (x, { axis = -1 }) => perLogit(x, axis, ({ p }) => p, scale),
    logSoftmax: (x, { axis = -1 }) => perLogit(x, axis, ({ logP }) => logP, scale),
    logSumExp(x, { axis = -1 }) {
      const lanes = lanesOf(x.shape, axis);
      const values = Array.from(
        { length: lanes.count },
        (_, lane) => viewLane(x, lanes, lane, scale).logSumExp,
      );
      return { shape: lanes.outerShape, data: floatArrayFrom(formatOf(x.data), values) };
    },
    crossEntropy: (x, target, options) => lossOf(x, target, options, scale),
    softmaxBackward,
    logSoftmaxBackward,
    logSumExpBackward,
    crossEntropyBackward,
    crossEntropyTargetBackward,
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function perLogit(
  x: Tensor,
  axis: number,
  of: (view: LaneView, lane: number) => readonly number[],
  scale = 1,
): Tensor {
  const lanes = lanesOf(x.shape, axis);
  const data = new Float64Array(x.data.length);
  for (let lane = 0; lane < lanes.count; lane++) {
    const view = viewLane(x, lanes, lane, scale);
    of(view, lane).forEach((value, j) => (data[view.places[j]!] = value));
  }
  return { shape: x.shape, data: floatArrayFrom(formatOf(x.data), data) };
}

function viewLane({ data }: Tensor, lanes: Lanes, lane: number, scale: number): LaneView {
  const start = laneStart(lanes, lane);
  const places = Array.from({ length: lanes.length }, (_, j) => start + j * lanes.stride);
  const x = places.map((at) => data[at]! * scale);
  const max = x.reduce((m, value) => (value > m || Number.isNaN(value) ? value : m), -Infinity);
  const e = x.map((value) => Math.exp(value - max));
  const rest = [...e].sort((a, b) => a - b).slice(0, -1);
  const logSum = Number.isNaN(max) ? max : Math.log1p(sum(rest));
  const total = sum(e);
  const logSumExp =
    x.includes(Infinity) && !x.some(Number.isNaN) ? Infinity : max === -Infinity ? -Infinity : max + logSum;
  return {
    places,
    p: e.map((value) => value / total),
    logP: x.map((value) => value - max - logSum),
    logSumExp,
  };
}

interface LossTerms {
  readonly denominator: number;
  isIgnored(lane: number): boolean;
  /** w_c·t'_c of a position. */
  of(lane: number): readonly number[];
}

function lossTerms(x: Tensor, target: Target, options: Options): LossTerms {
  const { axis = -1, labelSmoothing: epsilon = 0, weight, ignoreIndex } = options;
  const lanes = lanesOf(x.shape, axis);
  const isIndex = isIndexTensor(target);
  const isIgnored = (lane: number): boolean => isIndex && target.data[lane] === ignoreIndex;
  const kept = Array.from({ length: lanes.count }, (_, lane) => lane).filter((lane) => !isIgnored(lane));
  const weights = kept.map((lane) => weight?.data[target.data[lane]!] ?? 1);
  return {
    denominator: isIndex ? sum(weights) : lanes.count,
    isIgnored,
    of: (lane) =>
      Array.from({ length: lanes.length }, (_, j) => {
        const at = laneStart(lanes, lane) + j * lanes.stride;
        const t = isIndex ? Number(target.data[lane] === j) : target.data[at]!;
        return (weight?.data[j] ?? 1) * ((1 - epsilon) * t + epsilon / lanes.length);
      }),
  };
}

function factorOf(dy: Tensor, lane: number, denominator: number, { reduction = 'mean' }: Options): number {
  if (reduction === 'none') return dy.data[lane]!;
  return reduction === 'sum' ? dy.data[0]! : dy.data[0]! / denominator;
}

function lossOf(x: Tensor, target: Target, options: Options, scale: number): Tensor {
  const { axis = -1, reduction = 'mean' } = options;
  const lanes = lanesOf(x.shape, axis);
  const terms = lossTerms(x, target, options);
  const losses = Array.from({ length: lanes.count }, (_, lane) => {
    if (terms.isIgnored(lane)) return 0;
    const { logP } = viewLane(x, lanes, lane, scale);
    return -sum(terms.of(lane).map((a, j) => (a === 0 && !Number.isNaN(logP[j]!) ? 0 : a * logP[j]!)));
  });
  const format = formatOf(x.data);
  if (reduction === 'none') return { shape: lanes.outerShape, data: floatArrayFrom(format, losses) };
  const total = sum(losses);
  return {
    shape: [],
    data: floatArrayFrom(format, [reduction === 'sum' ? total : total / terms.denominator]),
  };
}
