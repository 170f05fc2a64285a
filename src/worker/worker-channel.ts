/**
 * A worker's end of the pipe to its supervisor: one job in, one answer out, and nothing between them. It
 * waits as it reads, so that nothing that a subject does to streams, events or promises has a part in it.
 */
import { fstatSync, readSync, writeSync } from 'node:fs';
import { frameOf, headBytes, keyBytes, keyFrom, messageOf, payloadLengthOf } from '../connect/frames.ts';

/** What the supervisor made for it. */
export const channelDescriptor = 3;

// Held: a subject may put others in their place, for whoever imports them.
const [stat, read, write, wait] = [fstatSync, readSync, writeSync, Atomics.wait];

export interface WorkerChannel {
  /** The next job. Null where the supervisor is gone. */
  receive(): unknown;
  send(message: unknown): void;
  /** Whether the descriptor is still the pipe that it was. */
  isIntact(): boolean;
}

/** To be opened before any code runs that is not ours: the key comes first. */
export function openWorkerChannel(): WorkerChannel {
  const key = keyFrom(readBytes(keyBytes) ?? Buffer.alloc(keyBytes)); // nobody there: see the first `receive`
  const { dev, ino } = stat(channelDescriptor);
  const isIntact = (): boolean => {
    try {
      const now = stat(channelDescriptor);
      return now.dev === dev && now.ino === ino;
    } catch {
      return false;
    }
  };
  return {
    isIntact,
    receive() {
      if (!isIntact()) throw new Error(lost);
      const head = readBytes(headBytes);
      if (head === null) return null;
      const length = payloadLengthOf(key, head);
      const payload = length === null ? null : readBytes(length);
      const received = payload === null ? null : messageOf(key, head, payload);
      if (received === null) throw new Error('somebody else has read what the supervisor had to say');
      return received.message;
    },
    send(message) {
      if (!isIntact()) throw new Error(lost);
      writeAll(frameOf(key, message));
    },
  };
}

const lost = 'a file descriptor that is not its own was closed';

/** Null where the other end is closed. */
function readBytes(length: number): Buffer | null {
  const bytes = Buffer.alloc(length);
  for (let at = 0; at < length;) {
    const got = retrying(() => read(channelDescriptor, bytes, at, length - at, null));
    if (got === 0) return null;
    at += got;
  }
  return bytes;
}

function writeAll(bytes: Buffer): void {
  for (let at = 0; at < bytes.length;)
    at += retrying(() => write(channelDescriptor, bytes, at, bytes.length - at, null));
}

const pauseMs = 1;
const never = new Int32Array(new SharedArrayBuffer(4));

/** A subject may have made it a descriptor that does not wait. */
function retrying(act: () => number): number {
  for (;;) {
    try {
      return act();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
      wait(never, 0, 0, pauseMs);
    }
  }
}
