/**
 * Infinite answers that hang on a small factor: where log p is −∞, a kernel in which the factor comes to 0
 * says 0, not ±∞, and by rights (§9, §11). Nobody can be judged there. Nor where the oracle's own product
 * overflowed: it has no answer (§14).
 */
import type { Case } from '../case/case.ts';
import { formatFacts, type Format } from '../float/format.ts';
import { laneStart } from '../tensor/lanes.ts';
import { regular, type Analysis } from './lane-analysis.ts';
import type { LossFacts } from './loss-facts.ts';
import { low, noParts, partsReader } from './loss-products.ts';
import { smoothingRoundings } from './tolerance.ts';
import { floorOf } from './underflow.ts';

/** What a kernel computes in: its unit roundoff, and below what a product may come to 0. */
export interface Silencing {
  readonly u: number;
  readonly floor: number;
}

/** What computes in a native format. */
export function silencingOf(format: Format): Silencing {
  return { u: formatFacts(format).unitRoundoff, floor: floorOf(format) };
}

/** Flat positions in the output of a crossEntropy case. */
export function silencedOf(
  c: Case,
  analysis: Analysis,
  facts: LossFacts,
  exact: ArrayLike<number>,
  by: Silencing,
): readonly number[] {
  if (c.direction === 'backward' || areFinite(exact)) return [];
  return c.direction === 'forward'
    ? [...silencedLosses(analysis, facts, by), ...overflowedLosses(analysis, facts, exact)]
    : silencedGradients(c, analysis, facts, exact, by.floor);
}

function areFinite(values: ArrayLike<number>): boolean {
  for (let i = 0; i < values.length; i++) if (!Number.isFinite(values[i]!)) return false;
  return true;
}

/**
 * A product of 1/D, w and a part of t' below the floor; or t' no larger than what rounds in it, where parts
 * cancel.
 */
function silencedLosses(
  { lanes, state, logP }: Analysis,
  facts: LossFacts,
  { u, floor }: Silencing,
): readonly number[] {
  const { kept, weighted, absolute, loss } = facts;
  const roundings = smoothingRoundings(facts) * u;
  const small = low(1 / Math.abs(facts.denominator));
  const parts = noParts();
  const read = partsReader(facts, lanes.length);
  const isTiny = (part: number, smallOfClass: number): boolean =>
    part > 0 && smallOfClass * low(part) < floor;
  const silenced: number[] = [];
  for (let lane = 0; lane < lanes.count; lane++) {
    if (kept[lane] === 0) continue;
    if (state[lane] !== regular) {
      if (loss.reduction !== 'none') return []; // NaN, whatever the others are
      continue;
    }
    for (let k = 0, i = laneStart(lanes, lane); k < lanes.length; k++, i += lanes.stride) {
      if (logP[i] !== -Infinity || weighted[i] === 0) continue;
      read(parts, k, i, lane);
      const ofClass = small * (loss.weight === undefined ? 1 : low(loss.weight.data[k]!));
      const hasTiny =
        isTiny(parts.own, ofClass) || isTiny(parts.spread, ofClass) || isTiny(parts.net, ofClass);
      if (!hasTiny && Math.abs(weighted[i]!) > roundings * absolute[i]!) continue;
      silenced.push(loss.reduction === 'none' ? lane : 0);
      break;
    }
  }
  return silenced;
}

/**
 * The product of dy, 1/D, 1 − ε and w below the floor; or all factors finite, and so their product, but not
 * in the oracle's order.
 */
function silencedGradients(
  c: Case,
  { lanes, state, logP }: Analysis,
  facts: LossFacts,
  exact: ArrayLike<number>,
  floor: number,
): readonly number[] {
  const { weight, labelSmoothing, reduction } = facts.loss;
  const ofAll = low(1 / Math.abs(facts.denominator)) * (1 - labelSmoothing);
  const silenced: number[] = [];
  for (let lane = 0; lane < lanes.count; lane++) {
    if (state[lane] !== regular) continue;
    const dy = Math.abs(c.cotangent!.data[reduction === 'none' ? lane : 0]!);
    for (let k = 0, i = laneStart(lanes, lane); k < lanes.length; k++, i += lanes.stride) {
      if (Number.isFinite(exact[i]!)) continue;
      const w = weight === undefined ? 1 : weight.data[k]!;
      const isSilenced =
        logP[i] === -Infinity
          ? ofAll * low(dy) * low(w) < floor
          : exponentOf([dy, 1 - labelSmoothing, w, Math.abs(logP[i]!), 1 / facts.denominator]) < exponentMax;
      if (isSilenced) silenced.push(i);
    }
  }
  return silenced;
}

/** Sums of logarithms are off by less than the distance of this from 1,024. */
const exponentMax = 1023.99;

function exponentOf(factors: readonly number[]): number {
  return factors.reduce((sum, factor) => sum + Math.log2(factor), 0);
}

/**
 * Losses of nothing but finite terms, that add up to no more than float64 holds, and overflowed in the
 * oracle's order.
 */
function overflowedLosses(
  { lanes, state, logP }: Analysis,
  { kept, weighted, loss, denominator }: LossFacts,
  exact: ArrayLike<number>,
): readonly number[] {
  const isReduced = loss.reduction !== 'none';
  const exponents = new Float64Array(exact.length).fill(-Infinity);
  const terms = new Float64Array(exact.length);
  for (let lane = 0; lane < lanes.count; lane++) {
    if (kept[lane] === 0) continue;
    const at = isReduced ? 0 : lane;
    if (state[lane] !== regular) exponents[at] = Infinity;
    for (let k = 0, i = laneStart(lanes, lane); k < lanes.length; k++, i += lanes.stride) {
      if (weighted[i] === 0) continue;
      const factors = [Math.abs(weighted[i]!), Math.abs(logP[i]!), 1 / denominator];
      exponents[at] = Math.max(exponents[at]!, exponentOf(factors));
      terms[at]!++;
    }
  }
  return [...exponents.keys()].filter(
    (at) =>
      !Number.isFinite(exact[at]!) &&
      terms[at]! > 0 && // the mean of nothing is NaN, and nothing overflowed
      exponents[at]! + Math.log2(terms[at]!) < exponentMax,
  );
}
