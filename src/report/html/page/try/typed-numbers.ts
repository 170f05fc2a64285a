/** Numbers as a person types or pastes them: a list in any of the usual notations. Pure. */
import { halfFacts, isHalf, type Format } from '../../../../float/format.ts';

export type TypedNumbers =
  | { readonly kind: 'numbers'; readonly values: readonly number[] }
  /** What cannot be read, in a sentence. */
  | { readonly kind: 'unreadable'; readonly why: string };

/** A lane beyond that is a matter for `logitfuzz replay`, not for a page. */
export const numbersMax = 4_096;

const infinity = /^([+-]?)(?:infinity|inf|∞)$/i;
const decimal = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;

const bits = /^0x[\da-f]{1,4}$/i;

/**
 * Reads `1, -2.5e3 NaN −∞`, brackets and line breaks included: JSON, Python and C suffixes of floats too. Of
 * halves `0x3c01` is the number that the bits are.
 */
export function readNumbers(text: string, format: Format): TypedNumbers {
  const words = text
    .replaceAll('−', '-')
    .split(/[\s,;[\]()]+/)
    .filter((word) => word !== '');
  if (words.length > numbersMax) {
    return {
      kind: 'unreadable',
      why: `${words.length.toLocaleString('en-US')} numbers: at most ${numbersMax.toLocaleString('en-US')} here`,
    };
  }
  const values: number[] = [];
  for (const word of words) {
    const value =
      isHalf(format) && bits.test(word) ? halfFacts(format).decode(Number(word)) : readNumber(word);
    if (value === null) return { kind: 'unreadable', why: `“${word.slice(0, 40)}” is no number` };
    values.push(value);
  }
  return { kind: 'numbers', values };
}

function readNumber(word: string): number | null {
  const [, sign] = infinity.exec(word) ?? [];
  if (sign !== undefined) return sign === '-' ? -Infinity : Infinity;
  if (/^[+-]?nan$/i.test(word)) return Number.NaN;
  const digits = word.replace(/(?<=[\d.])f$/i, '');
  return decimal.test(digits) ? Number(digits) : null;
}
