/** The frames of `lfz/1` (docs/protocol.md): a header of 16 bytes, and a body. Knows no case. */

/** What a frame is, by its number on the wire. */
export const frameTypes = { hello: 1, welcome: 2, run: 3, results: 4, stop: 5, fail: 6 } as const;

export interface Frame {
  readonly type: number;
  readonly sequence: number;
  readonly body: Uint8Array;
}

const magicBytes = new TextEncoder().encode('LFZ1');
const magic = new DataView(magicBytes.buffer).getUint32(0, true);
const headerBytes = 16;
/** What a kit takes that says nothing else. */
export const defaultFrameBytes: number = 64 * 2 ** 20;
/** Why reading has ended: what came is no frame. */
export interface Nonsense {
  readonly kind: 'nonsense';
  readonly detail: string;
}

/** The frame as it is sent. */
export function encodeFrame({ type, sequence, body }: Frame): Uint8Array {
  const bytes = new Uint8Array(headerBytes + body.length);
  const view = new DataView(bytes.buffer);
  [magic, type, sequence, body.length].forEach((value, i) => view.setUint32(4 * i, value, true));
  bytes.set(body, headerBytes);
  return bytes;
}

export interface FrameReader {
  /** The frames that are whole with these bytes; what comes after nonsense is not read any more. */
  take(bytes: Uint8Array): readonly (Frame | Nonsense)[];
}

/** A body above `maxBytes` is nonsense. */
export function createFrameReader(maxBytes: number = defaultFrameBytes): FrameReader {
  let parts: Uint8Array[] = [];
  let held = 0;
  let needed = headerBytes;
  let isOver = false;
  /** All that is held, as one piece. */
  const joined = (): Uint8Array => {
    const whole = parts.length === 1 ? parts[0]! : Buffer.concat(parts, held);
    parts = [whole];
    return whole;
  };
  return {
    take(bytes) {
      if (isOver) return [];
      parts.push(bytes);
      held += bytes.length;
      const frames: (Frame | Nonsense)[] = [];
      while (held >= needed) {
        const whole = joined();
        const view = new DataView(whole.buffer, whole.byteOffset, whole.length);
        const nonsense = whyNoHeader(whole, view, maxBytes);
        if (nonsense !== null) {
          isOver = true;
          return [...frames, { kind: 'nonsense', detail: nonsense }];
        }
        const length = view.getUint32(12, true);
        needed = headerBytes + length;
        if (held < needed) break;
        const body = whole.subarray(headerBytes, needed);
        frames.push({ type: view.getUint32(4, true), sequence: view.getUint32(8, true), body });
        parts = [whole.subarray(needed)];
        held -= needed;
        needed = headerBytes;
      }
      if (needed === headerBytes && held > 0 && !beginsAsFrame(joined())) {
        isOver = true; // a word that is shorter than a header, and then nothing, would be waited for
        return [...frames, { kind: 'nonsense', detail: noFrame(joined()) }];
      }
      return frames;
    },
  };
}

const shownBytes = 80;

function whyNoHeader(whole: Uint8Array, view: DataView, maxBytes: number): string | null {
  if (!beginsAsFrame(whole)) return noFrame(whole);
  const length = view.getUint32(12, true);
  return length > maxBytes ? `it announced a frame of ${length} bytes: at most ${maxBytes} are read` : null;
}

/** As far as there are bytes. */
function beginsAsFrame(bytes: Uint8Array): boolean {
  return magicBytes.every((byte, i) => i >= bytes.length || bytes[i] === byte);
}

function noFrame(bytes: Uint8Array): string {
  return `it wrote ${quoted(bytes)}, which is no frame`;
}

/** The first bytes as text, for a sentence. */
export function quoted(bytes: Uint8Array): string {
  return JSON.stringify(new TextDecoder().decode(bytes.subarray(0, shownBytes)));
}
