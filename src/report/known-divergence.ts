/** What the ledger says of a known divergence, for the terminal and for a program's comments. Pure. */
import type { Finding } from '../case/finding.ts';
import { ledgerEntryNamed, type NamedEntry } from '../../reference/ledger/ledger.ts';

type Explained = Pick<Finding, 'ledger'>;

/** The entry, its cause and its workaround; null where no entry that there is explains the finding. */
export function knownText({ ledger }: Explained): string | null {
  const known = ledgerEntryNamed(ledger);
  if (known === null) return null;
  const { when, cause, workaround } = known.entry;
  return [`known: ${nameOf(known)}`, `when: ${when}`, `cause: ${cause}`, `for users: ${workaround}`].join(
    '\n',
  );
}

/** The entry in a line; null as above. */
export function knownComment({ ledger }: Explained): string | null {
  const known = ledgerEntryNamed(ledger);
  return known === null ? null : `Known: ${nameOf(known)}`;
}

function nameOf({ entry, document, number }: NamedEntry): string {
  return `entry ${number} of ${document.file}, ${entry.id}: ${entry.title}.`;
}
