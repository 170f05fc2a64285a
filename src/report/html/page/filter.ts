/**
 * Which findings are shown: the filter as it stands in the
 * page's address, and whether a finding passes it. Pure.
 */
import type { FindingView } from '../finding-view.ts';

/** '' is any. */
export interface Filter {
  readonly blame: string;
  readonly severity: string;
  readonly operation: string;
  readonly direction: string;
  readonly symptom: string;
  readonly text: string;
}

export const noFilter: Filter = {
  blame: '',
  severity: '',
  operation: '',
  direction: '',
  symptom: '',
  text: '',
};

/** `#finding-…` names a finding, `#findings?blame=subject` a filter; null for any other address. */
export type Address =
  { readonly kind: 'finding'; readonly id: string } | { readonly kind: 'filter'; readonly filter: Filter };

export function parseAddress(hash: string): Address | null {
  if (hash.startsWith('#finding-')) return { kind: 'finding', id: hash.slice(1) };
  if (!hash.startsWith('#findings?')) return null;
  const query = new URLSearchParams(hash.slice('#findings?'.length));
  const filter = Object.fromEntries(Object.keys(noFilter).map((name) => [name, query.get(name) ?? '']));
  return { kind: 'filter', filter: filter as unknown as Filter };
}

export function passes(finding: FindingView, filter: Filter): boolean {
  for (const name of ['blame', 'severity', 'operation', 'direction', 'symptom'] as const) {
    if (filter[name] !== '' && finding[name] !== filter[name]) return false;
  }
  const words = filter.text.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return true;
  const text = searched(finding);
  return words.every((word) => text.includes(word));
}

const texts = new WeakMap<FindingView, string>();

function searched(finding: FindingView): string {
  let text = texts.get(finding);
  if (text === undefined) {
    const { case: summary, deviation, story, implementation, signature, ledger } = finding;
    text = [summary, deviation, story, implementation, signature, ledger].join(' ').toLowerCase();
    texts.set(finding, text);
  }
  return text;
}

/** What a choice can be, the most frequent first. */
export function choicesOf(
  findings: readonly FindingView[],
  name: keyof Omit<Filter, 'text'>,
): readonly string[] {
  const counts = new Map<string, number>();
  for (const finding of findings) counts.set(finding[name], (counts.get(finding[name]) ?? 0) + 1);
  const rank = (value: string): number => (value === 'subject' ? Infinity : counts.get(value)!);
  return [...counts.keys()].sort((a, b) => rank(b) - rank(a));
}
