/** The rows of the page: causes, the subject's first, and last the entries of the ledger. Pure. */
import { causesOf } from '../../case/cause.ts';
import type { Finding } from '../../case/finding.ts';
import { kernelNameOf } from '../../contract/subject.ts';
import { diagnosisSentences } from '../../text/diagnosis-text.ts';
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
  const told = findings.find(({ diagnosis }) => (diagnosis?.boundary ?? null) !== null);
  return {
    id: plainText(id, 60),
    title: plainText(entry?.title.replaceAll('`', '') ?? '', 200),
    kernels: [...new Set(kernels)],
    places: findings.map((finding) => places.get(finding)!),
    boundary: plainText(diagnosisSentences(told?.diagnosis)[0] ?? '', 300),
  };
}
