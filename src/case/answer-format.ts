/** The format of what a kernel returns. */
import type { AssumedArithmetic } from '../contract/subject.ts';
import { isHalf, type Format } from '../float/format.ts';
import type { Case } from './case.ts';

/** The case's format, but for the loss of halves where it is declared to be in float32. */
export function answerFormat(
  { operation, direction, format }: Pick<Case, 'operation' | 'direction' | 'format'>,
  { lossDtype }: Pick<AssumedArithmetic, 'lossDtype'>,
): Format {
  const isLoss = operation === 'crossEntropy' && direction === 'forward';
  return lossDtype !== undefined && isLoss && isHalf(format) ? lossDtype : format;
}
