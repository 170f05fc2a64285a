/** What a search for the worst came to, kernel by kernel, for the terminal. Pure. */
import { worstCasePath } from '../archive/worst-files.ts';
import type { FindingSummary, RunRecord } from '../archive/run-record.ts';
import { caseFromJson } from '../case/case-json.ts';
import { caseSummary } from '../case/case-summary.ts';
import { kernelTable } from '../contract/subject.ts';
import { roundedText } from '../text/number-text.ts';
import { plainText } from '../text/plain-text.ts';
import { caseCommand } from '../text/replay-command.ts';
import { byBadness } from './html/kernels.ts';

/** A title and two lines for each kernel that was asked; nothing of a run that did not search. */
export function worstSection(run: RunRecord): readonly string[] {
  if (!run.budget.maximize) return [];
  const kernels = kernelTable
    .map(({ operation, direction }) => `${operation}/${direction}`)
    .filter((kernel) => Object.hasOwn(run.byKernel, `${kernel}/${run.subject.name}`));
  return [
    '',
    'The worst of each kernel, error ÷ allowed:',
    ...kernels.flatMap((kernel) => linesOf(run, kernel)),
  ];
}

function linesOf(run: RunRecord, kernel: string): readonly string[] {
  const name = kernel.padEnd(nameColumns);
  const [worst] = run.findings
    .filter(
      ({ blame, operation, direction }) => blame === 'subject' && `${operation}/${direction}` === kernel,
    )
    .sort(byBadness);
  if (worst !== undefined)
    return [
      `${name}${ratioText(worst)}  ${plainText(worst.case, 120)}: ${plainText(worst.deviation, 80)}`,
      `    ${worst.replay}`,
    ];
  const nearest = run.worstCases[kernel];
  if (nearest === undefined) return [`${name}0`];
  const summary = caseSummary(caseFromJson(nearest.case));
  const command = caseCommand(worstCasePath(run.run, kernel), run.subject);
  return [`${name}${roundedText(nearest.ratio)}  ${summary}`, `    ${command}`];
}

const nameColumns = 29; // crossEntropy/targetBackward and two spaces

/** The worst that was seen of it; the smallest case that shows it need not be as bad. */
function ratioText({ ratio = null, severity }: FindingSummary): string {
  if (ratio === null) return severity;
  return `${severity}, up to ${ratio === 'Infinity' ? '∞' : roundedText(ratio)}`;
}
