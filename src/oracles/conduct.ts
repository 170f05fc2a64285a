/** The conduct oracle: what an implementation did beside its values. Every violation is `wrong`. */
import type { Outcome } from '../case/outcome.ts';
import { conductDivergence, type Divergence } from '../case/verdict.ts';
import { numberText } from '../float/decimal.ts';
import type { FloatArray, Format } from '../float/format.ts';
import { toMultiIndex } from '../tensor/tensor.ts';

/** The outcome of the identical call made again, and the format of both. */
interface Repeat {
  readonly outcome: Outcome;
  readonly format: Format;
}

/** `repeat` is there where the call was made again. A skip is no violation. */
export function judgeConduct(outcome: Outcome, repeat?: Repeat): Divergence | null {
  switch (outcome.kind) {
    case 'unsupported':
      return null;
    case 'threw':
      return conductDivergence('threw', `it threw on a valid case: ${outcome.message}`);
    case 'timed-out':
      return conductDivergence('timed-out', `it gave no answer within ${outcome.limitMs} ms`);
    case 'crashed':
    case 'out-of-memory':
      return conductDivergence(outcome.kind, outcome.detail);
    case 'values': {
      const first = outcome.violations[0];
      if (first !== undefined)
        return conductDivergence(first.kind, outcome.violations.map(({ detail }) => detail).join('; '));
      return repeat === undefined ? null : judgeRepeat(outcome, repeat);
    }
  }
}

function judgeRepeat(
  outcome: Extract<Outcome, { kind: 'values' }>,
  { outcome: repeat, format }: Repeat,
): Divergence | null {
  if (repeat.kind !== 'values')
    return conductDivergence('not-repeatable', `the same call gave values, and then: ${repeat.kind}`);
  const second = repeat.violations[0];
  if (second !== undefined)
    return conductDivergence(second.kind, repeat.violations.map(({ detail }) => detail).join('; '));
  const [a, b] = [outcome.tensor, repeat.tensor];
  if (a === null || b === null) return null;
  const at = firstDifference(a.data, b.data);
  if (at < 0) return null;
  const where = `[${toMultiIndex(at, a.shape).join(', ')}]`;
  const [first, then] = [a, b].map(({ data }) => numberText(data[at]!, format));
  const detail = `the same call gave ${first} and then ${then} at ${where}`;
  return { ...conductDivergence('not-repeatable', detail), element: at, got: b.data[at]! };
}

/** Bit for bit: −0 is not +0 here; one NaN is as good as another. */
function firstDifference(a: FloatArray, b: FloatArray): number {
  for (let i = 0; i < a.length; i++) if (!Object.is(a[i], b[i])) return i;
  return -1;
}
