/** Which references take none of the halves that a run drew, in one line. Pure. */
import type { RunRecord } from '../archive/run-record.ts';
import { formats, isHalf } from '../float/format.ts';
import { plainText } from '../text/plain-text.ts';
import { listed } from './story.ts';

/** A reason that names formats and nothing else: `float32 and float64 only`. */
const ofFormats = new RegExp(`^(?:${formats.join('|')}|, | and )+ only$`);

/**
 * `tfjs-cpu and tfjs-wasm take float32 only`; null of a run without halves, and where every reference takes
 * what was drawn.
 */
export function declinedText({
  formats: drawn,
  skips,
  references,
}: Pick<RunRecord, 'formats' | 'skips' | 'references'>): string | null {
  if (!drawn.some(isHalf)) return null;
  const byReason = new Map<string, string[]>();
  for (const { name } of references) {
    const reason = reasonOf(name, skips);
    if (reason !== null) byReason.set(reason, [...(byReason.get(reason) ?? []), plainText(name, 40)]);
  }
  const parts = [...byReason].map(
    ([reason, names]) => `${listed(names)} ${names.length === 1 ? 'takes' : 'take'} ${reason}`,
  );
  return parts.length === 0 ? null : parts.join('; ');
}

function reasonOf(name: string, skips: RunRecord['skips']): string | null {
  const reasons = Object.keys(skips).flatMap((key) =>
    key.startsWith(`${name}: `) ? [key.slice(name.length + 2)] : [],
  );
  return reasons.find((reason) => ofFormats.test(reason)) ?? null;
}
