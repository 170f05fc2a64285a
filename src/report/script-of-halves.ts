/**
 * What a program in JavaScript needs of a 16-bit format, which the language has no numbers of: how bits are
 * read, and how a number is rounded. Pure text, of a few lines that can be checked by reading.
 */
import { halfFacts, isHalf, type Format, type HalfFormat } from '../float/format.ts';

/** An expression for the numbers of a tensor that was answered, whose data may be the bits of halves. */
export function numbersOf(answer: string, format: Format): string {
  return isHalf(format) ? `numbersOf(${answer})` : `Array.from(${answer}.data)`;
}

/** The functions that `text` calls, as lines; [] of a native format. */
export function halfLines(format: Format, text: string): readonly string[] {
  if (!isHalf(format)) return [];
  const lines = [
    ...(text.includes('numbersOf(') ? readingLines(format) : []),
    ...(text.includes('rounded(') ? roundingLines(format) : []),
  ];
  return lines.length === 0 ? [] : [...lines, ''];
}

function readingLines(format: HalfFormat): readonly string[] {
  const { significandBits, exponentMax } = halfFacts(format);
  const fractionBits = significandBits - 1;
  const top = 2 * exponentMax + 1;
  return [
    `// The number that 16 bits are as ${format}.`,
    'function read(bits) {',
    `  const [exponent, fraction] = [(bits >> ${fractionBits}) & ${top}, bits & ${2 ** fractionBits - 1}];`,
    `  const normal = (${2 ** fractionBits} + fraction) * 2 ** (exponent - ${exponentMax + fractionBits});`,
    `  const subnormal = fraction * 2 ** ${1 - exponentMax - fractionBits};`,
    `  const size = exponent === ${top} ? (fraction === 0 ? Infinity : NaN) : exponent === 0 ? subnormal : normal;`,
    '  return bits >> 15 === 1 ? -size : size;',
    '}',
    'function numbersOf({ data }) {',
    '  return data instanceof Uint16Array ? Array.from(data, read) : Array.from(data);',
    '}',
  ];
}

function roundingLines(format: HalfFormat): readonly string[] {
  const { significandBits, smallestSubnormal, largestFinite } = halfFacts(format);
  return [
    `// The nearest number of ${format}, of two the even one.`,
    'function rounded(value) {',
    '  if (!Number.isFinite(value) || value === 0) return value;',
    '  const exponent = Math.floor(Math.log2(Math.abs(value)));',
    `  const step = 2 ** Math.max(exponent - ${significandBits - 1}, ${Math.log2(smallestSubnormal)});`,
    '  const steps = value / step;',
    '  const nearest = step * (Math.abs(steps % 1) === 0.5 ? 2 * Math.round(steps / 2) : Math.round(steps));',
    `  return Math.abs(nearest) > ${largestFinite} ? Math.sign(nearest) * Infinity : nearest;`,
    '}',
  ];
}
