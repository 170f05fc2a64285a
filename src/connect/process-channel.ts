/**
 * A channel to a process that speaks `lfz/1` on its standard streams. Whatever that does wrong is how it
 * ended; nothing of it is thrown once it has said welcome.
 */
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { InfrastructureError, UsageError } from '../contract/failure.ts';
import { packageVersion } from '../contract/package-version.ts';
import type { Ending } from '../case/outcome.ts';
import type { Channel, OpenChannel, Reply } from './channel.ts';
import { hasProcessGroups, killGroup } from './process-group.ts';
import { residentMbOf } from './process-memory.ts';
import { reaper } from './reaper.ts';
import {
  createFrameReader,
  defaultFrameBytes,
  encodeFrame,
  frameTypes,
  type Frame,
  type Nonsense,
} from './wire.ts';
import { protocols, welcomeFrom, type Welcome } from './welcome.ts';

export interface ProcessOptions {
  readonly command: string;
  readonly args: readonly string[];
  /** What the user knows it by, for sentences: `the subject "cmd:./my-kit"`. */
  readonly whose: string;
  /** Until it has said welcome. */
  readonly startTimeoutMs: number;
  /** For this process and the other together. */
  readonly rssLimitMb: number;
  readonly environment?: Readonly<Record<string, string>>;
}

const stderrTail = 2_000;
/** How long the last words of a process that is gone are waited for: a child may hold its pipes. */
const lastWordsMs = 250;
const memoryLookMs = 100;

/** Starts a process each time that it is called. */
export function processOpener(options: ProcessOptions): OpenChannel {
  return () => openProcess(options);
}

interface Pending {
  readonly sequence: number;
  readonly limitMs: number;
  readonly settle: (reply: Reply) => void;
}

async function openProcess(options: ProcessOptions): Promise<Channel> {
  const child = startChild(options);
  const words = lastWordsOf(child);
  const first = await firstFrame(child, options);
  if (first.kind === 'welcome') return channelOn(child, { ...options, welcome: first.welcome, words });
  const said = first.isSaid === true ? first.detail : first.detail + words.text();
  end(child);
  throw new UsageError(`${options.whose} ${said}`);
}

function startChild({ command, args, whose, environment }: ProcessOptions): ChildProcessWithoutNullStreams {
  const watcher = reaper(); // there before anybody whom it has to end
  let child: ChildProcessWithoutNullStreams;
  try {
    child = spawn(command, args, {
      stdio: ['pipe', 'pipe', 'pipe'],
      detached: hasProcessGroups,
      env: { ...process.env, ...environment, LOGITFUZZ_PROTOCOL: '1' },
      windowsHide: true,
    });
  } catch (error) {
    throw new InfrastructureError(`${whose} could not be started: ${(error as Error).message}`);
  }
  if (child.pid !== undefined) watcher.watch(child.pid);
  child.stdin.on('error', () => undefined); // shows as the end of the process
  return child;
}

/** What it writes to stderr, the end of it, as the end of a sentence. */
function lastWordsOf(child: ChildProcessWithoutNullStreams): { text(): string } {
  let tail = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (tail = (tail + text).slice(-stderrTail)));
  return {
    text() {
      const words = tail.trim();
      return words === '' ? '' : `; its last words: ${JSON.stringify(words)}`;
    },
  };
}

type First =
  | { readonly kind: 'welcome'; readonly welcome: Welcome }
  /** `isSaid`: by the kit itself, so that nobody has to guess from its last words. */
  | { readonly kind: 'failed'; readonly detail: string; readonly isSaid?: true };

/** Reads until there is an answer to hello. @throws UsageError of a welcome that cannot be. */
function firstFrame(child: ChildProcessWithoutNullStreams, options: ProcessOptions): Promise<First> {
  const reader = createFrameReader();
  const hello = { protocols, client: `logitfuzz ${packageVersion}` };
  const body = new TextEncoder().encode(JSON.stringify(hello));
  child.stdin.write(encodeFrame({ type: frameTypes.hello, sequence: 0, body }));
  return new Promise<First>((resolve, reject) => {
    const failed = (detail: string): void => resolve({ kind: 'failed', detail });
    const clock = setTimeout(
      () => failed(`said nothing for ${options.startTimeoutMs / 1000} s after its start`),
      options.startTimeoutMs,
    );
    const onData = (part: Buffer): void => {
      const [frame] = reader.take(part);
      if (frame === undefined) return;
      try {
        resolve(readFirst(frame, options.whose));
      } catch (error) {
        reject(error as Error);
        end(child);
      }
    };
    const onExit = (code: number | null, signal: NodeJS.Signals | null): void =>
      void setTimeout(() => failed(`ended with ${endOf(code, signal)} before it said welcome`), lastWordsMs);
    const onError = (error: Error): void =>
      failed(`could not be started: ${whyNotStarted(error, options.command)}`);
    child.stdout.on('data', onData);
    child.once('exit', onExit).once('error', onError);
    resolveLater(() => {
      clearTimeout(clock);
      child.stdout.off('data', onData);
      child.off('exit', onExit).off('error', onError);
    });

    function resolveLater(clean: () => void): void {
      const [settle, fail] = [resolve, reject];
      resolve = (first) => (clean(), settle(first));
      reject = (error) => (clean(), fail(error));
    }
  });
}

