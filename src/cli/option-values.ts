/** Parses what a user writes after a flag. Each error is a sentence that names the flag and the value. */
import { UsageError } from '../contract/failure.ts';
import { nearestOf } from './nearest.ts';
import type { Shard } from '../examine/range.ts';

const unitsMs: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

/** '30s', '1.5m', '500ms', '2h' → milliseconds. A bare number is refused: its unit would be a guess. */
export function parseDurationMs(flag: string, text: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(text);
  const durationMs = match === null ? Number.NaN : Number(match[1]) * unitsMs[match[2]!]!;
  if (Number.isFinite(durationMs) && durationMs > 0) return durationMs;
  throw new UsageError(
    `--${flag} ${quote(text)} is not a duration above zero with a unit: 500ms, 30s, 2m or 1h`,
  );
}

/** A whole number written in decimal digits, at least `min`, and at most `max` where there is one. */
export function parseCount(
  flag: string,
  text: string,
  { min, max = Number.MAX_SAFE_INTEGER }: { min: number; max?: number },
): number {
  const count = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (count >= min && count <= max) return count;
  const most = max === Number.MAX_SAFE_INTEGER ? '' : ` and at most ${max}`;
  throw new UsageError(`--${flag} ${quote(text)} is not a whole number of at least ${min}${most}`);
}

/** A seed in [0, 2^64), kept as the decimal string that it is. */
export function parseSeed(text: string): string {
  if (/^\d+$/.test(text) && BigInt(text) < 2n ** 64n) return BigInt(text).toString();
  throw new UsageError(`--seed ${quote(text)} is not an integer in [0, 2^64)`);
}

/** 'i/n', 1-based. */
export function parseShard(text: string): Shard {
  const match = /^(\d+)\/(\d+)$/.exec(text);
  const [number, of] = match === null ? [0, 0] : [Number(match[1]), Number(match[2])];
  if (number >= 1 && number <= of && Number.isSafeInteger(of)) return { number, of };
  throw new UsageError(`--shard ${quote(text)} is not i/n with 1 ≤ i ≤ n, as in 2/3`);
}

/** 'a,b' → ['a', 'b'], each one of `known`; 'none' alone → [] where allowed. */
export function parseNames<T extends string>(
  flag: string,
  text: string,
  { known, noun, allowNone = false }: { known: readonly T[]; noun: string; allowNone?: boolean },
): readonly T[] {
  if (allowNone && text === 'none') return [];
  const names = text.split(',').map((name) => name.trim());
  for (const name of names) {
    if (known.some((candidate) => candidate === name)) continue;
    const meant = nearestOf(name, known);
    throw new UsageError(
      `--${flag}: ${quote(name)} is no ${noun}; there are ${known.join(', ')}${meant === null ? '' : `; did you mean ${meant}?`}`,
    );
  }
  return known.filter((candidate) => names.includes(candidate));
}

function quote(text: string): string {
  return JSON.stringify(text);
}
