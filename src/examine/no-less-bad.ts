/**
 * Whether a smaller case may stand for the one that was found: it shows the same, or something plainer that
 * is no less bad. Never a smaller error for a larger one of another kind, another severity, or values for
 * conduct.
 */
import { ratioOf } from '../case/ratio.ts';
import { oracleNames, type Divergence } from '../case/verdict.ts';
import type { Format } from '../float/format.ts';
import type { ImplementationJudgement } from '../judge/judge-case.ts';
import { firstOf } from './blamed.ts';

export function isNoLessBad(
  judged: ImplementationJudgement,
  { than: found, format }: { readonly than: ImplementationJudgement; readonly format: Format },
): boolean {
  if (judged.verdict.kind !== 'diverge') return false;
  // What only a form of the call shows must stay that: the plain call may show another mistake.
  if (found.onlyByForm && !judged.onlyByForm) return false;
  const [now, before] = [firstOf(judged), firstOf(found)];
  if ((now.oracle === 'conduct') !== (before.oracle === 'conduct')) return false;
  if (rankOf(now) > rankOf(before)) return false;
  if (now.severity !== before.severity) return false;
  if (now.symptom === before.symptom) return true;
  // A number where none is due says less of a mistake than a wrong number.
  if (isInfinite(now) && !isInfinite(before) && !Number.isFinite(now.exact)) return false;
  return now.oracle !== 'conduct' && sizeOf(now, format) >= sizeOf(before, format);
}

function isInfinite({ symptom }: Divergence): boolean {
  return symptom === 'nan' || symptom === 'inf';
}

function rankOf({ oracle }: Divergence): number {
  return oracleNames.indexOf(oracle);
}

function sizeOf(divergence: Divergence, format: Format): number {
  return Number(ratioOf(divergence, format));
}
