/**
 * Which finding stands for its signature where there are several: one rule, wherever findings meet, within a
 * campaign, in a run's folder and where runs are merged.
 */
import { findingSchema, type Finding } from './finding.ts';

/**
 * A total order, so that it does not matter in which order findings come: the lower index stands before the
 * higher one; of one index, the lower seed; of one seed, the one that was shrunk, which a campaign whose time
 * was over had left as it was found; of those, the text that comes first. What depends on the rest of the run
 * says nothing: how often and how badly the signature was seen, and who knew it.
 */
export function standsBefore(a: Finding, b: Finding): boolean {
  if (indexOf(a) !== indexOf(b)) return indexOf(a) < indexOf(b);
  if (a.seed !== b.seed) return BigInt(a.seed) < BigInt(b.seed);
  if (isAsFound(a) !== isAsFound(b)) return isAsFound(b);
  return textOf(a) < textOf(b);
}

/** The index of the original case; −1 for a case that no campaign drew. */
export function indexOf({ index }: Pick<Finding, 'index'>): number {
  return index ?? -1;
}

function isAsFound({ shrink }: Finding): boolean {
  return shrink.stoppedBy === 'none';
}

/** Each signature once, with the one that stands for it, in the order in which they came first. */
export function representatives<T>(all: readonly T[], findingOf: (one: T) => Finding): readonly T[] {
  const bySignature = new Map<string, T>();
  for (const one of all) {
    const finding = findingOf(one);
    const before = bySignature.get(finding.signature);
    if (before === undefined || standsBefore(finding, findingOf(before)))
      bySignature.set(finding.signature, one);
  }
  return [...bySignature.values()];
}

/**
 * The same data with its keys in one order, whatever the order was in which it was made: that of the schema.
 * What is written of a finding is this.
 */
export function canonicalFinding(finding: Finding): Finding {
  return findingSchema.parse(finding);
}

/** Kept, since a finding of many runs is compared with each of its like. */
const texts = new WeakMap<Finding, string>();

function textOf(finding: Finding): string {
  const known = texts.get(finding);
  if (known !== undefined) return known;
  const { ratio: _ratio, growth: _growth, ...same } = finding;
  const text = JSON.stringify(canonicalFinding({ ...same, count: 0, known: false }));
  texts.set(finding, text);
  return text;
}
