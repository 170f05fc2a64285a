/**
 * The ledger: what the references get wrong today.
 * It explains divergences of references, never one of the subject.
 */
import { formatFacts } from '../../src/float/format.ts';
import type { Divergence } from '../../src/case/verdict.ts';
import type { BlamedDivergence, Coverage, KnownAnswer, LedgerEntry } from './entry.ts';
import { ledgerDocuments, type LedgerDocument } from './documents.ts';

/**
 * All that is known, in the order in which it is asked: the first entry that explains a divergence has it.
 */
export const ledger: readonly LedgerEntry[] = ledgerDocuments.flatMap(({ entries }) => entries);

/** The entry that explains a divergence; null where none does, and it is new. */
export function ledgerEntryFor(blamed: BlamedDivergence): LedgerEntry | null {
  return entriesAbout(blamed).find((entry) => explains(entry, blamed)) ?? null;
}

/** An entry, the document that it stands in, and its number there. */
export interface NamedEntry {
  readonly entry: LedgerEntry;
  readonly document: LedgerDocument;
  readonly number: number;
}

/** The entry of that id; null where there is none: a file may be of old. */
export function ledgerEntryNamed(id: string | null): NamedEntry | null {
  for (const document of ledgerDocuments) {
    const at = document.entries.findIndex((entry) => entry.id === id);
    if (at >= 0) return { entry: document.entries[at]!, document, number: at + 1 };
  }
  return null;
}

/** The entries of each reference and kernel: only these are asked about a divergence. */
const entriesOf = new Map<string, readonly LedgerEntry[]>();

function entriesAbout({ blame, case: c }: BlamedDivergence): readonly LedgerEntry[] {
  const kernel = `${c.operation}/${c.direction}` as const;
  const key = `${blame} ${kernel}`;
  let entries = entriesOf.get(key);
  if (entries === undefined) {
    entries = ledger.filter(
      ({ affects, covers }) => Object.hasOwn(affects, blame) && covers.kernels.includes(kernel),
    );
    entriesOf.set(key, entries);
  }
  return entries;
}

export function explains(
  entry: LedgerEntry,
  { case: c, blame, version, divergence, isStacked = false }: BlamedDivergence,
): boolean {
  if (!isAffected(entry, blame, version)) return false;
  const { formats = ['float32'] } = entry.covers;
  if (!formats.includes(c.format)) return false;
  if (!isCovered(entry.covers, `${c.operation}/${c.direction}`, divergence)) return false;
  if (!entry.concerns(c, divergence.element)) return false;
  const { element, got, exact } = divergence;
  if (entry.gives === undefined || element === null || got === null || exact === null) return true;
  return isNear(
    got,
    entry.gives(c, element, { exact, blame, isStacked }),
    formatFacts(c.format).largestFinite,
  );
}

function isAffected({ affects }: LedgerEntry, reference: string, version: string): boolean {
  return Object.hasOwn(affects, reference) && affects[reference]!.includes(version);
}

function isCovered(covers: Coverage, kernel: string, divergence: Divergence): boolean {
  const { oracle, severity, symptom, detail } = divergence;
  return (
    covers.kernels.some((covered) => covered === kernel) &&
    covers.oracles.includes(oracle) &&
    covers.severities.includes(severity) &&
    covers.symptoms.includes(symptom) &&
    (covers.message === undefined || covers.message.test(detail))
  );
}

/** NaN for NaN; an infinity where the value is one in the format, or may be. */
function isNear(got: number, { value, slack }: KnownAnswer, largestFinite: number): boolean {
  if (Number.isNaN(value) || Number.isNaN(got)) return Number.isNaN(value) && Number.isNaN(got);
  if (Math.abs(got) === Infinity || Math.abs(value) > largestFinite)
    return Math.sign(got) === Math.sign(value) && Math.abs(value) + slack > largestFinite / 2;
  return Math.abs(got - value) <= slack;
}
