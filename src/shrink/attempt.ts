/**
 * How the passes of the shrinker speak to what drives them: they propose cases, and learn which were taken.
 */
import type { Case } from '../case/case.ts';
import { isSimpler } from './simplicity.ts';

/**
 * Yields candidates, each strictly simpler than what was last taken and valid, and is resumed with whether
 * the candidate was taken. Returns the case it arrived at. Resumed with false throughout, it lists what can
 * be tried from where it started.
 */
export type Attempts = Generator<Case, Case, boolean>;

/** A pass builds nothing before it is asked for. */
export type Pass = (c: Case) => Attempts;

/** Proposes the candidate if it is simpler; the one of the two to shrink on. */
export function* attempt(current: Case, candidate: Case | null): Attempts {
  if (candidate === null || !isSimpler(candidate, current)) return current;
  return (yield candidate) ? candidate : current;
}
