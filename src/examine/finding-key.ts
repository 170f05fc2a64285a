/**
 * What a divergence is counted under: its signature, or the entry of the ledger that explains it. What is
 * known and what is new never share one, so that neither hides the other.
 */
import { ledgerEntryFor } from '../../reference/ledger/ledger.ts';
import type { BlamedDivergence } from '../../reference/ledger/entry.ts';
import type { Case } from '../case/case.ts';
import type { ImplementationJudgement } from '../judge/judge-case.ts';
import { knownKey } from '../case/known-key.ts';
import { signatureOf, signatureOfVersion1, signatureText } from '../case/signature.ts';
import type { Dependence } from './dependence.ts';

export interface FindingKey {
  /**
   * The signature as `signatureText` writes it; of what the ledger knows, the key of its reference and entry.
   */
  readonly signature: string;
  /** The signature in version 1, as files of before have it; worked out where a finding is made of it. */
  formerly(): string;
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

/** `dependence` is what the divergence depends on, where that was asked. */
export function findingKey(blamed: BlamedDivergence, dependence?: Dependence): FindingKey {
  const { case: c, blame } = blamed;
  const formerly = (): string => signatureText(signatureOfVersion1(c, blamed));
  const entry = ledgerEntryFor(blamed);
  return entry === null
    ? {
        signature: signatureText(signatureOf(dependence?.case ?? c, blamed, dependence)),
        formerly,
        ledger: null,
      }
    : { signature: knownKey(blame, entry.id), formerly, ledger: entry.id };
}
