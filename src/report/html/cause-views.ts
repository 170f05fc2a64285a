/** The rows of the page: causes, the subject's first, and last the entries of the ledger. Pure. */
import { causesOf } from '../../case/cause.ts';
import type { Diagnosis } from '../../case/diagnosis.ts';
import type { Finding } from '../../case/finding.ts';
import { isAlike } from '../../case/verdict.ts';
import { kernelNameOf } from '../../contract/subject.ts';
import { plainText } from '../../text/plain-text.ts';
import { ledger } from '../../../reference/ledger/ledger.ts';
import type { CauseView } from './finding-view.ts';

interface Row {
  readonly id: string;
  readonly findings: readonly Finding[];
}

/** @param findings in the order in which they stand in the page. */
export function causeViews(findings: readonly Finding[]): readonly CauseView[] {
  const places = new Map(findings.map((finding, place) => [finding, place]));
  const rows = byEntry(causesOf(findings));
  return [...rows].sort((a, b) => rank(a) - rank(b)).map((row) => viewOf(row, places));
}

/**
 * What is known of a finding: of each kernel and symptom one is diagnosed, and what is found out of it holds
 * for those like it, but for no other kind.
 */
export function diagnosisFor(finding: Finding, among: readonly Finding[]): Diagnosis | undefined {
  if (finding.diagnosis !== undefined) return finding.diagnosis;
  return among.find((other) => other.diagnosis !== undefined && isAlikeIn(finding, other))?.diagnosis;
}

function isAlikeIn(a: Finding, b: Finding): boolean {
  return a.blame === b.blame && a.operation === b.operation && a.direction === b.direction && isAlike(a, b);
}

/** Where it begins, in a sentence; '' where nobody asked. */
export function boundaryText(finding: Finding, among: readonly Finding[]): string {
  const boundary = diagnosisFor(finding, among)?.boundary ?? null;
  return boundary === null ? '' : plainText(`Where it begins: ${boundary}.`, 300);
}

/** What the ledger knows by one entry is one row, whoever is blamed. */
function byEntry(causes: readonly Row[]): readonly Row[] {
  const rows = new Map<string, Row>();
  for (const { id, findings } of causes) {
    const entry = findings[0]!.ledger;
    const key = entry === null ? `cause ${id}` : `ledger ${entry}`;
    const known = rows.get(key)?.findings ?? [];
    rows.set(key, { id: entry ?? id, findings: [...known, ...findings] });
  }
  return [...rows.values()];
}

/** New before what the baseline lists, the subject before the references, the ledger last. */
function rank({ findings }: Row): number {
  const [first] = findings;
  if (first!.ledger !== null) return 3;
  const isKnown = findings.every(({ known, growth }) => known && growth === undefined);
  return (first!.blame === 'subject' ? 0 : 2) + (isKnown ? 1 : 0);
}

function viewOf({ id, findings }: Row, places: ReadonlyMap<Finding, number>): CauseView {
  const entry = ledger.find((one) => one.id === findings[0]!.ledger);
  const kernels = findings.map(({ operation, direction }) => kernelNameOf(operation, direction));
  const [first] = findings;
  return {
    id: plainText(id, 60),
    title: plainText(entry?.title.replaceAll('`', '') ?? '', 200),
    kernels: [...new Set(kernels)],
    places: findings.map((finding) => places.get(finding)!),
    boundary: boundaryText(first!, findings),
  };
}
