/**
 * Where a case begins to be wrong: one thing of it is varied at a time and the implementation asked. Bounded,
 * and the same for the same case and implementation.
 */
import type { BoundaryQuantity, BoundaryRecord, BoundarySymptom } from '../case/diagnosis.ts';
import { toJsonNumber } from '../case/json-number.ts';
import { isConductSymptom } from './symptom.ts';
import { fromOrdinal, toOrdinal } from '../float/ulp.ts';
import { roundTo, type Format } from '../float/format.ts';
import { lanesOf } from '../tensor/lanes.ts';
import { fromLaneCase, type LaneCase } from './lane-case.ts';
import { wrongElements, type Answered, type Prober } from './probe.ts';
import { conditions, everywhere, sentenceOf, type BoundaryFacts, type WidthRule } from './boundary-text.ts';
import {
  asMatrix,
  gapOf,
  isInner,
  magnitudeOf,
  withCotangent,
  withGap,
  withMagnitude,
  withOffset,
  withRows,
  withWidth,
} from './vary.ts';

export interface Boundary {
  readonly sentence: string;
  readonly record: BoundaryRecord | null;
  readonly facts: BoundaryFacts;
}

/** `c` is a case that is wrong. */
export async function findBoundary(c: LaneCase, prober: Prober): Promise<Boundary> {
  const number = await numberOf(c, prober);
  const facts: BoundaryFacts = {
    number: number?.isOfTheTolerance === false ? number.record : null,
    width: withoutTrivial(await widthOf(c, prober)),
    rows: await rowsOf(c, prober),
    only: await conditionsOf(c, prober),
    format: c.format,
  };
  const record = facts.number ?? facts.width?.record ?? facts.rows?.record ?? null;
  return {
    sentence: sentenceOf(facts) ?? (number === null ? null : differing(number.record)) ?? everywhere,
    record,
    facts,
  };
}

/** What is said where any but 0 is wrong. An error in proportion to dy is told by nothing. */
function differing({ quantity }: BoundaryRecord): string | null {
  if (quantity === 'cotangent') return null;
  return quantity === 'gap'
    ? 'wrong as soon as the logits of a lane differ'
    : 'wrong as soon as a logit is not 0';
}

/**
 * An error in proportion to the quantity has no boundary of its own: what is found then is where it outgrows
 * its tolerance.
 */
function isOfTheTolerance({ quantity, wrongFrom, symptom }: BoundaryRecord, at: number): boolean {
  if (symptom === 'nan' || symptom === 'inf') return false;
  return quantity === 'cotangent' ? wrongFrom * 8 < at : wrongFrom < 0.25;
}

async function isRight(prober: Prober, c: LaneCase | null): Promise<boolean> {
  return c !== null && (await prober.ask(fromLaneCase(c))).verdict === 'right';
}

/** A lane of one class has one answer whatever is done wrong. */
function withoutTrivial(rule: WidthRule | null): WidthRule | null {
  return rule !== null && rule.record.wrongAllAbove && rule.record.wrongFrom <= 2 ? null : rule;
}

interface Varied {
  readonly quantity: BoundaryQuantity;
  readonly at: number;
  readonly vary: (c: LaneCase, value: number) => LaneCase;
}

interface NumberBoundary {
  readonly record: BoundaryRecord;
  readonly isOfTheTolerance: boolean;
}

/** The first quantity of which a smaller value is right. */
async function numberOf(c: LaneCase, prober: Prober): Promise<NumberBoundary | null> {
  const magnitude = magnitudeOf(c.lanes);
  const gap = gapOf(c.lanes);
  const isFlat = gap === 0 || gap === Infinity;
  const offset: Varied = {
    quantity: isFlat ? 'magnitude' : 'offset',
    at: magnitude,
    vary: gap === Infinity ? withMagnitude : withOffset,
  };
  const candidates: readonly Varied[] = [
    ...(isFlat ? [] : [{ quantity: 'gap', at: gap, vary: withGap } as const]),
    ...(magnitude > 0 ? [offset] : []),
    ...(magnitude > 0 && !isFlat
      ? [{ quantity: 'magnitude', at: magnitude, vary: withMagnitude } as const]
      : []),
    ...(c.dy === undefined || magnitudeOf(c.dy) === 0
      ? []
      : [{ quantity: 'cotangent', at: magnitudeOf(c.dy), vary: withCotangent } as const]),
  ];
  const telling: Varied[] = [];
  for (const varied of candidates) {
    if (varied.quantity === 'magnitude' && telling.length === 1) continue;
    if (varied.quantity === 'cotangent' && telling.length > 0) continue;
    if (
      (await isRight(prober, varied.vary(c, varied.at * 2 ** -12))) ||
      (await isRight(prober, varied.vary(c, 0)))
    )
      telling.push(varied);
  }
  // Where the gap and the offset each tell, it is how large all of it is.
  const chosen = telling.find(({ quantity }) => quantity === 'magnitude') ?? telling[0];
  if (chosen === undefined) return null;
  const record = await bisect(c, chosen, prober);
  return record === null ? null : { record, isOfTheTolerance: isOfTheTolerance(record, chosen.at) };
}

