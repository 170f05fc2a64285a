/**
 * The cases at which a forward is asked to be differenced: its input moved both ways along a few directions.
 */
import type { Case } from '../../case/case.ts';
import { pool } from '../../float/pool.ts';
import type { Lanes } from '../../tensor/lanes.ts';
import { isSeparable } from './groups.ts';
import { levels } from './richardson.ts';

/**
 * Steps of the logits: h, h/2, h/4. Balances truncation,
 * 2.4e-13, and rounding, 422 times the error of a value.
 */
export const logitStep: number = 2 ** -6;
/** The step of targets, in which the loss is linear: any step is exact, a large one rounds least. */
const targetStep = 1;
/** Each element is in one direction: two of them ask 12 forwards of logits, 4 of targets. */
const directionsMax = 2;

export interface Probe {
  /**
   * How far each element of the logits (or targets) is moved by a step of 1:
   * −1, 0 or 1, or what rounding made of it.
   */
  readonly direction: Float64Array;
  /** |the real place of an element − where it was moved to|, at most, over the cases. */
  readonly displacement: Float64Array;
  /** The cases that the forward is asked: above and below at each step. */
  readonly cases: readonly Case[];
  /** The step of cases 2l and 2l + 1. */
  readonly steps: readonly number[];
}

/**
 * `forward` is float64 with finite targets. An element is
 * in one of the directions, with a sign drawn from `seed`.
 */
export function probesOf(
  forward: Case,
  lanes: Lanes,
  wrt: 'logits' | 'target',
  seed: number,
): readonly Probe[] {
  const elements = forward.logits.data.length;
  const groupSize = isSeparable(forward) ? lanes.length : elements;
  const count = Math.min(groupSize, directionsMax);
  const directions = Array.from({ length: count }, () => pool.float64(elements));
  for (let at = 0; at < elements; at++) {
    const place = isSeparable(forward) ? Math.floor(at / lanes.stride) % lanes.length : at;
    const draw = scramble(at, seed);
    const isAlone = groupSize <= directionsMax;
    directions[isAlone ? place : draw % count]![at] = isAlone || (draw & 0x100) === 0 ? 1 : -1;
  }
  return directions.map((direction) =>
    wrt === 'logits' ? probeLogits(forward, direction) : probeTarget(forward, direction),
  );
}

/** A well-mixed 32-bit number of two (Murmur3's finalizer). */
function scramble(value: number, seed: number): number {
  let hash = Math.imul(value + 1, 0x9e3779b1) ^ seed;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

function probeLogits(forward: Case, direction: Float64Array): Probe {
  const { data, shape } = forward.logits;
  const displacement = pool.float64(data.length);
  const cases: Case[] = [];
  const steps: number[] = [];
  for (let level = 0; level < levels; level++) {
    const step = logitStep / 2 ** level;
    steps.push(step);
    for (const sign of [1, -1]) {
      const moved = pool.float64(data.length);
      for (let at = 0; at < data.length; at++) {
        const by = sign * step * direction[at]!;
        moved[at] = data[at]! + by;
        displacement[at] = Math.max(displacement[at]!, Math.abs(sumError(data[at]!, by, moved[at]!)));
      }
      cases.push({ ...forward, logits: { shape, data: moved } });
    }
  }
  return { direction, displacement, cases, steps };
}

/** a + b − fl(a + b), exact (Knuth's two-sum); 0 where the sum is not finite. */
function sumError(a: number, b: number, sum: number): number {
  if (!Number.isFinite(sum)) return 0;
  const virtual = sum - a;
  return a - (sum - virtual) + (b - virtual);
}

/**
 * Where the step is rounded, the direction is what was really walked: linear as the loss is, nothing is lost.
 */
function probeTarget(forward: Case, wanted: Float64Array): Probe {
  const loss = forward.loss!;
  const { data, shape } = loss.target;
  const above = pool.float64(data.length);
  const below = pool.float64(data.length);
  const direction = pool.float64(data.length);
  for (let at = 0; at < data.length; at++) {
    above[at] = data[at]! + targetStep * wanted[at]!;
    below[at] = data[at]! - targetStep * wanted[at]!;
    direction[at] = (above[at]! - below[at]!) / (2 * targetStep);
  }
  const cases = [above, below].map((moved): Case => ({
    ...forward,
    loss: { ...loss, target: { shape, data: moved } },
  }));
  return { direction, displacement: pool.float64(data.length), cases, steps: [targetStep] };
}
