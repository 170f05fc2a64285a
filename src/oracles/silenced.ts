/**
 * Infinite answers that hang on a small factor: where log p is −∞, a kernel in which the factor comes to 0
 * says 0, not ±∞, and by rights (§9, §11). Nobody can be judged there.
 */
import type { Case } from '../case/case.ts';
import { formatFacts } from '../float/format.ts';
import { laneStart } from '../tensor/lanes.ts';
import { scaleOf } from './exact-float64.ts';
import { regular, type Analysis } from './lane-analysis.ts';
import type { LossFacts } from './loss-facts.ts';
import { floorOf, smoothingRoundings } from './tolerance.ts';

/** Flat positions in the output of a crossEntropy case. */
export function silencedOf(
  c: Case,
  analysis: Analysis,
  facts: LossFacts,
  exact: ArrayLike<number>,
): readonly number[] {
  if (c.direction === 'backward' || !hasInfinity(exact)) return [];
  return c.direction === 'forward'
    ? silencedLosses(c, analysis, facts)
    : silencedGradients(c, analysis, facts);
}

function hasInfinity(values: ArrayLike<number>): boolean {
  for (let i = 0; i < values.length; i++) if (Math.abs(values[i]!) === Infinity) return true;
  return false;
}

/**
 * w, t' or w·t' below the floor; or t' no larger than what
 * rounds in it, where ε/C and a negative target cancel.
 */
function silencedLosses(c: Case, { lanes, state, logP }: Analysis, facts: LossFacts): readonly number[] {
  const { kept, weighted, absolute, loss } = facts;
  const floor = floorOf(c.format);
  const roundings = smoothingRoundings(facts) * formatFacts(c.format).unitRoundoff;
  const silenced: number[] = [];
  for (let lane = 0; lane < lanes.count; lane++) {
    if (kept[lane] === 0 || state[lane] !== regular) continue;
    for (let k = 0, i = laneStart(lanes, lane); k < lanes.length; k++, i += lanes.stride) {
      if (logP[i] !== -Infinity || weighted[i] === 0) continue;
      const w = loss.weight === undefined ? 1 : loss.weight.data[k]!;
      const share = Math.abs(weighted[i]!);
      if (share >= floor * Math.max(1, w) && w >= floor && share > roundings * absolute[i]!) continue;
      silenced.push(loss.reduction === 'none' ? lane : 0);
      break;
    }
  }
  return silenced;
}

/** dy, dy/D, w' = (1−ε)·w or their product below the floor. */
function silencedGradients(c: Case, { lanes, state, logP }: Analysis, facts: LossFacts): readonly number[] {
  const { weight, labelSmoothing, reduction } = facts.loss;
  const floor = floorOf(c.format);
  const silenced: number[] = [];
  for (let lane = 0; lane < lanes.count; lane++) {
    if (state[lane] !== regular) continue;
    const dy = Math.abs(c.cotangent!.data[reduction === 'none' ? lane : 0]!);
    const scale = Math.abs(scaleOf(c, facts, lane));
    for (let k = 0, i = laneStart(lanes, lane); k < lanes.length; k++, i += lanes.stride) {
      if (logP[i] !== -Infinity) continue;
      const w = (weight === undefined ? 1 : weight.data[k]!) * (1 - labelSmoothing);
      if (Math.min(dy, scale, w, scale * w) < floor) silenced.push(i);
    }
  }
  return silenced;
}