const [ladderMax, bisectionsMax] = [40, 34];

/** From the case's own value down to one that is right, and then to where it begins. */
async function bisect(
  c: LaneCase,
  { quantity, at, vary }: Varied,
  prober: Prober,
): Promise<BoundaryRecord | null> {
  const points = new Map<number, Answered>();
  const ask = async (value: number): Promise<Answered> => {
    const known = points.get(value);
    if (known !== undefined) return known;
    const answered = await prober.ask(fromLaneCase(vary(c, value)));
    points.set(value, answered);
    return answered;
  };
  let wrong = roundTo(c.format, at);
  if ((await ask(wrong)).verdict !== 'wrong') return null; // the gap of some lanes is no number of the format
  let right = 0;
  for (let step = 0; step < ladderMax; step++) {
    const lower = roundTo(c.format, wrong / 2);
    const { verdict } = await ask(lower);
    if (verdict === 'wrong') wrong = lower;
    else if (verdict === 'right') {
      right = lower;
      break;
    } else return null;
  }
  for (let step = 0; step < bisectionsMax && (wrong - right) / wrong > 2 ** -22; step++) {
    const middle = between(right, wrong, c.format);
    if (middle === null) break;
    if ((await ask(middle)).verdict === 'right') right = middle;
    else wrong = middle;
  }
  for (const factor of [0.25, 0.5, 0.75, 0.9, 1.1, 1.25, 1.5, 2, 3, 4, 8, 16])
    await ask(roundTo(c.format, wrong * factor));
  const sorted = [...points].filter(([value]) => Number.isFinite(value)).sort(([a], [b]) => a - b);
  const above = sorted.filter(([value]) => value >= wrong);
  return {
    quantity,
    rightUpTo: right,
    wrongFrom: wrong,
    symptom: symptomOf(points.get(wrong)!),
    wrongAllAbove: above.every(([, { verdict }]) => verdict !== 'right'),
    points: sorted.map(([value, { ratio }]) => [value, toJsonNumber(ratio)]),
  };
}

function between(a: number, b: number, format: Format): number | null {
  const [low, high] = [toOrdinal(a, format), toOrdinal(b, format)];
  return high - low < 2n ? null : fromOrdinal((low + high) / 2n, format);
}

function symptomOf({ divergence }: Answered): BoundarySymptom {
  const symptom = divergence?.symptom ?? 'ulps';
  return isConductSymptom(symptom) ? 'conduct' : symptom;
}

const [widthsEachMax, widthBeyond, modulusMax] = [96, 36, 40];

/** By itself, or in blocks; null where every width that was tried is wrong, or none other. */
async function widthOf(c: LaneCase, prober: Prober): Promise<WidthRule | null> {
  const own = c.lanes[0]?.length ?? 0;
  if (own === 0 || c.shape.length === 0) return null;
  const points = new Map<number, Answered>();
  const ask = async (width: number): Promise<boolean | null> => {
    const known = points.get(width);
    const varied = known === undefined ? withWidth(c, width) : null;
    if (known === undefined && varied === null) return null;
    const answered = known ?? (await prober.ask(fromLaneCase(varied!)));
    points.set(width, answered);
    return answered.verdict === 'unsure' ? null : answered.verdict === 'wrong';
  };
  if (await areAll(ask, own === 1 ? [2, 3, 4, 8] : [own - 1, 1, 2 * own, own + 1, own + 2, own + 3]))
    return null;
  await ask(own);
  if (own <= widthsEachMax) {
    for (let width = 1; width <= own + widthBeyond; width++) await ask(width);
    for (const factor of [2, 3, 4, 8]) await ask(factor * own);
  } else {
    for (const width of [own - 2, own - 1, own + 1, own + 2, own + 3, own + 4, 2 * own - 1, 2 * own])
      await ask(width);
    if (own <= 4_096) for (let width = own + 5; width <= own + widthBeyond; width++) await ask(width);
  }
  const sampled = [...points].filter(([, { verdict }]) => verdict !== 'unsure').sort(([a], [b]) => a - b);
  const wrong = sampled.filter(([, { verdict }]) => verdict === 'wrong').map(([width]) => width);
  const right = sampled.filter(([, { verdict }]) => verdict === 'right').map(([width]) => width);
  if (wrong.length === 0 || right.length === 0) return null;
  const first = wrong[0]!;
  const below = right.filter((width) => width < first);
  const record: BoundaryRecord = {
    quantity: 'width',
    rightUpTo: below.at(-1) ?? null,
    wrongFrom: first,
    symptom: symptomOf(points.get(first)!),
    wrongAllAbove: right.every((width) => width < first),
    points: sampled.slice(0, 200).map(([width, { ratio }]) => [width, toJsonNumber(ratio)]),
  };
  return { record, wrong, right, modulus: record.wrongAllAbove ? null : modulusOf(wrong, right) };
}

