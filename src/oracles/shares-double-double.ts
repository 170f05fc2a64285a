/** The shares of a column's lanes in double-double, and their logarithms: each of what its kernel needs. */
import type { KernelName } from '../contract/subject.ts';
import { DoubleDouble, expAll, log1pAll, type DoubleDoubles } from '../float/double-double.ts';
import type { FlatColumn } from './flat-column.ts';
import { regular, type Analysis } from './lane-analysis.ts';

/** Those of regular lanes. A lane often holds two values only: equal neighbours, or all but, share a slot. */
export interface Shares {
  /** By element. */
  readonly slotOf: Int32Array;
  /** By slot; log p is filled in for kernels that need it, p for the others. */
  readonly p: DoubleDoubles;
  readonly logP: DoubleDoubles;
  /** By lane: Σ e^(−a_i) without the one of argmax, and log S where it is needed. */
  readonly rest: DoubleDoubles;
  readonly logSum: DoubleDoubles;
}

const needsLogarithm: Readonly<Partial<Record<KernelName, true>>> = {
  logSoftmax: true,
  logSumExp: true,
  crossEntropy: true,
  crossEntropyTargetBackward: true,
};

export function sharesInDoubleDouble(
  { kernel, lanes, logits, pool }: FlatColumn,
  analysis: Analysis,
): Shares {
  const taken = (length: number): DoubleDoubles => ({ hi: pool.float64(length), lo: pool.float64(length) });
  const slots = { ofElement: pool.int32(logits.length), gaps: taken(logits.length) };
  const firstSlots = pool.int32(lanes.count + 1);
  for (let lane = 0; lane < lanes.count; lane++) {
    const first = firstSlots[lane]!;
    firstSlots[lane + 1] =
      analysis.state[lane] === regular ? fillSlots(slots, first, { lanes, logits, analysis, lane }) : first;
  }
  const used = firstSlots[lanes.count]!;
  const powers = taken(used);
  powers.hi.set(slots.gaps.hi.subarray(0, used));
  powers.lo.set(slots.gaps.lo.subarray(0, used));
  expAll(powers, used);
  const rest = taken(lanes.count);
  for (let lane = 0; lane < lanes.count; lane++) {
    if (analysis.state[lane] === regular) sumPowers(rest, powers, slots.ofElement, { lanes, analysis, lane });
  }
  const logSum = taken(lanes.count);
  if (needsLogarithm[kernel] === true) {
    logSum.hi.set(rest.hi);
    logSum.lo.set(rest.lo);
    log1pAll(logSum, lanes.count);
  }
  for (let lane = 0; lane < lanes.count; lane++) {
    const [from, to] = [firstSlots[lane]!, firstSlots[lane + 1]!];
    if (needsLogarithm[kernel] === true) subtractAll(slots.gaps, from, to, partsOf(logSum, lane));
    else divideAll(powers, from, to, partsOf(rest, lane));
  }
  return { slotOf: slots.ofElement, p: powers, logP: slots.gaps, rest, logSum };
}

// What the elements are worked out in.
const value = new DoubleDouble();
const sum = new DoubleDouble();

interface OneLane {
  readonly lanes: FlatColumn['lanes'];
  readonly analysis: Analysis;
  readonly lane: number;
}

/** Gives the elements their slots, from `first` on: x − max, exactly, in each. The next slot that is free. */
function fillSlots(
  { ofElement, gaps }: { ofElement: Int32Array; gaps: DoubleDoubles },
  first: number,
  { lanes, logits, analysis, lane }: OneLane & { logits: Float64Array },
): number {
  const stride = lanes.stride[lane]!;
  const length = lanes.length[lane]!;
  const max = analysis.max[lane]!;
  let next = first;
  let [last, other] = [-1, -1];
  for (let k = 0, i = lanes.start[lane]!; k < length; k++, i += stride) {
    value.setSum(logits[i]!, -max);
    const { hi, lo } = value;
    if (last < 0 || gaps.hi[last] !== hi || !Object.is(gaps.lo[last], lo)) {
      const before = last;
      if (other >= 0 && gaps.hi[other] === hi && Object.is(gaps.lo[other], lo)) {
        last = other;
      } else {
        gaps.hi[next] = hi;
        gaps.lo[next] = lo;
        last = next++;
      }
      other = before;
    }
    ofElement[i] = last;
  }
  return next;
}

function sumPowers(
  rest: DoubleDoubles,
  powers: DoubleDoubles,
  slotOf: Int32Array,
  { lanes, analysis, lane }: OneLane,
): void {
  const stride = lanes.stride[lane]!;
  const length = lanes.length[lane]!;
  const argmax = analysis.argmax[lane]!;
  sum.set(0);
  for (let k = 0, i = lanes.start[lane]!; k < length; k++, i += stride) {
    if (k !== argmax) sum.add(powers.hi[slotOf[i]!]!, powers.lo[slotOf[i]!]!);
  }
  rest.hi[lane] = sum.hi;
  rest.lo[lane] = sum.lo;
}

function partsOf({ hi, lo }: DoubleDoubles, at: number): Parts {
  return { hi: hi[at]!, lo: lo[at]! };
}

interface Parts {
  readonly hi: number;
  readonly lo: number;
}

/** log p = x − max − log S, in place. */
function subtractAll(gaps: DoubleDoubles, from: number, to: number, logSum: Parts): void {
  for (let slot = from; slot < to; slot++) {
    value.set(gaps.hi[slot]!, gaps.lo[slot]!).subtract(logSum.hi, logSum.lo);
    gaps.hi[slot] = value.hi;
    gaps.lo[slot] = value.lo;
  }
}

/** p = e^(−a)/(1 + rest), in place. */
function divideAll(powers: DoubleDoubles, from: number, to: number, rest: Parts): void {
  sum.set(1).add(rest.hi, rest.lo);
  for (let slot = from; slot < to; slot++) {
    value.set(powers.hi[slot]!, powers.lo[slot]!).divide(sum.hi, sum.lo);
    powers.hi[slot] = value.hi;
    powers.lo[slot] = value.lo;
  }
}
