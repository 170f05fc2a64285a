/**
 * What a divergence is counted under: its signature, and the entry
 * of the ledger that explains it, so that none hides another.
 */
import { ledgerEntryFor } from '../../reference/ledger/ledger.ts';
import type { BlamedDivergence } from '../../reference/ledger/entry.ts';
import { signatureOf, signatureText } from '../case/signature.ts';

export interface FindingKey {
  /**
   * The signature as `signatureText` writes it;
   * of what the ledger knows, `/known=` and the entry's id follow.
   */
  readonly signature: string;
  /** Id of the entry; null for what is new, and for the subject always. */
  readonly ledger: string | null;
}

export function findingKey(blamed: BlamedDivergence): FindingKey {
  const text = signatureText(signatureOf(blamed.case, blamed));
  const entry = ledgerEntryFor(blamed);
  return entry === null
    ? { signature: text, ledger: null }
    : { signature: `${text}/known=${entry.id}`, ledger: entry.id };
}
