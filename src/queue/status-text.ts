/** Where a campaign on a queue stands, in lines for a terminal. Pure. */
import { plainText } from '../text/plain-text.ts';
import type { CampaignStatus } from './status.ts';
import type { MachineStanding, Phase, Standing } from './standing.ts';

export interface StatusTextOptions {
  readonly queue: string;
  /** Columns of the terminal: a table that is wider is told as a block for each machine. */
  readonly width: number;
}

const phaseWords: Readonly<Record<Phase, string>> = {
  running: 'running',
  'handing-back': 'its machines hand back what they are at',
  confirming: 'its findings are asked again',
  ended: 'ended',
};
const wordsMax = 60;

export function statusText(status: CampaignStatus, { queue, width }: StatusTextOptions): string {
  const { campaign, state, standing, machines } = status;
  if (state === null && standing === null) {
    const waiting = machines.length === 0 ? '' : `; ${counted(machines.length, 'worker')} waiting for it`;
    return `there is no campaign ${campaign} on the queue ${queue}${waiting}`;
  }
  const table = machines.length === 0 ? [] : ['', ...machineLines(machines, width)];
  return [headLine(status), ...(standing === null ? [] : standingLines(standing)), ...table].join('\n');
}

function headLine({ campaign, state, standing, isCoordinated }: CampaignStatus): string {
  const phase = state?.phase ?? standing!.phase;
  const stopped = standing?.stoppedBy == null ? '' : ` (${plainText(standing.stoppedBy, wordsMax)})`;
  const path = standing?.path == null ? '' : `, ${plainText(standing.path, 200)}`;
  const seed = standing === null ? '' : `, seed ${standing.seed}`;
  const head = `campaign ${campaign}: ${phaseWords[phase]}${phase === 'ended' ? stopped : ''}${seed}${path}`;
  if (isCoordinated || phase === 'ended') return head;
  return `${head}\n  no coordinator is at work on it: fuzz --resume RUN --queue URL goes on with it`;
}

function standingLines(standing: Standing): readonly string[] {
  const { cases, runs, rate, findings, subjectFindings, causes, jobs, lost, machines, slots } = standing;
  const left = secondsLeft(standing);
  const share = runs === null ? '' : ` of ${runs} (${Math.floor((100 * cases) / Math.max(runs, 1))} %)`;
  return [
    `  cases      ${cases}${share}, ${Math.round(rate)}/s${left === null ? '' : `, ${durationText(left)} left`}`,
    `  findings   ${findings}, ${subjectFindings} of the subject, of ${counted(causes, 'cause')}`,
    `  jobs       ${jobs.waiting} waiting, ${jobs.active} under way`,
    `  workers    ${machines}, ${counted(slots, 'slot')}`,
    ...(lost === 0 ? [] : [`  lost       ${counted(lost, 'case')}: nobody survived them`]),
  ];
}

/** Until the runs are done or the time is over; null where neither can be told, or it is over. */
export function secondsLeft({ phase, runs, timeMs, cases, seconds, rate }: Standing): number | null {
  if (phase === 'ended') return null;
  const byTime = timeMs === null ? Infinity : timeMs / 1000 - seconds;
  const byRuns = runs === null || rate <= 0 ? Infinity : (runs - cases) / rate;
  const left = Math.min(byTime, byRuns);
  return Number.isFinite(left) ? Math.max(left, 0) : null;
}

/** `45 s`, `12 min`, `3.5 h`. */
export function durationText(seconds: number): string {
  if (seconds < 120) return `${Math.ceil(seconds)} s`;
  return seconds < 7200 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`;
}

const titles = ['worker', 'slots', 'cases/s', 'cases', 'job', 'machine'] as const;
/** Those that are numbers stand at the right. */
const isNumber = [false, true, true, true, false, false];
const gap = '  ';

function machineLines(machines: readonly MachineStanding[], width: number): readonly string[] {
  const rows = [titles, ...machines.map(cellsOf)];
  const widths = titles.map((_, i) => Math.max(...rows.map((cells) => cells[i]!.length)));
  const lines = rows.map((cells) =>
    cells
      .map((cell, i) => padded(cell, i, widths[i]!))
      .join(gap)
      .trimEnd(),
  );
  return lines.every((line) => line.length <= width) ? lines : machines.flatMap(blockOf);
}

function cellsOf({ name, slots, rate, cases, job, platform, node }: MachineStanding): readonly string[] {
  return [
    plainText(name, wordsMax),
    String(slots),
    String(Math.round(rate)),
    String(cases),
    job === null ? '-' : plainText(job, wordsMax),
    `${plainText(platform, 30)}, Node ${plainText(node, 20)}`,
  ];
}

function padded(cell: string, column: number, width: number): string {
  return isNumber[column] === true ? cell.padStart(width) : cell.padEnd(width);
}

/** For a terminal that is too narrow. */
function blockOf(machine: MachineStanding): readonly string[] {
  const [name, slots, rate, cases, job, platform] = cellsOf(machine);
  return [
    name!,
    `  ${counted(Number(slots), 'slot')}, ${rate}/s, ${cases} cases`,
    `  ${job === '-' ? 'no job' : job}`,
    `  ${platform}`,
  ];
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
