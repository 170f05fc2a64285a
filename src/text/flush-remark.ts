/**
 * Whether a finding in float16 looks like subnormal numbers that are flushed to 0, undeclared: WGSL may do
 * so, and no tolerance of float16 has room for it. Says that it fits, never that it is so.
 */
import { answerFormat } from '../case/answer-format.ts';
import { flushingNote } from '../case/arithmetic-text.ts';
import type { Finding } from '../case/finding.ts';
import { tensorFromJson } from '../case/tensor-json.ts';
import { toleranceNameOf } from '../case/verdict.ts';
import { isAccepted } from '../float/acceptance.ts';
import { formatFacts } from '../float/format.ts';

/** A sentence; null where it does not fit. */
export function flushRemark(finding: Finding): string | null {
  const { format, arithmetic, oracle } = finding;
  if (format !== 'float16' || arithmetic.flushesSubnormals || oracle !== 'exact') return null;
  if (!isFlushed(finding)) return null;
  return (
    'Every value that is off is 0 where a subnormal number is due: that fits a kernel, or hardware, that flushes ' +
    `subnormals. If it does so on purpose, declare arithmetic: { flushesSubnormals: true }; ${flushingNote} then.`
  );
}

/** Whether what is outside its tolerance is 0 for a subnormal number, every value of it. */
function isFlushed(finding: Finding): boolean {
  const { got, exact, severity, arithmetic } = finding;
  const allowed = finding[toleranceNameOf(severity)];
  if (got === null || exact === null || allowed === null) return false;
  const [values, due, tolerances] = [got, exact, allowed].map(
    (json) => tensorFromJson(json, { name: 'the finding' }).data,
  );
  const format = answerFormat(finding, arithmetic);
  const { smallestNormal } = formatFacts(format);
  const isOff = (value: number, at: number): boolean =>
    tolerances![at]! < Infinity &&
    !isAccepted(value, { exact: due![at]!, tolerance: tolerances![at]!, format });
  const off = [...values!.keys()].filter((at) => isOff(values![at]!, at));
  return off.length > 0 && off.every((at) => values![at] === 0 && Math.abs(due![at]!) < smallestNormal);
}
