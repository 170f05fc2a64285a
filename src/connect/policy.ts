/**
 * The conventions that a library documents otherwise than the contract: what depends on them is not asked of
 * it, and is counted as a skip that says so. No fault is a convention.
 */
import { z } from 'zod';
import { isIndexTarget, type Case, type Loss } from '../case/case.ts';
import { formatFacts } from '../float/format.ts';
import { laneStart, lanesOf, type Lanes } from '../tensor/lanes.ts';

/** Each key says one convention; what is absent is as the contract has it. */
export interface Policy {
  /** A share or weight of 0 where log p is −∞ gives NaN, as the formula does in IEEE arithmetic. */
  readonly zeroTimesInfinity?: 'ieee';
  /** An ignored position is multiplied by 0: what is not finite there shows. */
  readonly ignoredRows?: 'ieee';
  /**
   * A lane with +∞ has an answer of the library's own; `ieee`: that of the formula in IEEE arithmetic, which
   * is the contract's for the logarithm of the sum alone.
   */
  readonly positiveInfinity?: 'any' | 'ieee';
  /** A lane of −∞ alone has an answer of the library's own. */
  readonly negativeInfinity?: 'any';
  /** Tensors of rank 0 are not meant. */
  readonly scalars?: 'none';
  /** The mean over no positions, or over those alone whose weights are 0, has an answer of its own. */
  readonly emptyMean?: 'any';
  /** Shares that do not add up to 1 have gradients of the library's own. */
  readonly unnormalised?: 'any';
}

export const policySchema: z.ZodType<Policy> = z.object({
  zeroTimesInfinity: z.exactOptional(z.literal('ieee')),
  ignoredRows: z.exactOptional(z.literal('ieee')),
  positiveInfinity: z.exactOptional(z.enum(['any', 'ieee'])),
  negativeInfinity: z.exactOptional(z.literal('any')),
  scalars: z.exactOptional(z.literal('none')),
  emptyMean: z.exactOptional(z.literal('any')),
  unnormalised: z.exactOptional(z.literal('any')),
});

interface Convention {
  readonly key: keyof Policy;
  /** As the end of `follows another convention: …`. */
  readonly text: string;
  /** Whether the answer depends on it. */
  readonly matters: (c: Case, lanes: Lanes, policy: Policy) => boolean;
}

const conventions: readonly Convention[] = [
  { key: 'scalars', text: 'no tensors of rank 0', matters: (c) => c.logits.shape.length === 0 },
  {
    key: 'positiveInfinity',
    text: '+∞ in a lane',
    matters: (c, _, { positiveInfinity }) =>
      c.logits.data.includes(Infinity) &&
      !(positiveInfinity === 'ieee' && c.operation === 'logSumExp' && c.direction === 'forward'),
  },
  {
    key: 'negativeInfinity',
    text: 'a lane of −∞ alone',
    matters: (c, lanes) => hasLane(lanes, (at) => c.logits.data[at] === -Infinity),
  },
  {
    key: 'emptyMean',
    text: 'the mean of nothing',
    matters: (c, lanes) => c.loss?.reduction === 'mean' && weightOfAll(c.loss, lanes) === 0,
  },
  {
    key: 'unnormalised',
    text: 'shares that do not add up to 1',
    matters: (c, lanes) =>
      c.direction !== 'forward' && c.loss !== undefined && isUnnormalised(c.loss, c, lanes),
  },
  {
    key: 'ignoredRows',
    text: 'what is not finite where a position is ignored',
    matters: (c) => hasIgnored(c.loss) && !isFiniteThroughout(c),
  },
  {
    key: 'zeroTimesInfinity',
    text: '0 · ∞ is NaN',
    matters: (c) => c.loss !== undefined && multipliesByZero(c, c.loss) && !isFiniteThroughout(c),
  },
];

/** Why the case is not asked of who follows the policy; null where it is. */
export function whyOtherConvention(c: Case, policy: Policy): string | null {
  const lanes = lanesOf(c.logits.shape, c.axis);
  const other = conventions.find(
    ({ key, matters }) => policy[key] !== undefined && matters(c, lanes, policy),
  );
  return other === undefined ? null : `follows another convention: ${other.text}`;
}

/** `0 · ∞ is NaN, +∞ in a lane`: the conventions of its own, for a report; '' where it has none. */
export function policyText(policy: Policy): string {
  return conventions
    .filter(({ key }) => policy[key] !== undefined)
    .map(({ text }) => text)
    .join(', ');
}

/** Whether all elements of some lane are so; never of a lane without elements. */
function hasLane(lanes: Lanes, holds: (at: number) => boolean): boolean {
  const { length, stride, count } = lanes;
  for (let lane = 0; lane < count && length > 0; lane++) {
    let k = 0;
    for (let at = laneStart(lanes, lane); k < length && holds(at); at += stride) k++;
    if (k === length) return true;
  }
  return false;
}

function weightOfAll({ target, weight, ignoreIndex }: Loss, { count }: Lanes): number {
  if (!isIndexTarget(target)) return count;
  return target.data.reduce(
    (sum, index) => sum + (index === ignoreIndex ? 0 : (weight?.data[index] ?? 1)),
    0,
  );
}

function hasIgnored(loss: Loss | undefined): boolean {
  const { target, ignoreIndex } = loss ?? {};
  return target !== undefined && isIndexTarget(target) && ignoreIndex !== undefined
    ? target.data.includes(ignoreIndex)
    : false;
}

/** Whether some log p may be multiplied by 0; the gradient to the logits has none in it. */
function multipliesByZero({ direction, cotangent }: Case, { target, weight, labelSmoothing }: Loss): boolean {
  if (direction === 'backward') return false;
  if (labelSmoothing === 1 || (weight?.data.includes(0) ?? false)) return true;
  if (direction === 'targetBackward') return cotangent?.data.includes(0) ?? false;
  return !isIndexTarget(target) && labelSmoothing === 0 && target.data.includes(0);
}

/** Shares of a format add up to 1 but for their own roundings. */
function isUnnormalised({ target }: Loss, { format }: Case, lanes: Lanes): boolean {
  if (isIndexTarget(target)) return false;
  const { length, stride, count } = lanes;
  const allowed = (length + 1) * formatFacts(format).unitRoundoff;
  for (let lane = 0; lane < count; lane++) {
    let sum = 0;
    for (let k = 0, at = laneStart(lanes, lane); k < length; k++, at += stride) sum += target.data[at]!;
    if (!(Math.abs(sum - 1) <= allowed)) return true;
  }
  return false;
}

/** No log p is infinite: all logits are finite, and so are all of their differences. */
function isFiniteThroughout({ logits, format }: Case): boolean {
  let [min, max] = [Infinity, -Infinity];
  for (const value of logits.data) {
    if (!Number.isFinite(value)) return false;
    min = Math.min(min, value);
    max = Math.max(max, value);
  }
  return logits.data.length === 0 || max - min < formatFacts(format).largestFinite / 2;
}
