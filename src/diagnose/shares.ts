/**
 * What the answer of one lane says of the shares behind it, if all after them is done by the sound formula:
 * by what factor they are off, whether they still sum to 1, and what power each is of. Knows no rule.
 */
import { isIndexTarget, type Case } from '../case/case.ts';
import { formatFacts, type FloatArray } from '../float/format.ts';
import type { Answered } from './probe.ts';

/** Shares of a lane: those behind what it got, and the exact ones by the same way. */
interface Shares {
  readonly got: readonly number[];
  readonly exact: readonly number[];
}

type Values = FloatArray | Float64Array;

/** Null of more lanes than one, and where the answer does not hold a share for each class. */
function sharesOf({ case: c, got, exact }: Answered): Shares | null {
  if (got === null || exact === null || !isOneLane(c)) return null;
  const inverse = inverseOf(c);
  if (inverse === null) return null;
  return { got: inverse(got), exact: inverse(exact) };
}

function isOneLane({ logits, axis }: Case): boolean {
  return logits.data.length > 0 && logits.data.length === (logits.shape.at(axis) ?? 1);
}

function inverseOf(c: Case): ((values: Values) => readonly number[]) | null {
  const { operation, direction, cotangent, loss } = c;
  const dy = cotangent?.data;
  if (direction === 'forward') {
    if (operation === 'softmax') return (p) => Array.from(p);
    return operation === 'logSoftmax' ? (logP) => Array.from(logP, Math.exp) : null;
  }
  if (operation === 'logSumExp') return (g) => Array.from(g, (value) => value / dy![0]!);
  if (operation === 'logSoftmax') {
    const total = Array.from(dy!).reduce((sum, value) => sum + value, 0);
    return total === 0 ? null : (g) => Array.from(g, (value, k) => (dy![k]! - value) / total);
  }
  if (operation !== 'crossEntropy' || loss!.weight !== undefined || loss!.labelSmoothing !== 0) return null;
  if (direction === 'targetBackward') return (g) => Array.from(g, (value) => Math.exp(-value / dy![0]!));
  const { target } = loss!;
  const t = (k: number): number => (isIndexTarget(target) ? (target.data[0] === k ? 1 : 0) : target.data[k]!);
  return (g) => Array.from(g, (value, k) => value / dy![0]! + t(k));
}

/**
 * The factor by which all shares of the lane are off, as a wrong sum leaves them; null where no one factor
 * explains the answer, or any would.
 */
export function normaliserOf(answered: Answered): number | null {
  const { case: c, got, exact } = answered;
  if (got === null || exact === null || !isOneLane(c)) return null;
  if (c.operation === 'softmax' && c.direction === 'backward') return normaliserOfSoftmaxGradient(answered);
  const isOneNumber =
    c.direction === 'forward' &&
    (c.operation === 'logSumExp' || (c.operation === 'crossEntropy' && isPlainLoss(c)));
  if (isOneNumber) return finite(Math.exp(exact[0]! - got[0]!));
  const shares = sharesOf(answered);
  if (shares === null) return null;
  const factors = shares.got.flatMap((share, k) =>
    shares.exact[k]! > 2 ** -10 ? [share / shares.exact[k]!] : [],
  );
  return commonOf(factors, c);
}

function isPlainLoss({ loss }: Case): boolean {
  return isIndexTarget(loss!.target) && loss!.weight === undefined && loss!.labelSmoothing === 0;
}

function finite(value: number): number | null {
  return Number.isFinite(value) && value > 0 ? value : null;
}

/** To a few roundings, or a 64th of how far it is from 1. */
function commonOf(factors: readonly number[], { format }: Case): number | null {
  const first = factors[0];
  if (first === undefined || finite(first) === null) return null;
  const slack = 64 * formatFacts(format).unitRoundoff + Math.abs(first - 1) / 64;
  return factors.every((factor) => Math.abs(factor - first) <= slack) ? first : null;
}

/** g = c·s·(dy − c·Σ s·dy), whose sum is c·(1 − c)·Σ s·dy: one of two c, if any. */
function normaliserOfSoftmaxGradient({ case: c, got, exact }: Answered): number | null {
  const dy = c.cotangent!.data;
  const x = c.logits.data;
  const max = Math.max(...x);
  const powers = Array.from(x, (value) => Math.exp(value - max));
  const sum = powers.reduce((a, b) => a + b, 0);
  const dot = powers.reduce((total, power, k) => total + (power / sum) * dy[k]!, 0);
  const total = Array.from(got!).reduce((a, b) => a + b, 0);
  const root = Math.sqrt(1 - (4 * total) / dot);
  const slack = Math.max(...Array.from(got!, (g, k) => Math.abs(g - exact![k]!))) / 64;
  for (const factor of [(1 + root) / 2, (1 - root) / 2]) {
    const isIt = powers.every(
      (power, k) => Math.abs(factor * (power / sum) * (dy[k]! - factor * dot) - got![k]!) <= slack,
    );
    if (isIt) return finite(factor);
  }
  return null;
}

/** Whether the shares of the lane are off, and still sum to 1: null where the answer does not say. */
export function sumsToOne(answered: Answered): boolean | null {
  const { case: c, got, exact } = answered;
  if (got === null || exact === null || !isOneLane(c)) return null;
  const isOfDifferences = c.operation === 'softmax' && c.direction === 'backward';
  const shares = isOfDifferences ? { got: Array.from(got), exact: Array.from(exact) } : sharesOf(answered);
  if (shares === null) return null;
  const total = shares.got.reduce((sum, share) => sum + share, isOfDifferences ? 1 : 0);
  const off = Math.max(...shares.got.map((share, k) => Math.abs(share - shares.exact[k]!)));
  return Math.abs(total - 1) <= off / 16 + 8 * shares.got.length * formatFacts(c.format).unitRoundoff;
}

/**
 * e^z of the lane's one low logit, as the answer implies it, less the exact one, and how exact that is: of
 * lanes [0, −g] and [0, 0, −g, 0], of which `at` is the low one. A wrong exp gives the same for both.
 */
export function powerOf(
  answered: Answered,
  at: number,
): { readonly off: number; readonly noise: number } | null {
  const { case: c, got } = answered;
  if (got === null || !isOneLane(c)) return null;
  const x = c.logits.data;
  const [low, others] = [x[at]!, x.length - 1];
  const { unitRoundoff } = formatFacts(c.format);
  if (c.direction === 'forward' && c.operation !== 'softmax' && c.operation !== 'logSoftmax') {
    if (c.operation === 'crossEntropy' && !isPlainLoss(c)) return null;
    const named = c.operation === 'crossEntropy' ? x[c.loss!.target.data[0]!]! : 0;
    const sum = Math.exp(got[0]! + named);
    const noise = 2 * unitRoundoff * sum * (1 + Math.abs(got[0]!) + Math.abs(named));
    return { off: sum - others - Math.exp(low), noise };
  }
  const shares = sharesOf(answered);
  if (shares === null) return null;
  const high = shares.got[at === 0 ? 1 : 0]!;
  const exactHigh = shares.exact[at === 0 ? 1 : 0]!;
  const own = shares.got[at]! / high;
  const scale = c.direction === 'forward' ? Math.exp(low) : 1;
  return { off: own - shares.exact[at]! / exactHigh, noise: 32 * unitRoundoff * scale * (1 + Math.abs(low)) };
}
