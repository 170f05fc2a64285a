/**
 * Infinite answers that hang on a small factor: where log p is −∞, a kernel in which the factor comes to 0
 * says 0, not ±∞, and by rights (§9, §11). Nobody can be judged there. Nor by a gradient to the targets that
 * is barely beyond the largest finite number (§14).
 */
import { formatFacts, type Format } from '../float/format.ts';
import type { FlatColumn } from './flat-column.ts';
import { regular, type Analysis } from './lane-analysis.ts';
import type { LossFacts } from './loss-facts.ts';
import { low, netPart, ownPart, smoothingOf } from './loss-products.ts';
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

/** Flat positions in the outputs of a column of crossEntropy. */
export function silencedOf(
  column: FlatColumn,
  analysis: Analysis,
  facts: LossFacts,
  exact: Float64Array,
  by: Silencing,
): readonly number[] {
  const { kernel, cases, outputsFrom } = column;
  const silenced: number[] = [];
  if (kernel === 'crossEntropyBackward') return silenced;
  for (let i = 0; i < cases.length; i++) {
    if (areFinite(exact, outputsFrom[i]!, outputsFrom[i + 1]!)) continue;
    if (kernel === 'crossEntropyTargetBackward') {
      addSilencedGradients(silenced, { column, analysis, facts, i }, exact, by.floor);
    } else {
      addSilencedLosses(silenced, { column, analysis, facts, i }, by);
    }
  }
  return silenced;
}

/** Case i of a column. */
interface OneCase {
  readonly column: FlatColumn;
  readonly analysis: Analysis;
  readonly facts: LossFacts;
  readonly i: number;
}

function areFinite(values: Float64Array, from: number, to: number): boolean {
  for (let i = from; i < to; i++) if (!Number.isFinite(values[i]!)) return false;
  return true;
}

/**
 * A product of 1/D, w and a part of t' below the floor; or t' no larger than what rounds in it, where parts
 * cancel.
 */
function addSilencedLosses(
  silenced: number[],
  { column, analysis: { lanes, state, logP }, facts, i: caseNumber }: OneCase,
  { u, floor }: Silencing,
): void {
  const { kept, weighted, absolute, weights, targets, hot } = facts;
  const loss = facts.losses[caseNumber]!;
  const isReduced = loss.reduction !== 'none';
  const [first, end] = [column.lanesFrom[caseNumber]!, column.lanesFrom[caseNumber + 1]!];
  // NaN, whatever the others are
  if (isReduced) for (let l = first; l < end; l++) if (kept[l] === 1 && state[l] !== regular) return;
  const roundings = smoothingRoundings(loss) * u;
  const small = low(1 / Math.abs(facts.denominator[caseNumber]!));
  const weightsFrom = facts.weightsFrom[caseNumber]!;
  const isTiny = (part: number, smallOfClass: number): boolean =>
    part > 0 && smallOfClass * low(part) < floor;
  for (let lane = first; lane < end; lane++) {
    if (kept[lane] === 0 || state[lane] !== regular) continue;
    const length = lanes.length[lane]!;
    const stride = lanes.stride[lane]!;
    const smoothing = smoothingOf(facts, caseNumber, length);
    const y = hot[lane]!;
    const last = y >= 0 ? y : length - 1;
    for (let k = Math.max(0, y), i = lanes.start[lane]! + k * stride; k <= last; k++, i += stride) {
      if (logP[i] !== -Infinity || weighted[i] === 0) continue;
      const ofClass = small * low(weights[weightsFrom + k]!);
      const hasTiny =
        isTiny(ownPart(targets[i]!, smoothing), ofClass) ||
        isTiny(smoothing.spread, ofClass) ||
        isTiny(netPart(targets[i]!, smoothing), ofClass);
      if (!hasTiny && Math.abs(weighted[i]!) > roundings * absolute[i]!) continue;
      silenced.push(column.outputsFrom[caseNumber]! + (isReduced ? 0 : lane - first));
      break;
    }
  }
}

/**
 * The product of dy, 1/D, 1 − ε and w below the floor; or all factors finite, and so their product, but not
 * in the oracle's order.
 */
function addSilencedGradients(
  silenced: number[],
  { column, analysis: { lanes, state, logP }, facts, i: caseNumber }: OneCase,
  exact: Float64Array,
  floor: number,
): void {
  const { labelSmoothing } = facts.losses[caseNumber]!;
  const denominator = facts.denominator[caseNumber]!;
  const weightsFrom = facts.weightsFrom[caseNumber]!;
  const ofAll = low(1 / Math.abs(denominator)) * (1 - labelSmoothing);
  const end = column.lanesFrom[caseNumber + 1]!;
  for (let lane = column.lanesFrom[caseNumber]!; lane < end; lane++) {
    if (state[lane] !== regular) continue;
    const dy = Math.abs(column.cotangent[lane]!);
    const length = lanes.length[lane]!;
    const stride = lanes.stride[lane]!;
    for (let k = 0, i = lanes.start[lane]!; k < length; k++, i += stride) {
      if (Number.isFinite(exact[i]!)) continue;
      const w = facts.weights[weightsFrom + k]!;
      const isSilenced =
        logP[i] === -Infinity
          ? ofAll * low(dy) * low(w) < floor
          : exponentOf([dy, 1 - labelSmoothing, w, Math.abs(logP[i]!), 1 / denominator]) < exponentMax;
      if (isSilenced) silenced.push(i);
    }
  }
}

/**
 * A product below this is finite, or so near to the largest finite number that a kernel's roundings may keep
 * it there. Sums of logarithms are off by far less than it is beyond 1,024.
 */
const exponentMax: number = 1024 + 2 ** -20;

function exponentOf(factors: readonly number[]): number {
  return factors.reduce((sum, factor) => sum + Math.log2(factor), 0);
}
