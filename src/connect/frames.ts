/**
 * Messages on a pipe that others may write to as well. A frame is a mark, the length of its payload, a
 * keyed digest of the two, and the payload. Who does not hold the key can make none; what is between two
 * frames is noise. The key goes to the child first, before any code that is not ours runs there.
 */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { deserialize, serialize } from 'node:v8';

// Held: a subject may put others in their place, for whoever imports them.
const [hmac, isSame, write, read] = [createHmac, timingSafeEqual, serialize, deserialize];

const markBytes = 16;
const lengthBytes = 4;
const digestBytes = 32;
export const headBytes: number = markBytes + lengthBytes + digestBytes;
export const keyBytes = 64;

/** What both sides hold. */
export interface Key {
  /** What a frame begins with. */
  readonly mark: Buffer;
  readonly secret: Buffer;
}

export function createKey(): { readonly bytes: Buffer; readonly key: Key } {
  const bytes = randomBytes(keyBytes);
  return { bytes, key: keyFrom(bytes) };
}

export function keyFrom(bytes: Buffer): Key {
  return { mark: bytes.subarray(0, markBytes), secret: bytes.subarray(markBytes) };
}

/** The message, which is plain data, as the bytes of one frame. */
export function frameOf({ mark, secret }: Key, message: unknown): Buffer {
  const payload = write(message);
  const length = Buffer.alloc(lengthBytes);
  length.writeUInt32BE(payload.length);
  return Buffer.concat([mark, length, digestOf(secret, length, payload), payload]);
}

function digestOf(secret: Buffer, length: Buffer, payload: Buffer): Buffer {
  return hmac('sha256', secret).update(length).update(payload).digest();
}

/** The length of the payload that follows this head; null where it is none. */
export function payloadLengthOf({ mark }: Key, head: Buffer): number | null {
  return head.subarray(0, markBytes).equals(mark) ? head.readUInt32BE(markBytes) : null;
}

/** The message of a frame; null where somebody else has had a hand in it. */
export function messageOf(
  { secret }: Key,
  head: Buffer,
  payload: Buffer,
): { readonly message: unknown } | null {
  const length = head.subarray(markBytes, markBytes + lengthBytes);
  const digest = head.subarray(markBytes + lengthBytes, headBytes);
  return isSame(digest, digestOf(secret, length, payload)) ? { message: read(payload) } : null;
}

/** Takes the bytes of a pipe as they come. */
export interface FrameReader {
  /** The messages that these bytes complete; what is no frame is dropped. */
  take(bytes: Buffer): readonly unknown[];
}

export function createFrameReader(key: Key): FrameReader {
  let parts: Buffer[] = [];
  let held = 0;
  /** So many bytes make it worth looking again. */
  let due = headBytes;
  return {
    take(bytes) {
      parts.push(bytes);
      held += bytes.length;
      if (held < due) return [];
      let rest: Buffer = parts.length === 1 ? parts[0]! : Buffer.concat(parts);
      const messages: unknown[] = [];
      due = headBytes;
      for (;;) {
        rest = rest.subarray(startOf(key.mark, rest));
        if (rest.length < headBytes) break;
        const end = headBytes + payloadLengthOf(key, rest)!;
        if (rest.length < end) {
          due = end;
          break;
        }
        const read = messageOf(key, rest.subarray(0, headBytes), rest.subarray(headBytes, end));
        if (read !== null) messages.push(read.message);
        rest = rest.subarray(read === null ? markBytes : end);
      }
      parts = [rest];
      held = rest.length;
      return messages;
    },
  };
}

/** Where the mark is, or could be in what is still to come. */
function startOf(mark: Buffer, bytes: Buffer): number {
  const at = bytes.indexOf(mark);
  return at >= 0 ? at : Math.max(0, bytes.length - markBytes + 1);
}