/** Asks of no more of them once one is no. */
async function areAll(
  ask: (width: number) => Promise<boolean | null>,
  widths: readonly number[],
): Promise<boolean> {
  for (const width of widths) if ((await ask(width)) !== true) return false;
  return true;
}

/** The smallest modulus whose residues tell wrong from right, from the first wrong width on. */
function modulusOf(wrong: readonly number[], right: readonly number[]): WidthRule['modulus'] {
  const first = wrong[0]!;
  const from = right.filter((width) => width > first);
  for (let modulus = 2; modulus <= modulusMax; modulus++) {
    const residues = new Set(wrong.map((width) => width % modulus));
    if (from.some((width) => residues.has(width % modulus))) continue;
    // Each residue seen twice at least, or it says nothing.
    const seen = [...residues].every(
      (residue) => wrong.filter((width) => width % modulus === residue).length >= 2,
    );
    if (seen) return { modulus, residues: [...residues].sort((a, b) => a - b) };
  }
  return null;
}

const rowCounts = [1, 2, 3, 4, 8, 9];

/** From how many rows on, and in which of them. */
async function rowsOf(c: LaneCase, prober: Prober): Promise<BoundaryFacts['rows']> {
  const own = c.lanes.length;
  if (own === 0 || c.lanes[0]!.length === 0) return null;
  const inner = isInner(c);
  const points = new Map<number, Answered>();
  const ask = async (rows: number): Promise<Answered['verdict']> => {
    const known = points.get(rows);
    if (known !== undefined) return known.verdict;
    const answered = await prober.ask(fromLaneCase(withRows(c, rows, { inner })!));
    points.set(rows, answered);
    return answered.verdict;
  };
  if ((await ask(own)) !== 'wrong') return null; // not in a matrix of them: conditionsOf has that
  if (own > 1) {
    const counts =
      own <= 16 ? Array.from({ length: own + 2 }, (_, i) => i + 1) : [1, 2, own - 1, own + 1, 2 * own];
    for (const rows of counts) await ask(rows);
  } else for (const rows of rowCounts) await ask(rows);
  const sampled = [...points].sort(([a], [b]) => a - b);
  const wrong = sampled.filter(([, { verdict }]) => verdict === 'wrong');
  const right = sampled.filter(([, { verdict }]) => verdict === 'right').map(([rows]) => rows);
  const most = wrong.at(-1)!;
  const wrongRows = rowsAtFault(most[1]);
  const firstRow = wrongRows.length === 0 ? null : wrongRows[0]!;
  const isSome = wrongRows.length > 0 && wrongRows.length < most[0];
  if (right.length === 0) return isSome ? { record: null, firstRow, wrongRows, of: most[0] } : null;
  const first = wrong[0]![0];
  const below = right.filter((rows) => rows < first);
  return {
    record: {
      quantity: 'rows',
      rightUpTo: below.at(-1) ?? null,
      wrongFrom: first,
      symptom: symptomOf(wrong[0]![1]),
      wrongAllAbove: right.every((rows) => rows < first),
      points: sampled.map(([rows, { ratio }]) => [rows, toJsonNumber(ratio)]),
    },
    firstRow: isSome ? firstRow : null,
    wrongRows,
    of: most[0],
  };
}

