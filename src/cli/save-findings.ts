/**
 * `--save-corpus`: the subject's findings become cases of the corpus.
 * What references get wrong is the ledger's.
 */
import { addToCorpus, type Addition } from '../archive/corpus.ts';
import type { Finding } from '../case/finding.ts';

/** @returns a sentence on what was added. */
export function saveFindings(folder: string, findings: readonly Finding[]): string {
  return additionText(
    folder,
    addToCorpus(
      folder,
      findings.filter(({ blame }) => blame === 'subject'),
    ),
  );
}

export function additionText(folder: string, { paths, already, alone }: Addition): string {
  const cases = paths.length === 1 ? '1 case' : `${paths.length} cases`;
  const rest = already === 0 ? '' : `; ${already} of these signatures had one there already`;
  const lacking =
    alone === 0
      ? ''
      : `; ${alone} of them ${alone === 1 ? 'needs' : 'need'} the calls before, which a corpus does not keep: the finding does`;
  return `added ${cases} to ${folder}${rest}${lacking}`;
}
