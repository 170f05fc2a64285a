/** Which cases a part claims, as sets: those that it covers, or where it is of old, all of its shard. */
import type { CoverRecord, PartRecord } from '../archive/run-record.ts';
import {
  blockAt,
  blockCount,
  blockLength,
  blockNumberOf,
  greatestCommonDivisor,
  isInShard,
  leastCommonMultiple,
  span,
  strands,
} from '../examine/range.ts';

export type Claim = readonly CoverRecord[];

export function claimOf(part: PartRecord): Claim {
  return part.covers ?? [...(part.corpus === null ? [] : [wholeCorpus]), ...wholeShard(part)];
}

const wholeCorpus: CoverRecord = { from: -Number.MAX_SAFE_INTEGER, to: 0, step: 1 };

/** All indices that the part's shard has, whatever it judged of them. */
export function wholeShard({ shard, runs }: Pick<PartRecord, 'shard' | 'runs'>): Claim {
  const { number, of, by } = shard;
  const end = runs ?? Number.MAX_SAFE_INTEGER;
  if (by !== 'blocks') return number > end ? [] : [{ from: number - 1, to: end, step: of }];
  const period = leastCommonMultiple(of, strands);
  const blocks: CoverRecord[] = [];
  for (let block = number - 1; block < Math.min(period, blockCount(end)); block += of) {
    const { from } = blockAt(block, null)!;
    const times = Math.floor((blockCount(end) - 1 - block) / period); // but the last, which may be short
    const every = (period / strands) * span;
    const last = blockAt(block + times * period, runs)!;
    if (times > 0) blocks.push({ from, to: from + span - strands + 1, step: strands, every, times });
    blocks.push({ from: last.from, to: last.to, step: strands });
  }
  return blocks;
}

/** Whether a part covers what is none of its shard: whoever wrote that, it would count cases twice. */
export function isBeyondShard({ shard, runs, corpus, covers = [] }: PartRecord): boolean {
  return !covers.every(({ from, to, step, every, times = 1 }) => {
    if (from < 0) return corpus !== null;
    const last = to + (times - 1) * (every ?? 0) - 1;
    if (!Number.isSafeInteger(last) || (runs !== null && last >= runs) || !isInShard(from, shard))
      return false;
    if (
      every !== undefined &&
      (step !== strands || from % span >= strands || to !== from + span - strands + 1)
    )
      return false;
    const steps = [...(to - from > step ? [step] : []), ...(every === undefined ? [] : [every])];
    return steps.every((apart) => staysInShard(from, to, apart, shard));
  });
}

/** Whether what is `apart` from an index of the shard is of it too. */
function staysInShard(from: number, to: number, apart: number, { of, by }: PartRecord['shard']): boolean {
  if (by !== 'blocks') return apart % of === 0;
  if (apart % span === 0) return ((apart / span) * strands) % of === 0;
  const isOfOneBlock = apart % strands === 0 && Math.floor(from / span) === Math.floor((to - 1) / span);
  return isOfOneBlock || greatestCommonDivisor(apart, strands) % of === 0;
}

export function casesIn(claim: Claim): number {
  return claim.reduce((sum, { from, to, step, times = 1 }) => sum + times * Math.ceil((to - from) / step), 0);
}

export function shareCases(a: Claim, b: Claim): boolean {
  return a.some((one) => b.some((other) => commonOf(one, other, 1) > 0));
}

export function commonIn(a: Claim, b: Claim): number {
  return a.reduce((sum, one) => sum + b.reduce((own, other) => own + commonOf(one, other), 0), 0);
}

/** How many cases the two have in common; no more is looked for than `enough`. */
function commonOf(a: CoverRecord, b: CoverRecord, enough = Infinity): number {
  if (a.every !== undefined && b.every !== undefined)
    return a.from % strands === b.from % strands
      ? blockLength * commonPlain(beginnings(a), beginnings(b))
      : 0;
  if (b.every === undefined) return a.every === undefined ? commonPlain(a, b) : commonOf(b, a, enough);
  const { from, to, step, every, times = 1 } = b;
  if ((from - a.from) % greatestCommonDivisor(a.step, strands) !== 0) return 0;
  const first = Math.max(0, Math.floor((a.from - to) / every) + 1);
  const last = Math.min(times - 1, Math.ceil((a.to - from) / every) - 1);
  let common = 0;
  for (let i = first; i <= last && common < enough; i++)
    common += commonPlain(a, { from: from + i * every, to: to + i * every, step });
  return common;
}

function beginnings({ from, every = 1, times = 1 }: CoverRecord): CoverRecord {
  return { from, to: from + (times - 1) * every + 1, step: every };
}

/** By the Chinese remainder theorem. */
function commonPlain(a: CoverRecord, b: CoverRecord): number {
  const low = Math.max(a.from, b.from);
  const high = Math.min(a.to, b.to);
  const common = greatestCommonDivisor(a.step, b.step);
  if (low >= high || (b.from - a.from) % common !== 0) return 0;
  const modulus = b.step / common;
  const steps = timesModulo((b.from - a.from) / common, inverse(a.step / common, modulus), modulus);
  const period = a.step * modulus;
  const met = a.from + steps * a.step; // the first of a that could be of b, were that without a beginning
  const first = met < low ? met + Math.ceil((low - met) / period) * period : met;
  return first < high ? Math.ceil((high - first) / period) : 0;
}

function timesModulo(a: number, b: number, modulus: number): number {
  const [left, right] = [((a % modulus) + modulus) % modulus, b % modulus];
  const product = left * right;
  return Number.isSafeInteger(product)
    ? product % modulus
    : Number((BigInt(left) * BigInt(right)) % BigInt(modulus));
}

/** x with value · x ≡ 1, where the two have no common divisor. */
function inverse(value: number, modulus: number): number {
  let [a, b, x, y] = [value % modulus, modulus, 1, 0];
  while (b !== 0) {
    const quotient = Math.floor(a / b);
    [a, b, x, y] = [b, a - quotient * b, y, x - quotient * y];
  }
  return ((x % modulus) + modulus) % modulus;
}

/** The numbers of the blocks that an entry has a case of, and whether it has all of each. */
export function* blocksIn(
  { from, to, step, every = 0, times = 1 }: CoverRecord,
  runs: number | null,
): Generator<{ readonly block: number; readonly isWhole: boolean }, void, undefined> {
  for (let i = 0; i < times; i++) {
    const low = from + i * every;
    const high = to + i * every;
    const apart = leastCommonMultiple(step, strands);
    for (let first = low; first < Math.min(high, low + apart); first += step) {
      for (let at = first; at < high; at += Math.ceil((nextSpan(at) - at) / apart) * apart) {
        const block = blockNumberOf(at);
        const own = blockAt(block, runs)!;
        const isWhole = apart === strands && at === own.from && lastOf(own) < high;
        yield { block, isWhole };
      }
    }
  }
}

function nextSpan(index: number): number {
  return (Math.floor(index / span) + 1) * span;
}

function lastOf({ from, to, step }: { from: number; to: number; step: number }): number {
  return from + (Math.ceil((to - from) / step) - 1) * step;
}
