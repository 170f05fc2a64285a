/**
 * Where a command writes: data to stdout, progress to stderr.
 * The only place that touches the process's streams.
 */
import type { SingleBar } from 'cli-progress';
import type { Progress } from '../campaign/observers.ts';
import { defuse, defusedJson } from '../report/github.ts';
import { progressText, type Bounds } from './progress-text.ts';

export interface Terminal {
  /** Lines of data. */
  print(text: string): void;
  /** One JSON document. */
  printJson(value: unknown): void;
  /** One line of progress. */
  note(text: string): void;
  /** A command to a job's runner, which reads both streams; on stderr, since stdout is data. */
  command(text: string): void;
  /** Whether anything was printed to stdout. */
  hasPrinted(): boolean;
  readonly color: boolean;
  readonly width: number;
  /** Infinity where it is no terminal. */
  readonly height: number;
}

/**
 * Makes text harmless in a job of GitHub Actions, where a line of a
 * subject's or a reference's words could be a command to the runner.
 */
const harmless = process.env['GITHUB_ACTIONS'] === 'true' ? defuse : (text: string): string => text;

/**
 * Goes to the start of the line and clears what is right of it:
 * a bar may stand there, and is drawn again below.
 */
const overBar = '\r\u001b[K';

let printed = false;

function printText(text: string): void {
  printed = true;
  process.stdout.write(`${text}\n`);
}

export const terminal: Terminal = {
  print: (text) => printText(harmless(text)),
  printJson: (value) => printText(defusedJson(value)),
  note: (text) => void process.stderr.write(`${process.stderr.isTTY ? overBar : ''}${harmless(text)}\n`),
  command: (text) => void process.stderr.write(`${text}\n`),
  hasPrinted: () => printed,
  color: process.stdout.isTTY === true && process.env['NO_COLOR'] === undefined,
  width: process.stdout.columns ?? 110,
  height: process.stdout.rows ?? Infinity,
};

/**
 * Whoever read the output may have gone (`| head -1`): that is no failure. A disk that is full is one: then
 * `onFailure` gets a sentence. Without this Node would print a stack trace.
 */
export function surviveOutputErrors(onFailure: (sentence: string) => void): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') onFailure(`cannot write to stdout: ${error.message}`);
  });
  process.stderr.on('error', () => undefined); // there is nobody to tell
}

export interface ProgressLine {
  update(progress: Progress): void;
  stop(): void;
}

/**
 * How much of its way a command tells. quiet: only the summary at its end.
 * verbose: each batch and each finding.
 */
export type Detail = 'quiet' | 'plain' | 'verbose';

const plainLineMs = 10_000;

/**
 * A bar on a terminal, where the process has nothing else to write there; elsewhere a plain line every ten
 * seconds. quiet: nothing. verbose: a line for each batch. The bounds are read anew for each.
 */
export function startProgress(
  bounds: Bounds,
  detail: Detail,
  { bar }: { readonly bar: boolean },
): ProgressLine {
  if (detail === 'quiet') return { update: () => undefined, stop: () => undefined };
  if (detail === 'verbose') return startLines(bounds, 0);
  return bar && process.stderr.isTTY === true ? startBar(bounds) : startLines(bounds, plainLineMs);
}

function startBar(bounds: Bounds): ProgressLine {
  let bar: SingleBar | null = null;
  // Loaded only where there is a terminal, and while the workers load: before that nothing is to be drawn.
  void import('cli-progress').then(({ default: { Presets, SingleBar: Bar } }) => {
    bar = new Bar(
      { format: '{bar} {text}', stream: process.stderr, clearOnComplete: true },
      Presets.shades_classic,
    );
  });
  let [isStarted, isStopped] = [false, false];
  return {
    update(progress) {
      if (bar === null || isStopped) return;
      // Not before: what is noted while all is loaded would push the bar on, and leave a line of it behind.
      if (!isStarted) bar.start(1, 0, { text: '' });
      isStarted = true;
      const byTime = bounds.timeMs === null ? 0 : (1000 * progress.seconds) / bounds.timeMs;
      const byRuns = bounds.runs === null ? 0 : progress.cases / bounds.runs;
      bar.update(Math.min(1, Math.max(byTime, byRuns)), { text: progressText(progress, bounds) });
    },
    stop() {
      if (isStarted && !isStopped) bar?.stop(); // a second time would draw it again
      isStopped = true;
    },
  };
}

function startLines(bounds: Bounds, everyMs: number): ProgressLine {
  let last = performance.now();
  return {
    update(progress) {
      if (performance.now() - last < everyMs) return;
      last = performance.now();
      terminal.note(progressText(progress, bounds));
    },
    stop: () => undefined,
  };
}