function whyNotStarted(error: NodeJS.ErrnoException, command: string): string {
  return error.code === 'ENOENT' ? `there is no program ${command}` : error.message;
}

function readFirst(frame: Frame | Nonsense, whose: string): First {
  if ('kind' in frame) return { kind: 'failed', detail: `did not begin with a frame: ${frame.detail}` };
  if (frame.type === frameTypes.fail)
    return { kind: 'failed', detail: `cannot go on: ${failureIn(frame)}`, isSaid: true };
  if (frame.type !== frameTypes.welcome)
    return { kind: 'failed', detail: `answered hello with a frame of type ${frame.type}` };
  return { kind: 'welcome', welcome: welcomeFrom(frame.body, whose) };
}

/** The message of a frame `fail`. */
function failureIn({ body }: Frame): string {
  const text = new TextDecoder().decode(body);
  try {
    const { message } = JSON.parse(text) as { readonly message?: unknown };
    return typeof message === 'string' ? message.slice(0, stderrTail) : text.slice(0, stderrTail);
  } catch {
    return text.slice(0, stderrTail);
  }
}

interface Running extends ProcessOptions {
  readonly welcome: Welcome;
  readonly words: { text(): string };
}

function channelOn(child: ChildProcessWithoutNullStreams, { welcome, words, rssLimitMb }: Running): Channel {
  const pid = child.pid!;
  const pending: Pending[] = [];
  const reader = createFrameReader(Math.max(defaultFrameBytes, welcome.maxFrameBytes));
  let sequence = 0;
  let ended: Ending | null = null;
  let clock: NodeJS.Timeout | undefined;

  const finish = (outcome: Ending, reply: Reply = { kind: 'ended', outcome }): void => {
    if (ended !== null) return;
    ended = outcome;
    clearTimeout(clock);
    clearInterval(memory);
    end(child);
    const [next, ...others] = pending.splice(0);
    next?.settle(reply);
    for (const one of others) one.settle({ kind: 'unasked' });
  };
  const crashed = (detail: string): void => finish({ kind: 'crashed', detail: `${detail}${words.text()}` });
  const startClock = (): void => {
    clearTimeout(clock);
    const [next] = pending;
    if (next !== undefined)
      clock = setTimeout(() => finish({ kind: 'timed-out', limitMs: next.limitMs }), next.limitMs);
  };
  const memory = setInterval(() => {
    if (pending.length === 0) return;
    const [own, others] = [process.memoryUsage.rss() / 2 ** 20, residentMbOf(pid)];
    if (own + others <= rssLimitMb) return;
    const held = `its process held ${others.toFixed(0)} MB`;
    finish({ kind: 'out-of-memory', detail: `${held}, of ${rssLimitMb} MB for all` });
  }, memoryLookMs).unref();

  child.stdout.on('data', (part: Buffer) => {
    for (const frame of reader.take(part)) {
      if ('kind' in frame) return crashed(frame.detail);
      if (frame.type === frameTypes.fail) return crashed(`it cannot go on: ${failureIn(frame)}`);
      if (frame.type !== frameTypes.results) return crashed(`it wrote a frame of type ${frame.type}`);
      const [next] = pending;
      if (next === undefined) return crashed('it answered what it was not asked');
      if (frame.sequence !== next.sequence)
        return crashed(`it answered frame ${frame.sequence} where ${next.sequence} was asked`);
      pending.shift();
      startClock();
      next.settle({ kind: 'results', body: frame.body });
    }
  });
  child.once('exit', (code, signal) => {
    const bury = (): void => crashed(`its process ended with ${endOf(code, signal)}`);
    child.once('close', bury);
    setTimeout(bury, lastWordsMs).unref();
  });
  // What happened while nobody listened: it may have said welcome and gone.
  if (child.exitCode !== null || child.signalCode !== null)
    crashed(`its process ended with ${endOf(child.exitCode, child.signalCode)}`);

  return {
    welcome,
    residentMb: () => (ended === null ? residentMbOf(pid) : 0),
    ask(body, limitMs) {
      if (ended !== null) return Promise.resolve({ kind: 'ended', outcome: ended });
      sequence = (sequence + 1) >>> 0;
      child.stdin.write(encodeFrame({ type: frameTypes.run, sequence, body }));
      return new Promise((settle) => {
        pending.push({ sequence, limitMs, settle });
        if (pending.length === 1) startClock();
      });
    },
    close: () => finish({ kind: 'crashed', detail: 'it was ended' }, { kind: 'unasked' }),
  };
}

function endOf(code: number | null, signal: NodeJS.Signals | null): string {
  return signal === null ? `code ${code}` : `signal ${signal}`;
}

/** With all that it has started, at once. */
function end(child: ChildProcessWithoutNullStreams): void {
  for (const stream of [child.stdin, child.stdout, child.stderr]) stream.destroy();
  if (child.pid === undefined) return;
  killGroup(child.pid);
  reaper().forget(child.pid);
}
