/** What entries about libraries of Python have in common. */
import { formatFacts, type Format } from '../../src/float/format.ts';
import type { Coverage, LedgerEntry } from './entry.ts';
import { widthOf } from './lanes-behind.ts';

export const bothFormats: readonly Format[] = ['float32', 'float64'];

/** An exception where an answer is due. */
export const throwing: Omit<Coverage, 'kernels'> = {
  formats: bothFormats,
  oracles: ['conduct'],
  severities: ['wrong'],
  symptoms: ['threw'],
};

/** A value that is wrong whatever is allowed, also as a law or the gradient shows it. */
export const wrongValue: Omit<Coverage, 'kernels'> = {
  formats: bothFormats,
  oracles: ['exact', 'gradient', 'property', 'differential'],
  severities: ['wrong', 'inaccurate'],
  symptoms: ['nan', 'inf', 'sign', 'zero', 'ulps'],
};

/** A sum whose error grows with the width. */
export const carelessSum: Omit<Coverage, 'kernels'> = {
  formats: bothFormats,
  oracles: ['exact', 'gradient', 'differential'],
  severities: ['inaccurate'],
  symptoms: ['ulps'],
};

/** No further from the exact value than a sum that is kept from the first element to the last. */
export const givesRunningSum: NonNullable<LedgerEntry['gives']> = (c, _element, { exact }) => ({
  value: exact,
  slack:
    2 *
    widthOf(c) *
    formatFacts(c.format).unitRoundoff *
    Math.max(Math.abs(exact), c.operation === 'logSumExp' ? 1 : 0),
});
