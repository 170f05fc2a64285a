/** The format of what a kernel returns. */
import type { AssumedArithmetic } from '../contract/subject.ts';
import { isHalf, type Format } from '../float/format.ts';
import type { Case } from './case.ts';

/** Whether it is a loss that is declared to be in float32, where the data is of halves. */
export function isLossInFloat32(
  { operation, direction }: Pick<Case, 'operation' | 'direction'>,
  { lossDtype }: Pick<AssumedArithmetic, 'lossDtype'>,
): boolean {
  return lossDtype === 'float32' && operation === 'crossEntropy' && direction === 'forward';
}

/** The case's format, but for the loss of halves where it is declared to be in float32. */
export function answerFormat(
  c: Pick<Case, 'operation' | 'direction' | 'format'>,
  declared: Pick<AssumedArithmetic, 'lossDtype'>,
): Format {
  return isHalf(c.format) && isLossInFloat32(c, declared) ? 'float32' : c.format;
}
