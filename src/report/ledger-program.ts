/** The program of an entry of the ledger, whole: what a maintainer pastes. Pure text. */
import { referenceNamed } from '../../reference/index.ts';
import { publicVersion } from './script-in-python.ts';
import type { LedgerEntry } from '../../reference/ledger/entry.ts';
import { cannotRunLines, exitCodesText, pythonLoadLines, runText } from '../text/script-lines.ts';

/**
 * An ES module for Node, or a program in Python where the reference is one of Python's, that shows the
 * entry on the reference; by default on that of which the entry says what it prints.
 * Null where the entry's own code does not ask that reference.
 */
export function ledgerProgram({ snippet, affects }: LedgerEntry, on: string = snippet.on): string | null {
  const reference = referenceNamed(on);
  // What asks both in the same way asks them by one API, as the entry's code does.
  if (reference === undefined || reference.script !== referenceNamed(snippet.on)?.script) return null;
  const version = affects[on]?.at(-1) ?? null;
  if (reference.package.language === 'python') {
    return [
      `# ${exitCodesText}`,
      `# Run it with: ${runText(reference.package, publicVersion(version))}`,
      ...pythonLoadLines(reference.package),
      '',
      snippet.code,
    ].join('\n');
  }
  return [
    `// ${exitCodesText}`,
    `// Run it with: ${runText(reference.package, version)}`,
    ...reference.package.load,
    '',
    snippet.code,
    '',
    ...cannotRunLines(),
  ].join('\n');
}
