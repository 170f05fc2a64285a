/**
 * What a divergence is counted under: its signature, or the entry of the ledger that explains it. What is
 * known and what is new never share one, so that neither hides the other.
 */
import { ledgerEntryFor } from '../../reference/ledger/ledger.ts';
import type { BlamedDivergence } from '../../reference/ledger/entry.ts';
import type { Case } from '../case/case.ts';
import type { ImplementationJudgement } from '../judge/judge-case.ts';
import { knownKey } from '../case/known-key.ts';
import { signatureOf, signatureText } from '../case/signature.ts';

export interface FindingKey {
  /**
   * The signature as `signatureText` writes it; of what the ledger knows, the key of its reference and entry.
   */
  readonly signature: string;
  /** Id of the entry; null for what is new, and for the subject always. */
  readonly ledger: string | null;
}

/** The signature of each divergence of a judgement, in the verdict's order; [] where it does not diverge. */
export function signaturesOf(
  c: Case,
  { implementation, role, verdict, onlyByForm }: ImplementationJudgement,
  version: string,
): readonly string[] {
  if (verdict.kind !== 'diverge') return [];
  const blame = role === 'subject' ? 'subject' : implementation;
  return verdict.divergences.map(
    (divergence) => findingKey({ case: c, blame, version, divergence, onlyByForm }).signature,
  );
}

export function findingKey(blamed: BlamedDivergence): FindingKey {
  const entry = ledgerEntryFor(blamed);
  return entry === null
    ? { signature: signatureText(signatureOf(blamed.case, blamed)), ledger: null }
    : { signature: knownKey(blamed.blame, entry.id), ledger: entry.id };
}
