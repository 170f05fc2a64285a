/** How a finding is shown again, as what CI reads says it: what needs no file of the run comes first. */
import type { FindingSummary } from '../archive/run-record.ts';
import { needsEarlierCalls } from '../text/replay-command.ts';

type Replayable = Pick<FindingSummary, 'replay' | 'replayAnywhere' | 'confirmed'>;

/** The one command that is told where there is room for one. */
export function commandOf({ replay, replayAnywhere }: Replayable): string {
  return replayAnywhere ?? replay;
}

/** Each way to see it again, on a line; commands and what is to be known of them. */
export function replayLines(finding: Replayable): readonly string[] {
  const { replay, replayAnywhere } = finding;
  if (replayAnywhere !== undefined) return [replayAnywhere, `where the run is: ${replay}`];
  return needsEarlierCalls(finding) ? [replay, earlierCallsText] : [replay];
}

export const earlierCallsText = 'It needs earlier calls, which only this finding.json holds.';

/** The sentence above, where it applies. */
export function earlierCallsOf(finding: Replayable): string | null {
  return finding.replayAnywhere === undefined && needsEarlierCalls(finding) ? earlierCallsText : null;
}
