/**
 * What a divergence depends on, found by asking the blamed one plainer variants of the case: values beside
 * the blamed lane, the axis, options and the format. What it does not depend on, its signature does not name.
 */
import { laneAlone, moveAxis } from '../../properties/transform-case.ts';
import { caseSize, type Case, type Loss } from '../case/case.ts';
import { mapTensors } from '../case/case-tensors.ts';
import { axisClassOf, blamedLane } from '../case/signature.ts';
import type { Divergence } from '../case/verdict.ts';
import { floatArrayFrom, type Format } from '../float/format.ts';
import { withoutIgnoreIndex, withoutWeight, withReduction } from '../shrink/drop-options.ts';
import { laneOf, lanesOf } from '../tensor/lanes.ts';

export interface Dependence {
  /** The plainest of the variants that still shows it. */
  readonly case: Case;
  /** The blamed lane in it; null where all are. */
  readonly lane: number | null;
  /** Another format shows it as well. */
  readonly anyFormat: boolean;
}

/** Larger cases keep what they have: to ask a variant takes as long as a hundred small cases. */
const elementsMax = 2 ** 14;

/**
 * The variants that are asked are a function of the case and of what the blamed one answers, so that all who
 * see the case give it one name. Mostly it is one: where the plainest of all shows it, no other is asked.
 */
export async function dependenceOf(
  c: Case,
  { element, oracle, symptom }: Pick<Divergence, 'element' | 'oracle' | 'symptom'>,
  shows: (variant: Case) => Promise<boolean>,
): Promise<Dependence> {
  const own = blamedLane(c, element);
  const isAsked = oracle === 'exact' || oracle === 'conduct';
  if (!isAsked || c.invalid !== undefined || caseSize(c) > elementsMax)
    return { case: c, lane: own, anyFormat: false };
  const start: Case = { ...c, checks: symptom === 'not-repeatable' ? ['repeat'] : [] };
  const variants = variantsOf(start, oracle === 'conduct' ? noLane : own);
  const laneIn = (variant: Case): number | null =>
    own !== null && lanesOf(variant.logits.shape, variant.axis).count < 2 ? null : own;
  const plainest = variants.reduce((variant, make) => make(variant) ?? variant, start);
  const elsewhere = inOtherFormat(plainest);
  if (elsewhere !== null && (await shows(elsewhere)))
    return { case: plainest, lane: laneIn(plainest), anyFormat: true };
  let current = start;
  for (const make of variants) {
    const variant = make(current);
    if (variant !== null && (await shows(variant))) current = variant;
  }
  const other = inOtherFormat(current);
  return { case: current, lane: laneIn(current), anyFormat: other !== null && (await shows(other)) };
}

/** All lanes are beside it: no element is to blame. */
const noLane = -1;

/** Null where the case is so already. */
type MakeVariant = (c: Case) => Case | null;

function variantsOf(c: Case, blamed: number | null): readonly MakeVariant[] {
  return [
    (variant) => withoutLanesBeside(variant, blamed),
    (variant) => withoutSpecialValuesBeside(variant, blamed),
    (variant) => (axisClassOf(variant) === 'last' ? null : moveAxis(variant, 'last')),
    ...(c.loss === undefined
      ? []
      : plainerLosses.map((make) => (variant: Case) => make(variant, variant.loss!))),
  ];
}

/** The blamed lane alone, where others hold special values: it may be that they only stand beside it. */
function withoutLanesBeside(c: Case, blamed: number | null): Case | null {
  if (blamed === null || blamed === noLane || withoutSpecialValuesBeside(c, blamed) === null) return null;
  return laneAlone(c, blamed);
}

/** The lane keeps its number where the axis moves; null of it: no other is there, or all are blamed. */
function withoutSpecialValuesBeside(c: Case, blamed: number | null): Case | null {
  if (c.logits.data.every(Number.isFinite)) return null;
  if (blamed === null) return null;
  const lanes = lanesOf(c.logits.shape, c.axis);
  if (blamed !== noLane && lanes.count < 2) return null; // it is alone
  let isChanged = false;
  const data = c.logits.data.map((value, i) => {
    if (Number.isFinite(value) || laneOf(lanes, i) === blamed) return value;
    isChanged = true;
    return 0;
  });
  return isChanged ? { ...c, logits: { shape: c.logits.shape, data } } : null;
}

const plainerLosses: readonly ((c: Case, loss: Loss) => Case | null)[] = [
  withoutWeight,
  withoutIgnoreIndex,
  (c, loss) => (loss.labelSmoothing === 0 ? null : { ...c, loss: { ...loss, labelSmoothing: 0 } }),
  (c, loss) => (loss.reduction === 'mean' ? null : withReduction(c, loss, 'mean')),
];

function inOtherFormat(c: Case): Case | null {
  return inFormat(c, c.format === 'float32' ? 'float64' : 'float32');
}

/** Null where a finite value is none there. */
export function inFormat(c: Case, format: Format): Case | null {
  let isHeld = true;
  const changed = mapTensors({ ...c, format }, (part) => {
    if (part.format === 'int32') return part.tensor;
    const data = floatArrayFrom(format, part.tensor.data);
    isHeld &&= data.every((value, i) => Number.isFinite(value) || !Number.isFinite(part.tensor.data[i]!));
    return { shape: part.tensor.shape, data };
  });
  return isHeld ? changed : null;
}
