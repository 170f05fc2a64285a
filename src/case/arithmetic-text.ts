/** What is assumed of an implementation's arithmetic, in words. */
import type { Arithmetic, AssumedArithmetic, HalfLevel } from '../contract/subject.ts';
import { isHalf, type Format } from '../float/format.ts';
import type { Severity } from './verdict.ts';

const levels: Readonly<Record<HalfLevel, string>> = {
  fused: 'float32 inside and one rounding at the end',
  composed: 'each tensor on the way rounded and sums in float32',
  storage: 'sums in the format itself',
};

/** By what arithmetic on halves an answer is of the severity: `sums in the format itself, as declared`. */
export function levelText({ halves }: Pick<AssumedArithmetic, 'halves'>, severity: Severity): string {
  if (halves !== undefined) return `${levels[halves]}, as declared`;
  return levels[severity === 'wrong' ? 'composed' : 'fused'];
}

/** `exp within 1 and log within 1 ULP, subnormals flushed` */
export function functionsText({ expUlps, logUlps, flushesSubnormals }: AssumedArithmetic): string {
  return `exp within ${expUlps} and log within ${logUlps} ULP${flushesSubnormals ? ', subnormals flushed' : ''}`;
}

/** What is assumed of arithmetic on the format: `exp within 1 and log within 1 ULP`. */
export function assumedText(arithmetic: AssumedArithmetic, format: Format): string {
  const functions = functionsText(arithmetic);
  if (!isHalf(format)) return functions;
  const { flushesSubnormals, halves, lossDtype } = arithmetic;
  const level =
    halves === undefined
      ? `${levels.fused} (inaccurate beyond), ${levels.composed} (wrong beyond)`
      : `${levels[halves]}, as declared`;
  return [
    `${functions}; ${level}`,
    ...(lossDtype === undefined ? [] : [`a loss in ${lossDtype}`]),
    ...(flushesSubnormals && format === 'float16' ? [flushingNote] : []),
  ].join('; ');
}

/** What a subject declares of its arithmetic on the halves of these formats; '' where that is nothing. */
export function declaredText(
  { halves, lossDtype, flushesSubnormals = false }: Arithmetic,
  formats: readonly Format[],
): string {
  if (!formats.some(isHalf)) return '';
  return [
    ...(halves === undefined ? [] : [levels[halves]]),
    ...(lossDtype === undefined ? [] : [`a loss in ${lossDtype}`]),
    ...(flushesSubnormals && formats.includes('float16')
      ? [`subnormals flushed, so that ${flushingNote}`]
      : []),
  ].join('; ');
}

/** What flushing subnormals of float16 lets pass: each share of so many equal classes is below 2^-13. */
export const flushingNote = 'zeros pass for a softmax from 8,192 classes on';
