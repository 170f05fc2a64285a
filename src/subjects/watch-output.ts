/**
 * What implementations print, caught before it reaches anybody: a kernel that writes to stdout breaks the
 * program that it is in, and a line that begins with `::` is a command to a CI system. Native code that
 * writes past Node is not seen.
 */
import type { ConductViolation, Outcome } from '../case/outcome.ts';
import type { Implementation } from './implementation.ts';

const keptMax = 200;

let written = 0;
let text = '';
let calling = false;

/** Whether a call has the floor just now: it has neither returned nor is it being waited for. */
export function isCalling(): boolean {
  return calling;
}

/** Mutes what this process writes through Node from now on. For worker processes. */
export function muteOutput(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.write = ((chunk: string | Uint8Array, ...rest: unknown[]): boolean => {
      count(chunk);
      const done = rest.find((argument) => typeof argument === 'function') as (() => void) | undefined;
      if (done !== undefined) queueMicrotask(done);
      return true;
    }) as typeof stream.write;
  }
}

/**
 * Sends what this process writes through Node to stderr from now on. For a campaign in this process.
 * @returns what ends that.
 */
export function divertOutput(): () => void {
  const streams = [process.stdout, process.stderr];
  const originals = streams.map(({ write }) => write);
  const toStderr = process.stderr.write.bind(process.stderr) as (...chunkAndRest: unknown[]) => boolean;
  for (const stream of streams) {
    stream.write = ((chunk: string | Uint8Array, ...rest: unknown[]): boolean => {
      count(chunk);
      return toStderr(chunk, ...rest);
    }) as typeof stream.write;
  }
  return () => streams.forEach((stream, i) => (stream.write = originals[i]!));
}

function count(chunk: string | Uint8Array): void {
  written++;
  if (text.length < keptMax) text += typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString('utf8');
}

/** The implementation, with a violation where a call printed something. */
export function watchOutput(implementation: Implementation): Implementation {
  return {
    ...implementation,
    run(c) {
      const before = written;
      text = '';
      calling = true;
      const outcome = implementation.run(c); // throws for nothing that the implementation does
      calling = false;
      if (outcome instanceof Promise)
        return outcome.then((later) => (written === before ? later : withViolation(later)));
      return written === before ? outcome : withViolation(outcome);
    },
  };
}

function withViolation(outcome: Outcome): Outcome {
  if (outcome.kind !== 'values') return outcome;
  const violation: ConductViolation = {
    kind: 'printed',
    detail: `the call printed ${JSON.stringify(text.slice(0, keptMax))}`,
  };
  return { ...outcome, violations: [...outcome.violations, violation] };
}
