/**
 * A kit as the conformance run has it: bytes in, frames out, nothing hidden. What judges kernels goes by
 * process-channel.ts.
 */
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { InfrastructureError } from '../../contract/failure.ts';
import { packageVersion } from '../../contract/package-version.ts';
import type { Program } from '../connector.ts';
import { hasProcessGroups, killGroup } from '../process-group.ts';
import { reaper } from '../reaper.ts';
import { createFrameReader, encodeFrame, frameTypes, type Frame } from '../wire.ts';

/** What came next: a frame, or a sentence of why there is none. */
export type Next =
  { readonly kind: 'frame'; readonly frame: Frame } | { readonly kind: 'none'; readonly why: string };

export interface KitProcess {
  write(bytes: Uint8Array): void;
  /** No more will be written. */
  closeInput(): void;
  next(limitMs: number): Promise<Next>;
  /** Its exit code or the signal that ended it, in words; null where it is there after all this time. */
  exit(limitMs: number): Promise<string | null>;
  /** SIGKILL, to it and all that it has started. */
  kill(): void;
}

/** Starts a kit that is asked to offer the kernel `echo`. @throws InfrastructureError */
export function startKit({ command, args }: Program): KitProcess {
  const watcher = reaper();
  const child = spawned(command, args);
  if (child.pid !== undefined) watcher.watch(child.pid);
  const reader = createFrameReader();
  const arrived: Next[] = [];
  let tail = '';
  let ended: string | null = null;
  let wake = (): void => undefined;
  const arrive = (...all: readonly Next[]): void => {
    arrived.push(...all);
    wake();
  };
  child.stdin.on('error', () => undefined); // shows as the end of the process
  child.stderr.setEncoding('utf8').on('data', (text: string) => (tail = (tail + text).slice(-400)));
  child.stdout.on('data', (bytes: Buffer) =>
    arrive(
      ...reader
        .take(bytes)
        .map((one): Next =>
          'kind' in one ? { kind: 'none', why: one.detail } : { kind: 'frame', frame: one },
        ),
    ),
  );
  child.on('error', (error) => {
    ended = `could not be started: ${error.message}`;
    arrive({ kind: 'none', why: ended });
  });
  child.on('close', (code, signal) => {
    ended ??= signal === null ? `code ${code}` : `signal ${signal}`;
    const words = tail.trim() === '' ? '' : `; its last words: ${JSON.stringify(tail.trim())}`;
    arrive({ kind: 'none', why: `it ended with ${ended}${words}` });
  });

  /** Waits until `isThere` or the time is over. */
  const until = (isThere: () => boolean, limitMs: number): Promise<void> =>
    new Promise((resolve) => {
      const finish = (): void => {
        clearTimeout(clock);
        wake = () => undefined;
        resolve();
      };
      const clock = setTimeout(finish, limitMs);
      wake = () => isThere() && finish();
      wake();
    });
  return {
    write: (bytes) => void child.stdin.write(bytes),
    closeInput: () => void child.stdin.end(),
    async next(limitMs) {
      await until(() => arrived.length > 0, limitMs);
      return arrived.shift() ?? { kind: 'none', why: `no answer within ${limitMs} ms` };
    },
    async exit(limitMs) {
      await until(() => ended !== null, limitMs);
      return ended;
    },
    kill() {
      if (child.pid === undefined) return;
      killGroup(child.pid);
      watcher.forget(child.pid);
    },
  };
}

function spawned(command: string, args: readonly string[]): ChildProcessWithoutNullStreams {
  const env = { ...process.env, LOGITFUZZ_PROTOCOL: '1', LOGITFUZZ_CONFORMANCE: '1' };
  try {
    return spawn(command, args, { stdio: 'pipe', detached: hasProcessGroups, env, windowsHide: true });
  } catch (error) {
    throw new InfrastructureError(`${command} could not be started: ${(error as Error).message}`);
  }
}

/** The frame `hello` that offers these versions of the protocol. */
export function helloFrame(protocols: readonly number[]): Uint8Array {
  const hello = { protocols, client: `logitfuzz ${packageVersion}` };
  return encodeFrame({
    type: frameTypes.hello,
    sequence: 0,
    body: new TextEncoder().encode(JSON.stringify(hello)),
  });
}
