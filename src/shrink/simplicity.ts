/** The order in which one case is simpler than another; shrinking only ever goes down it, so it ends. */
import { callFormCost } from '../case/call-form.ts';
import { distributionSlackOf, isIndexTarget, type Case, type Loss } from '../case/case.ts';
import { axisClassOf } from '../case/signature.ts';
import { tensorsOf, type TensorName } from '../case/case-tensors.ts';
import { exponentOf } from '../float/ulp.ts';
import { lanesOf, laneStart } from '../tensor/lanes.ts';
import { extentOf } from '../tensor/tensor.ts';

/**
 * The plainest value of each tensor of floats: where a
 * cotangent or a weight is not there, it counts as all ones.
 */
export const plainest: Readonly<Record<TensorName, 0 | 1>> = { logits: 0, dy: 1, target: 0, weight: 1 };

/**
 * Compared one after the other: extent (product of the sizes, a size of 0 counting as 1), whether the axis is
 * before another, rank, the form of the call, options, whether targets are no distributions, numbers, and
 * whether the axis is counted from the end. All are whole numbers of at least 0.
 */
export type Measure = readonly [number, number, number, number, number, number, number, number];

export function measureOf(c: Case): Measure {
  const { shape } = c.logits;
  return [
    extentOf(shape),
    innerOf(c),
    shape.length,
    callFormCost(c.call),
    c.loss === undefined ? 0 : optionsCost(c.loss),
    hasDistributions(c) ? 0 : 1,
    numbersCost(c),
    c.axis < 0 ? 1 : 0,
  ];
}

export function isSimpler(candidate: Case, current: Case): boolean {
  const order = byShape(candidate, current);
  if (order !== 0) return order < 0; // the numbers of a large case need not be looked at
  const [a, b] = [measureOf(candidate), measureOf(current)];
  const at = a.findIndex((value, i) => value !== b[i]);
  return at >= 0 && a[at]! < b[at]!;
}

function byShape(a: Case, b: Case): number {
  const byExtent = extentOf(a.logits.shape) - extentOf(b.logits.shape);
  if (byExtent !== 0) return byExtent;
  const byPlace = innerOf(a) - innerOf(b);
  return byPlace !== 0 ? byPlace : a.logits.shape.length - b.logits.shape.length;
}

function innerOf(c: Case): number {
  return axisClassOf(c) === 'inner' ? 1 : 0;
}

/** Targets that are probabilities stay such while they can: each lane's sum is 1, up to rounding. */
function hasDistributions({ loss, logits, axis, format }: Case): boolean {
  if (loss === undefined || isIndexTarget(loss.target)) return true;
  const { data } = loss.target;
  const lanes = lanesOf(logits.shape, axis);
  for (let lane = 0; lane < lanes.count; lane++) {
    let [sum, at] = [0, laneStart(lanes, lane)];
    for (let k = 0; k < lanes.length; k++, at += lanes.stride) sum += data[at]!;
    if (Math.abs(sum - 1) > distributionSlackOf(format)) return false;
  }
  return true;
}

/** The smoothings that are plainer than any other, plainest first. */
export const plainSmoothings: readonly number[] = [0, 0.5, 1, 0.25, 0.1, 0.125];

function optionsCost({ weight, ignoreIndex, labelSmoothing, reduction }: Loss): number {
  const known = plainSmoothings.indexOf(labelSmoothing);
  return (
    (weight === undefined ? 0 : 1) +
    (ignoreIndex === undefined ? 0 : 1) +
    (known < 0 ? plainSmoothings.length : known) +
    { mean: 0, sum: 1, none: 2 }[reduction]
  );
}

function numbersCost(c: Case): number {
  let cost = 0;
  for (const { name, format, tensor } of tensorsOf(c))
    cost += format === 'int32' ? indicesCost(c.loss!) : sumOfCosts(tensor.data, plainest[name]);
  return cost;
}

/** A class costs its index, an ignored position more than any. */
function indicesCost({ target, ignoreIndex }: Loss): number {
  let [cost, highest, ignored] = [0, 0, 0];
  for (const y of target.data) {
    if (y === ignoreIndex) ignored++;
    else cost += y;
    if (y > highest) highest = y;
  }
  return cost + ignored * (highest + 1);
}

function sumOfCosts(data: ArrayLike<number>, favourite: 0 | 1): number {
  let cost = 0;
  for (let i = 0; i < data.length; i++) cost += numberCost(data[i]!, favourite);
  return cost;
}

const specialCost = 10_000; // above every finite number's, which is at most 3·52 + 2·1074 + 7

/**
 * How much there is to a number: 0 for the favourite of 0 and 1, then the other, −1, and more with each bit
 * of the significand and of the exponent's size. Not finite costs most: its presence has to earn its place.
 */
export function numberCost(value: number, favourite: 0 | 1): number {
  if (Number.isNaN(value)) return specialCost;
  if (!Number.isFinite(value)) return specialCost + (value > 0 ? 1 : 2);
  if (value === favourite) return Object.is(value, -0) ? 1 : 0;
  if (value === 1 - favourite) return Object.is(value, -0) ? 3 : 2;
  const sign = value < 0 ? 1 : 0;
  return 3 + sign + 3 * (significandBitsOf(value) - 1) + 2 * Math.abs(exponentOf(value));
}

const view = new DataView(new ArrayBuffer(8));

/** Bits from the first set one to the last, of a finite number other than 0: 1 for a power of two. */
export function significandBitsOf(value: number): number {
  view.setFloat64(0, value);
  const [high, low] = [view.getUint32(0), view.getUint32(4)];
  const fraction = high & 0xfffff;
  const trailing = low !== 0 ? trailingZeros(low) : 32 + (fraction !== 0 ? trailingZeros(fraction) : 20);
  if (((high >>> 20) & 0x7ff) !== 0) return 53 - trailing;
  // subnormal: no hidden bit
  const leading = fraction !== 0 ? Math.clz32(fraction) - 12 : 20 + Math.clz32(low);
  return 52 - leading - trailing;
}

function trailingZeros(bits: number): number {
  return 31 - Math.clz32(bits & -bits);
}
