/**
 * What a test that found something says: the finding, and how to see it again. Writes the finding to disk.
 */
import { saveFinding } from '../archive/finding-file.ts';
import { replayCommand } from '../text/replay-command.ts';
import { inPosix } from '../archive/run-folder.ts';
import type { Finding } from '../case/finding.ts';
import { InfrastructureError, UsageError } from '../contract/failure.ts';
import { explainFinding } from '../report/explain-finding.ts';

/** The finding is at `<reports>/vitest/findings/<slug>`: the same place each time, over what was there. */
export function failureMessage(finding: Finding, { reports }: { readonly reports: string }): string {
  const { seed, index, original, shrink } = finding;
  const shape = `[${original.logits.shape.join(', ')}]`;
  return [
    explainFinding(finding),
    '',
    `found at seed ${seed}, index ${index}, on logits of ${shape}; shrunk in ${shrink.steps} steps of ${shrink.evaluations} tries`,
    ...replayLines(finding, reports),
  ].join('\n');
}

function replayLines(finding: Finding, reports: string): readonly string[] {
  try {
    const path = saveFinding({ id: 'vitest', path: inPosix(reports, 'vitest') }, finding);
    const command = replayCommand(finding, path);
    if (finding.subject.module !== null) return [`replay  ${command}`];
    return [
      `replay  ${command} --subject MODULE`,
      "        (MODULE: your kernels' file; fuzzKernels' option `module` puts it here)",
    ];
  } catch (error) {
    if (!(error instanceof UsageError) && !(error instanceof InfrastructureError)) throw error;
    return [`the finding could not be written, so it cannot be replayed: ${error.message}`];
  }
}
