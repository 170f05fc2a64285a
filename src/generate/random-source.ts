/**
 * Where randomness comes in: one independent stream for every (seed, index), and the draws made from it. Only
 * +, · and shifts, never Math.exp or Math.log, so that a case has the same bytes on every machine.
 */
import { xoroshiro128plusFromState } from 'pure-rand/generator/xoroshiro128plus';
import type { RandomGenerator } from 'pure-rand/types/RandomGenerator';
import { powerOfTwo } from '../float/power-of-two.ts';

/** A mutable stream; `next()` is uniform over the signed 32-bit integers. */
export type RandomSource = RandomGenerator;

const largestSeed = 2n ** 64n - 1n;
/** One per word of state: hexadecimal digits of π, so that the four words are four different hashes. */
const salts: readonly number[] = [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344];
/** 2^32 ÷ the golden ratio: keeps the all-zero input away from the finaliser's fixed point. */
const golden = 0x9e3779b9;

let lastSeed: bigint | null = null;
let seedWords: readonly number[] = [];

/**
 * Each word of state is a 32-bit hash of the 128 bits (seed, index), bijective in every 32-bit quarter of
 * them: neighbouring seeds and indices start unrelated streams, and no two indices of one seed below 2^32
 * start the same.
 * @throws RangeError naming the seed, if it is outside [0, 2^64 − 1], or the index, if it is no integer in
 * [0, 2^53).
 */
export function randomSourceFor({ seed, index }: { seed: bigint; index: number }): RandomSource {
  if (!Number.isSafeInteger(index) || index < 0)
    throw new RangeError(`index ${index} is not an integer in [0, 2^53)`);
  if (seed !== lastSeed) {
    if (seed < 0n || seed > largestSeed) throw new RangeError(`seed ${seed} is not in [0, 2^64 − 1]`);
    const low = Number(seed & 0xffff_ffffn);
    const high = Number(seed >> 32n);
    seedWords = salts.map((salt) => absorb(absorb(salt, low), high));
    lastSeed = seed;
  }
  const low = index >>> 0;
  const high = Math.floor(index / 2 ** 32);
  const state = [0, 0, 0, 0];
  let bits = 0;
  for (let i = 0; i < state.length; i++) bits |= state[i] = absorb(absorb(seedWords[i]!, low), high);
  if (bits === 0) state[0] = 1; // the one state that the generator never leaves
  return xoroshiro128plusFromState(state);
}

/** MurmurHash3's 32-bit finaliser over the hash so far and one more word. */
function absorb(hash: number, word: number): number {
  let h = (hash ^ word) + golden;
  h ^= h >>> 16;
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return h ^ (h >>> 16);
}

/** Uniform in [0, 1), a multiple of 2^-32. */
export function drawUnit(random: RandomSource): number {
  return (random.next() >>> 0) * 2 ** -32;
}

/** Uniform in [−1, 1), a multiple of 2^-31. */
export function drawSigned(random: RandomSource): number {
  return random.next() * 2 ** -31;
}

/**
 * Uniform over 0 … below − 1, from the high bits (the low bits of xoroshiro128+ are weak); `below` ≤ 2^20.
 */
export function drawInt(random: RandomSource, below: number): number {
  return Math.floor((random.next() >>> 0) * 2 ** -32 * below);
}

export function drawBoolean(random: RandomSource, probability: number): boolean {
  return (random.next() >>> 0) * 2 ** -32 < probability;
}

export function drawSign(random: RandomSource): 1 | -1 {
  return random.next() < 0 ? -1 : 1;
}

export function drawFrom<T>(random: RandomSource, choices: readonly T[]): T {
  return choices[drawInt(random, choices.length)]!;
}

/** Rows to draw from, with their weights apart: tables of different rows are drawn from by the same code. */
export interface Weighted<T> {
  readonly rows: readonly T[];
  readonly weights: Float64Array;
  readonly total: number;
}

export function weighted<T extends { readonly weight: number }>(rows: readonly T[]): Weighted<T> {
  const weights = Float64Array.from(rows, ({ weight }) => weight);
  let total = 0;
  for (const weight of weights) total += weight;
  return { rows, weights, total };
}

/** One of the rows, each in proportion to its weight. */
export function drawWeighted<T>(random: RandomSource, { rows, weights, total }: Weighted<T>): T {
  let rest = drawUnit(random) * total;
  for (let i = 0; i < weights.length; i++) {
    rest -= weights[i]!;
    if (rest < 0) return rows[i]!;
  }
  return rows[rows.length - 1]!;
}

/**
 * An integer in [min, max] whose binary order of magnitude is uniform, and its place within that too; 1 ≤ min
 * ≤ max. A draw outside is drawn again, so that the ends are no likelier than their neighbours.
 */
export function drawLogUniformInt(random: RandomSource, { min, max }: { min: number; max: number }): number {
  const exponents = { exponentMin: 31 - Math.clz32(min), exponentMax: 31 - Math.clz32(max) };
  for (;;) {
    const drawn = Math.floor(drawMagnitude(random, exponents));
    if (drawn >= min && drawn <= max) return drawn;
  }
}

/** (1 + u)·2^e, e uniform over exponentMin … exponentMax: positive, uniform in its order of magnitude. */
export function drawMagnitude(
  random: RandomSource,
  { exponentMin, exponentMax }: { exponentMin: number; exponentMax: number },
): number {
  const exponent = exponentMin + drawInt(random, exponentMax - exponentMin + 1);
  return (1 + drawUnit(random)) * powerOfTwo(exponent);
}
