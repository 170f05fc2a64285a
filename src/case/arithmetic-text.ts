/** What is assumed of an implementation's arithmetic, in words. */
import type { AssumedArithmetic, HalfLevel } from '../contract/subject.ts';
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

/** What is assumed of arithmetic on the format: `exp within 1 and log within 1 ULP`. */
export function assumedText(
  { expUlps, logUlps, flushesSubnormals, halves, lossDtype }: AssumedArithmetic,
  format: Format,
): string {
  const flushes = flushesSubnormals ? ', subnormals flushed' : '';
  const functions = `exp within ${expUlps} and log within ${logUlps} ULP${flushes}`;
  if (!isHalf(format)) return functions;
  const level =
    halves === undefined
      ? `${levels.fused} (inaccurate beyond), ${levels.composed} (wrong beyond)`
      : `${levels[halves]}, as declared`;
  return `${functions}; ${level}${lossDtype === undefined ? '' : `; a loss in ${lossDtype}`}`;
}
