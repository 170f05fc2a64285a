/** e_c/S·Σ a − a_c of a lane of halves: what each class takes of a total, without what it has of it. */
import type { FloatArray } from '../float/format.ts';
import { addRest, roundedOff, type LaneSums, type Place } from './lane-sums.ts';

/** The a: element `from` of `values`, and every so many `step`s. */
interface Terms {
  readonly values: ArrayLike<number>;
  readonly from: number;
  readonly step: number;
  readonly scale: number;
}

/** In a lane whose logits are all within it of the largest, e^−gap is 1 − gap + gap²/2 to 2^−40. */
const flatGap = 2 ** -20;

/**
 * scale·(e_c·Σ a − a_c·S)/S. The class of the largest logit, which may have all but nothing of the lane, is
 * told what the others have instead: Σ' a − a_c·Σ' e, without its own. Between classes that are all alike the
 * products are exact, so that what cancels leaves nothing.
 */
export function fillByShares(
  output: FloatArray,
  logits: FloatArray,
  place: Place,
  sums: LaneSums,
  terms: Terms,
): void {
  const { start, stride, length } = place;
  addRest(sums, logits, place);
  const { powers, sum, rest, maxAt } = sums;
  const { values, from, step, scale } = terms;
  const largest = (maxAt - start) / stride;
  let others = 0;
  let lost = 0;
  for (let c = 0, i = from; c < length; c++, i += step) {
    if (c === largest) continue;
    const value = values[i]!;
    const next = others + value;
    lost += roundedOff(next, others, value);
    others = next;
  }
  const own = length === 0 ? 0 : values[from + largest * step]!;
  const all = others + own;
  const total = all + (lost + roundedOff(all, others, own));
  if (length - sum <= flatGap) {
    fillFlat(output, logits, place, { ...terms, sums, total });
    return;
  }
  for (let c = 0, i = start, j = from; c < length; c++, i += stride, j += step) {
    output[i] = (scale * (powers[c]! * total - values[j]! * sum)) / sum;
  }
  output[maxAt] = (scale * (others + lost - own * rest)) / sum;
}

interface Flat extends Terms {
  readonly sums: LaneSums;
  readonly total: number;
}

/**
 * The same where all classes are nearly alike: with e_c = 1 + m_c, (Σ a − a_c·C) + (m_c·Σ a − a_c·Σ m). What
 * is left where the first difference is 0 is of the size of m, which e in float64 does not hold.
 */
function fillFlat(
  output: FloatArray,
  logits: FloatArray,
  { start, stride, length }: Place,
  { values, from, step, scale, sums: { max, sum }, total }: Flat,
): void {
  const lessThanOne = (i: number): number => {
    const gap = max - logits[i]!;
    return gap * (gap / 2 - 1);
  };
  let all = 0;
  for (let c = 0, i = start; c < length; c++, i += stride) all += lessThanOne(i);
  for (let c = 0, i = start, j = from; c < length; c++, i += stride, j += step) {
    const value = values[j]!;
    output[i] = (scale * (total - value * length + (lessThanOne(i) * total - value * all))) / sum;
  }
}
