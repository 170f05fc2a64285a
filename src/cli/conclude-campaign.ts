/** The end of a campaign: what its findings come to, its record and its report, and what is printed of it. */
import { saveBaseline } from '../archive/baseline.ts';
import { causeRecords } from '../archive/cause-record.ts';
import { findingPath, findingSummary, keepFindings, saveFinding } from '../archive/finding-file.ts';
import { saveRun, type RunFolder } from '../archive/run-folder.ts';
import { saveWorstCases } from '../archive/worst-files.ts';
import type { CampaignResult } from '../campaign/observers.ts';
import { missingSentence } from '../report/drawn-text.ts';
import { renderConsole } from '../report/render-console.ts';
import { summaryJson } from '../report/summary-json.ts';
import { exportedKernels, spaceOf } from '../worker/space.ts';
import { assess, type Assessment } from './assess-findings.ts';
import type { CampaignRequest } from './campaign-options.ts';
import type { RunSettings } from './campaign-settings.ts';
import type { Ending } from './exit-code.ts';
import { recordOf } from './record-run.ts';
import { saveFindings } from './save-findings.ts';
import { terminal } from './terminal.ts';
import { printBeside, writeOutputs } from './write-outputs.ts';
import { reportText, writeReport } from './write-report.ts';

/**
 * Writes the record and all that is told of it. @returns the exit code. Whatever was found is on disk before
 * anything is printed of it.
 */
export async function concludeCampaign(
  request: CampaignRequest,
  result: CampaignResult,
  end: {
    folder: RunFolder;
    startedAt: Date;
    interruptedBy: Ending['interruptedBy'];
    runSettings: RunSettings;
  },
): Promise<number> {
  const { runSettings, folder } = end;
  const { output } = runSettings;
  const assessed = assess(request, result, end);
  const { exitCode, findings } = assessed;
  // Neither the index of a chain nor one of the list of all lanes is a draw of a seed.
  const drawn = request.plan.maximize || request.plan.exhaustive ? null : spaceOf(request.plan);
  const summaries = findings.map((finding) => findingSummary(finding, saveFinding(folder, finding), drawn));
  const causes = causeRecords(findings, (finding) => findingPath(folder, finding));
  const record = recordOf(request.plan, result, { ...end, ...assessed, findings: summaries, causes });
  if (record.budget.maximize) saveWorstCases(folder, record);
  saveRun(folder, record);
  keepFindings(folder, findings); // last: a process that is killed before that has lost nothing
  if (assessed.update !== null) saveBaseline(runSettings.baselinePath, assessed.update);
  const notes = notesOf(assessed, result, runSettings);
  if (runSettings.saveCorpus !== null) notes.push(saveFindings(runSettings.saveCorpus, findings));
  if (!output.json) for (const note of notes) terminal.note(note);
  const { color, width, height } = terminal;
  const page = runSettings.report ? await writeReport(record, findings, { out: request.plan.out }) : null;
  if (!output.json) printBeside(output, renderConsole(record, { color, width, height }));
  if (!output.json && page !== null) printBeside(output, reportText(page));
  await writeOutputs(record, output);
  if (output.json) terminal.printJson(summaryJson(record, page)); // after all that can fail: it is one document
  return exitCode;
}

/** What became of the baseline, and why too few cases were judged. */
function notesOf(
  assessed: Assessment,
  { tally, subject }: CampaignResult,
  runSettings: RunSettings,
): string[] {
  const { update, exitCode, judged, minCases } = assessed;
  const notes: string[] = [];
  if (update !== null)
    notes.push(`wrote ${Object.keys(update.findings).length} entries to ${runSettings.baselinePath}`);
  else if (runSettings.update)
    notes.push(
      `${runSettings.baselinePath} stays as it is: the run did not come to its end, or judged too little`,
    );
  for (const missing of assessed.missingKernels)
    notes.push(`${missingSentence(missing)}: ${subject.name} exports ${exportedKernels(subject).join(', ')}`);
  if (exitCode === 4) {
    notes.push(
      `only ${judged} of ${tally.cases} cases were judged, and ${minCases} have to be: the subject has ` +
        `${subject.kernels.join(', ')}; what it declines is not drawn where it says so by \`export const supports\` ` +
        '(--min-cases says how many are enough)',
    );
  }
  return notes;
}
