/** The lane of a finding as "try it" takes it, where it is a plain lane: an address of the page. */
import { readCase } from '../../case/case-json.ts';
import { isIndexTarget, outputShape, type Case } from '../../case/case.ts';
import type { Finding } from '../../case/finding.ts';
import { tensorFromJson } from '../../case/tensor-json.ts';
import { lanesOf, laneStart } from '../../tensor/lanes.ts';
import { isSameShape } from '../../tensor/tensor.ts';
import { numberText } from '../../text/number-text.ts';
import { trialAddress } from './try-address.ts';

/** A longer lane makes no address. */
const widthMax = 64;

/** '' where the lane alone does not decide the verdict, or is too wide. */
export function trialOfFinding(finding: Finding): string {
  const { element, arithmetic, format, operation } = finding;
  const c = readCase(finding.minimal);
  const { expUlps, logUlps, flushesSubnormals, halves, lossDtype } = arithmetic;
  const isPlainly = expUlps <= 1 && logUlps <= 1 && !flushesSubnormals;
  const isAssumed = isPlainly && halves === undefined && lossDtype === undefined;
  if (element === null || finding.oracle !== 'exact' || !isAssumed || !isPlain(c)) return '';
  if (lanesOf(c.logits.shape, c.axis).length > widthMax) return '';
  const lane = laneOf(c, element);
  const got = finding.got === null ? null : tensorFromJson(finding.got, { name: 'got' });
  if (got !== null && !isSameShape(got.shape, outputShape(c))) return '';
  return trialAddress({
    operation,
    format,
    lane: listed(c.logits.data, lane),
    target: operation === 'crossEntropy' ? String(c.loss!.target.data[0]) : '',
    answer: got === null ? '' : listed(got.data, isPerLogit(c) ? lane : [element]),
  });

  function listed(data: ArrayLike<number>, places: readonly number[]): string {
    return places.map((at) => numberText(data[at]!, format)).join(', ');
  }
}

function isPlain({ direction, invalid, logits, axis, loss }: Case): boolean {
  if (direction !== 'forward' || invalid !== undefined) return false;
  if (loss === undefined) return true;
  const isOne = lanesOf(logits.shape, axis).count === 1 && isIndexTarget(loss.target);
  const { labelSmoothing, weight, ignoreIndex } = loss;
  return isOne && labelSmoothing === 0 && weight === undefined && ignoreIndex === undefined;
}

function isPerLogit({ operation }: Case): boolean {
  return operation === 'softmax' || operation === 'logSoftmax';
}

/** The positions of the lane that an element of the output is of. */
function laneOf(c: Case, element: number): readonly number[] {
  const lanes = lanesOf(c.logits.shape, c.axis);
  const placesOf = (lane: number): readonly number[] =>
    Array.from({ length: lanes.length }, (_, k) => laneStart(lanes, lane) + k * lanes.stride);
  const { length, stride } = lanes;
  return placesOf(
    isPerLogit(c) ? Math.floor(element / (length * stride)) * stride + (element % stride) : element,
  );
}
