/**
 * The ledger: what the references get wrong today.
 * It explains divergences of references, never one of the subject.
 */
import type { Divergence } from '../../src/case/verdict.ts';
import type { BlamedDivergence, Coverage, KnownAnswer, LedgerEntry } from './entry.ts';
import { labelEntries } from './label-entries.ts';
import { logSumExpEntries } from './log-sum-exp-entries.ts';
import { lossEntries } from './loss-entries.ts';
import { memoryEntries } from './memory-entries.ts';
import { precisionEntries } from './precision-entries.ts';
import { shaderEntries } from './shader-entries.ts';
import { throwingEntries } from './throwing-entries.ts';

/**
 * All that is known, in the order in which it is asked: the first entry that explains a divergence has it.
 */
export const ledger: readonly LedgerEntry[] = [
  ...labelEntries,
  ...lossEntries,
  ...logSumExpEntries,
  ...memoryEntries,
  ...throwingEntries,
  ...precisionEntries,
  ...shaderEntries,
];

/** The entry that explains a divergence; null where none does, and it is new. */
export function ledgerEntryFor(blamed: BlamedDivergence): LedgerEntry | null {
  return entriesAbout(blamed).find((entry) => explains(entry, blamed)) ?? null;
}

/** The entry of that id, and its number in the document; null where there is none: a file may be of old. */
export function ledgerEntryNamed(
  id: string | null,
): { readonly entry: LedgerEntry; readonly number: number } | null {
  const at = ledger.findIndex((entry) => entry.id === id);
  return at < 0 ? null : { entry: ledger[at]!, number: at + 1 };
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
  if (c.format !== 'float32' || !isCovered(entry.covers, `${c.operation}/${c.direction}`, divergence))
    return false;
  if (!entry.concerns(c, divergence.element)) return false;
  const { element, got, exact } = divergence;
  if (entry.gives === undefined || element === null || got === null || exact === null) return true;
  return isNear(got, entry.gives(c, element, { exact, blame, isStacked }));
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

const largestFinite = (2 - 2 ** -23) * 2 ** 127;

/** NaN for NaN; an infinity where the value is one in float32, or may be. */
function isNear(got: number, { value, slack }: KnownAnswer): boolean {
  if (Number.isNaN(value) || Number.isNaN(got)) return Number.isNaN(value) && Number.isNaN(got);
  if (Math.abs(got) === Infinity || Math.abs(value) > largestFinite)
    return Math.sign(got) === Math.sign(value) && Math.abs(value) + slack > largestFinite / 2;
  return Math.abs(got - value) <= slack;
}
