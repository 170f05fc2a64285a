/** The rule for a loss: what is wrong only with an option, or for some targets. */
import type { Case } from '../case/case.ts';
import { lanesOf, laneStart } from '../tensor/lanes.ts';
import { all, has, specialTags, type Guess, type Rule } from './guess.ts';
import type { Pattern, Probed } from './pattern.ts';
import type { Tag } from './probe-cases.ts';

/** Where nothing is wrong without an option. */
export function optionRule(c: Case, pattern: Pattern): ReturnType<Rule> {
  if (c.operation !== 'crossEntropy') return null;
  const { wrong } = pattern;
  const needs = (tag: Tag): boolean => all(wrong, has(tag));
  const isOfMean = all(wrong, isReducedBy('mean'));
  if (needs('smoothing')) {
    if (needs('ignoreIndex') || needs('reduction')) return 'unsure';
    return { name: 'smoothing', because: 'it is right wherever labels are not smoothed' };
  }
  if (needs('ignoreIndex')) return ofIgnored(wrong, isOfMean);
  if (needs('weight')) {
    if (all(wrong, has(...specialTags)))
      return { name: 'special values', because: 'it is wrong with NaN where a weight is 0' };
    if (isOfMean) return { name: 'reduction', because: "with class weights only 'mean' is wrong" };
    // No arithmetic makes NaN of these weights: it read something else for them.
    if (all(wrong, isNotANumber) || needs('reduction')) return 'unsure';
    return { name: 'weight', because: 'it is right wherever there are no class weights' };
  }
  if (needs('reduction')) return ofReduced(pattern);
  if (all(wrong, ({ probe }) => probe.name === 'no lanes'))
    return { name: 'reduction', because: 'it is wrong where there are no positions' };
  const unreduced = ofUnreduced(c, pattern);
  if (unreduced !== null) return unreduced;
  if (needs('probabilities') && !all(wrong, has('inner axis', '-inf')))
    return {
      name: 'target',
      because: 'with class indices it is right, and with some probabilities it is not',
    };
  if (needs('class') && !all(wrong, has('inner axis', 'gap', '-inf')))
    return { name: 'target', because: 'it depends on which class is named' };
  return null;
}

const isReducedBy =
  (reduction: 'sum' | 'mean') =>
  ({ probe }: Probed): boolean =>
    probe.name.endsWith(`, ${reduction}`);

function isNotANumber({ answered }: Probed): boolean {
  return answered.divergence!.symptom === 'nan';
}

/** How many indices have to be wrong alike, that it is no matter of which one is ignored. */
const indicesMin = 5;

function ofIgnored(wrong: readonly Probed[], isOfMean: boolean): Guess | 'unsure' {
  if (all(wrong, has('empty'))) return { name: 'reduction', because: 'it is wrong where no position counts' };
  if (all(wrong, has('weight')) && isOfMean) return 'unsure';
  const indices = new Set(wrong.map(({ probe }) => /^ignore (?:no )?(-?\d+)/.exec(probe.name)?.[1]));
  if (all(wrong, has('reduction')) && indices.size >= indicesMin) {
    const because = 'with ignored positions only reduced losses are wrong, whatever the index is';
    return { name: 'reduction', because };
  }
  if (all(wrong, has('reduction'))) return 'unsure';
  return { name: 'ignoreIndex', because: 'it is right wherever no position is ignored' };
}

/**
 * A sum has no denominator: where it is wrong only beside some targets, it is by these. The denominator of a
 * mean may be made of the targets.
 */
function ofReduced({ wrong, is }: Pattern): Guess | 'unsure' {
  if (all(wrong, has('not a distribution')))
    return all(wrong, isReducedBy('sum')) && is('probabilities, sum', 'right')
      ? { name: 'target', because: 'only targets that are no distribution are wrong' }
      : 'unsure';
  return { name: 'reduction', because: 'losses that are not reduced are right, and reduced ones are not' };
}

/**
 * A gradient that is right where the loss is reduced: the cotangents, one for each position, are mistaken.
 */
function ofUnreduced(c: Case, pattern: Pattern): Guess | null | 'unsure' {
  if (c.direction === 'forward') return null;
  const isReducedRight = ['probabilities', 'rows 300'].some(
    (name) => pattern.is(`${name}, none`, 'wrong') && pattern.is(`${name}, sum`, 'right'),
  );
  const isOfSeveral = all(
    pattern.wrong,
    ({ answered }) => answered.case.loss!.reduction === 'none' && positionsOf(answered.case) > 1,
  );
  if (!isReducedRight || !isOfSeveral) return null;
  const isByOne = pattern.wrong.every(({ answered }) => {
    const scales = scalesOf(answered);
    return scales !== null && new Set(scales).size === 1;
  });
  return isByOne
    ? { name: 'reduction', because: 'every position has the cotangent of one of them' }
    : 'unsure';
}

function positionsOf({ logits, axis }: Case): number {
  return lanesOf(logits.shape, axis).count;
}

/** The cotangent that each position's gradient has: to the five digits that tell them apart. */
function scalesOf({ case: c, got, exact }: Probed['answered']): readonly string[] | null {
  if (got === null || exact === null) return null;
  const lanes = lanesOf(c.logits.shape, c.axis);
  const scales: string[] = [];
  for (let lane = 0; lane < lanes.count; lane++) {
    const start = laneStart(lanes, lane);
    let at = start;
    for (let k = 1; k < lanes.length; k++) {
      const next = start + k * lanes.stride;
      if (Math.abs(exact[next]!) > Math.abs(exact[at]!)) at = next;
    }
    scales.push(((got[at]! / exact[at]!) * c.cotangent!.data[lane]!).toPrecision(5));
  }
  return scales;
}