/** The lanes that hold a wrong element; [] where the output has one element for all. */
export function rowsAtFault(answered: Answered): readonly number[] {
  const { case: c } = answered;
  const { stride, length, count } = lanesOf(c.logits.shape, c.axis);
  const size = answered.got?.length ?? 0;
  if (size === 0 || size < count) return [];
  const isPerLane = size === count && length !== 1;
  const rows = wrongElements(answered).map((i) =>
    isPerLane ? i : Math.floor(i / (stride * length)) * stride + (i % stride),
  );
  return [...new Set(rows)].sort((a, b) => a - b);
}

/** What most libraries ignore where nothing else is said. */
const usualIndex = -100;

/** What has to be there for it to be wrong: without it the case is right. */
async function conditionsOf(c: LaneCase, prober: Prober): Promise<readonly string[]> {
  const only: string[] = [];
  const check = async (words: string, without: LaneCase | null): Promise<void> => {
    if (await isRight(prober, without)) only.push(words);
  };
  const has = (value: number): boolean => c.lanes.some((lane) => lane.some((x) => Object.is(x, value)));
  const calm = (value: number, by: number): LaneCase => ({
    ...c,
    lanes: c.lanes.map((lane) => lane.map((x) => (Object.is(x, value) ? by : x))),
  });
  if (c.lanes.length > 0 && c.lanes[0]!.length === 0) only.push('where a lane has no elements');
  if (c.lanes.length === 0) only.push('where there are no lanes');
  const [low, high] = [-magnitudeOf(c.lanes) - 40, magnitudeOf(c.lanes) + 1];
  if (has(NaN)) await check('where a logit is NaN', calm(NaN, 0.5));
  if (has(Infinity)) await check('where a logit is +∞', calm(Infinity, high));
  if (has(-Infinity)) await check('where a logit is −∞', calm(-Infinity, low));
  const { loss } = c;
  if (loss !== undefined) {
    const { weight, ignoreIndex, labelSmoothing, reduction, probabilities } = loss;
    if (labelSmoothing !== 0)
      await check('with label smoothing', { ...c, loss: { ...loss, labelSmoothing: 0 } });
    if (weight !== undefined) {
      const { weight: _, ...rest } = loss;
      await check('with class weights', { ...c, loss: rest });
    }
    if (ignoreIndex !== undefined) {
      const { ignoreIndex: _, ...rest } = loss;
      const classes = rest.classes?.map((y) =>
        y === ignoreIndex && (y < 0 || y >= c.lanes[0]!.length) ? 0 : y,
      );
      await check('with ignoreIndex', {
        ...c,
        loss: { ...rest, ...(classes === undefined ? {} : { classes }) },
      });
      const usual = rest.classes?.map((y) => (y === ignoreIndex ? usualIndex : y));
      if (usual !== undefined && ignoreIndex !== usualIndex)
        await check(`${conditions.thisIndex}${ignoreIndex}`, {
          ...c,
          loss: { ...rest, ignoreIndex: usualIndex, classes: usual },
        });
    }
    if (reduction !== 'none' && c.lanes.length > 0) {
      const dy = c.dy === undefined ? {} : { dy: c.lanes.map(() => c.dy![0] ?? [1]) };
      await check(`with reduction '${reduction}'`, { ...c, ...dy, loss: { ...loss, reduction: 'none' } });
    }
    if (probabilities !== undefined && c.lanes[0]?.length !== 0) {
      const alike = (of: (k: number, width: number) => number): LaneCase => ({
        ...c,
        loss: { ...loss, probabilities: probabilities.map((lane) => lane.map((_, k) => of(k, lane.length))) },
      });
      const isOneHot = await isRight(
        prober,
        alike((k) => (k === 0 ? 1 : 0)),
      );
      const isUniform =
        isOneHot &&
        (await isRight(
          prober,
          alike((_, width) => 1 / width),
        ));
      if (isOneHot) only.push(isUniform ? conditions.someTargets : conditions.notOneHot);
    }
  }
  if (c.shape.length > 1) {
    const { shape, axis } = c;
    if (axis < 0) await check('where the axis is counted from the end', { ...c, axis: axis + shape.length });
    if (isInner(c)) await check('along an axis that is not the last', asMatrix(c));
    else if (shape.length > 2) await check(`of rank ${shape.length}`, asMatrix(c));
  }
  if (c.call !== undefined) {
    const { call: _, ...plain } = c;
    await check('in this form of the call', plain);
  }
  return only;
}
