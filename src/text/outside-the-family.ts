/**
 * Whether a finding looks like one of two algorithms in use that the tolerances do not allow for: all values
 * of its lane are off alike, by what the rounding of m·c, or of LSE, can be. Says that it fits, never that it
 * is so.
 */
import { readCase } from '../case/case-json.ts';
import type { Finding } from '../case/finding.ts';
import { tensorFromJson } from '../case/tensor-json.ts';
import { formatFacts } from '../float/format.ts';
import { lanesOf } from '../tensor/lanes.ts';
import { roundedText } from './number-text.ts';

/** A sentence; null where it does not fit, or there is too little to see it by. */
export function outsideTheFamily(finding: Finding): string | null {
  const shift = commonShift(finding);
  if (shift === null) return null;
  const off =
    finding.operation === 'softmax'
      ? `Every value of its lane is off by the same factor, 1 ${shift < 0 ? '−' : '+'} ${roundedText(Math.abs(shift))}`
      : `Every value of its lane is off by the same amount, ${roundedText(shift)}`;
  return (
    `${off}. That fits the pattern of exp2(fma(x, c, −m·c)), where the rounding of m·c is in every power, and of ` +
    'exp(x − LSE): both are outside of the family of algorithms that the tolerance is derived for ' +
    '(docs/numerics.md, Notation and model).'
  );
}

/**
 * The most that the rounding of m·c or of LSE can be, in units of u·max(|m|, |LSE|), and a little for the
 * rest.
 */
const shiftMax = 1.1;

/**
 * By how much the logarithm of every value of the lane is off, where all of them are off by one number, to
 * within their own tolerances, and more than one of them by more than that.
 */
function commonShift({ oracle, direction, operation, element, ...finding }: Finding): number | null {
  const { got, exact, naive, format, minimal } = finding;
  if (oracle !== 'exact' || direction !== 'forward' || element === null) return null;
  if (operation !== 'softmax' && operation !== 'logSoftmax') return null;
  if (got === null || exact === null || naive === null) return null;
  const { logits, axis } = readCase(minimal);
  const [values, due, allowed] = [got, exact, naive].map(
    (json) => tensorFromJson(json, { name: 'finding' }).data,
  );
  const at = placesOf(element, lanesOf(logits.shape, axis));
  const { unitRoundoff: u } = formatFacts(format);
  const offs = at.map((i): Off => {
    const [computed, right, tolerance] = [values![i]!, due![i]!, allowed![i]!];
    return operation === 'softmax'
      ? { by: Math.log(computed / right), slack: tolerance / right + u }
      : { by: computed - right, slack: tolerance + u * Math.abs(right) };
  });
  const lane = at.map((i) => logits.data[i]!);
  const max = lane.reduce((most, x) => Math.max(most, x), -Infinity);
  const logSumExp = max + Math.log(lane.reduce((sum, x) => sum + Math.exp(x - max), 0));
  const shift = sharedBy(offs);
  const most = shiftMax * u * Math.max(Math.abs(max), Math.abs(logSumExp));
  return shift !== null && Math.abs(shift) <= most ? shift : null;
}

/** How far off a value is, and how far from the others' it may be. */
interface Off {
  readonly by: number;
  readonly slack: number;
}

/**
 * The smallest number that all may be off by; null where there is none, or only one shows that it is not 0.
 */
function sharedBy(offs: readonly Off[]): number | null {
  const low = offs.reduce((most, { by, slack }) => Math.max(most, by - slack), -Infinity);
  const high = offs.reduce((least, { by, slack }) => Math.min(least, by + slack), Infinity);
  const beyond = offs.filter(({ by, slack }) => Math.abs(by) > slack);
  if (!(low <= high) || beyond.length < 2) return null;
  return low > 0 ? low : high;
}

function placesOf(
  element: number,
  { length, stride }: Pick<ReturnType<typeof lanesOf>, 'length' | 'stride'>,
): number[] {
  const size = length * stride;
  const start = element - (element % size) + (element % stride);
  return Array.from({ length }, (_, k) => start + k * stride);
}
