/** Fewer and plainer options of cross-entropy: what is default goes unsaid. */
import { isIndexTarget, type Case, type Loss } from '../case/case.ts';
import { createFloatArray, isHalf } from '../float/format.ts';
import { isRepresentable } from '../float/ulp.ts';
import { lanesOf } from '../tensor/lanes.ts';
import { attempt, type Attempts } from './attempt.ts';
import { plainSmoothings } from './simplicity.ts';

/** Leaves the kind of target alone: an index and a one-hot probability are two kernels. */
export function* dropOptions(c: Case): Attempts {
  if (c.loss === undefined) return c;
  let current = yield* attempt(c, withoutWeight(c, c.loss));
  current = yield* attempt(current, withoutIgnoreIndex(current, current.loss!));
  for (const labelSmoothing of plainSmoothings) {
    // A half's own number: no kernel has to round it.
    if (isHalf(c.format) && !isRepresentable(labelSmoothing, c.format)) continue;
    const next: Case = yield* attempt(current, { ...current, loss: { ...current.loss!, labelSmoothing } });
    if (next !== current) return yield* dropReduction(next);
  }
  return yield* dropReduction(current);
}

function* dropReduction(c: Case): Attempts {
  let current = yield* attempt(c, withReduction(c, c.loss!, 'mean'));
  current = yield* attempt(current, withReduction(current, current.loss!, 'sum'));
  return current;
}

/** Null where there is none. */
export function withoutWeight(c: Case, { weight, ...loss }: Loss): Case | null {
  return weight === undefined ? null : { ...c, loss };
}

/** What was ignored is class 0; null where there is no class to be. */
export function withoutIgnoreIndex(c: Case, { ignoreIndex, ...loss }: Loss): Case | null {
  if (ignoreIndex === undefined || !isIndexTarget(loss.target)) return null;
  if (lanesOf(c.logits.shape, c.axis).length === 0) return null;
  const data = loss.target.data.map((y) => (y === ignoreIndex ? 0 : y));
  return { ...c, loss: { ...loss, target: { shape: loss.target.shape, data } } };
}

/** A cotangent per position becomes one for all: the first of them, or 1. */
export function withReduction(c: Case, loss: Loss, reduction: 'mean' | 'sum'): Case {
  const changed = { ...c, loss: { ...loss, reduction } };
  if (c.cotangent === undefined || c.cotangent.shape.length === 0) return changed;
  const data = createFloatArray(c.format, 1);
  data[0] = c.cotangent.data[0] ?? 1;
  return { ...changed, cotangent: { shape: [], data } };
}
