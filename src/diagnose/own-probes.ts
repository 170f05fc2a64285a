/**
 * Probe cases that are made of a finding's own case: other lanes in its place, and the edge of its boundary.
 */
import type { Case } from '../case/case.ts';
import { isHalf, roundAll, type FloatArray } from '../float/format.ts';
import { lanesOf } from '../tensor/lanes.ts';
import type { BoundaryFacts } from './boundary-text.ts';
import { caseOf, rowsOf, type ProbeCase, type Tag } from './probe-cases.ts';
import { tagsOf } from './tags.ts';

/** A place of more elements is not asked. */
const placeMax = 2 ** 14;

/** Narrower lanes count as plain: see tags.ts. */
const widthWithTail = 5;

export function ownProbes(c: Case, facts: BoundaryFacts | null): readonly ProbeCase[] {
  return [...placeOf(c), ...edgeOf(c, facts)];
}

/** Lanes of which no two are alike, where those of the case lie. */
function placeOf(c: Case): readonly ProbeCase[] {
  const { shape, data } = c.logits;
  const tags = placeTags.filter((tag) => tagsOf(c).has(tag));
  if (tags.length === 0 || shape.length === 0 || data.length === 0 || data.length > placeMax) return [];
  const { length, count } = lanesOf(shape, c.axis);
  const isSoft =
    c.operation === 'crossEntropy' && (c.direction === 'targetBackward' || tagsOf(c).has('probabilities'));
  const isClasses = c.operation === 'crossEntropy' && !isSoft;
  const lanes = rowsOf(count, length);
  const made = caseOf(c, lanes, {
    shape,
    axis: c.axis,
    ...(isClasses ? { classes: lanes.map((_, lane) => lane % length) } : {}),
    ...(isSoft
      ? { probabilities: lanes.map((lane, row) => lane.map((_, k) => ((k + row) % length === 0 ? 1 : 0))) }
      : {}),
  });
  const own: readonly Tag[] = length >= widthWithTail ? [...tags, 'width'] : tags;
  return made === null ? [] : [{ name: 'own place', tags: own, case: made }];
}

const placeTags: readonly Tag[] = ['rows', 'inner axis', 'negative axis', 'rank'];

/**
 * So far inside of the boundary, and shared out among so many, that a result is beyond it and a power is not.
 */
const [edgeInside, edgeShares] = [0.5, 8];

/** What is 0 from a gap on: whether it is by the size of the power, or by that of the result. */
function edgeOf(c: Case, facts: BoundaryFacts | null): readonly ProbeCase[] {
  const number = facts?.number ?? null;
  if (number === null || number.quantity !== 'gap' || number.symptom !== 'zero') return [];
  if (c.direction !== 'forward') {
    const larger = roundAll(
      c.cotangent!.data.map((dy) => dy * 2 ** (isHalf(c.format) ? 8 : 20)) as FloatArray,
      c.format,
    );
    if (!larger.every(Number.isFinite)) return [];
    const made: Case = { ...c, cotangent: { shape: c.cotangent!.shape, data: larger }, checks: [] };
    return [{ name: 'edge, larger cotangent', tags: ['gap'], case: made }];
  }
  if (c.logits.data.length >= edgeShares / 2) return [];
  const lane = Array.from({ length: edgeShares }, (_, k) => (k === 1 ? edgeInside - number.wrongFrom : 0));
  const made = caseOf(c, [lane], { named: 1 });
  return made === null ? [] : [{ name: 'edge, shared out', tags: ['gap'], case: made }];
}
