/** What became of the cases of a `run` frame as the body of a `results` frame of lfz/1. */
import type { Outcome } from '../../../case/outcome.ts';
import { encodedHalves, formats, isHalf, type Format } from '../../../float/format.ts';
import type { Tensor } from '../../../tensor/tensor.ts';

const status = { values: 0, unsupported: 1, threw: 2, violation: 3 } as const;
const textBytesMax = 500;
const headBytes = 16;

interface Answer {
  readonly status: number;
  /** The rank of the values, or the length of the text in bytes. */
  readonly size: number;
  readonly format: number;
  readonly rest: readonly Uint8Array[];
}

/** What became of a case, and the format that its values are in. */
export interface Ended {
  readonly outcome: Outcome;
  readonly format: Format;
}

export function encodeResults(outcomes: readonly Ended[]): Uint8Array {
  const answers = outcomes.map((ended) => padRecord(answerOf(ended)));
  const body = new Uint8Array(8 + answers.reduce((sum, { length }) => sum + length, 0));
  new DataView(body.buffer).setUint32(0, outcomes.length, true);
  let at = 8;
  for (const answer of answers) {
    body.set(answer, at);
    at += answer.length;
  }
  return body;
}

function answerOf({ outcome, format }: Ended): Answer {
  switch (outcome.kind) {
    case 'unsupported':
      return textAnswer(status.unsupported, outcome.reason);
    case 'values': {
      const { tensor, violations } = outcome;
      if (tensor !== null && violations.length === 0) return valuesAnswer(tensor, format);
      const told = jsonAnswer(violations);
      return tensor === null
        ? told
        : { ...told, rest: [...told.rest, padRecord(valuesAnswer(tensor, format))] };
    }
    case 'threw':
      return textAnswer(status.threw, outcome.message);
    case 'timed-out':
    case 'crashed':
    case 'out-of-memory':
      return textAnswer(status.threw, outcome.kind); // seen from outside alone
  }
}

function valuesAnswer({ shape, data }: Tensor, format: Format): Answer {
  const sizes = Uint32Array.from(shape);
  return {
    status: status.values,
    size: shape.length,
    format: formats.indexOf(format),
    rest: [bytesOf(sizes), bytesOf(isHalf(format) ? encodedHalves(data, format) : data)],
  };
}

function textAnswer(as: number, text: string): Answer {
  const bytes = new TextEncoder().encode(text);
  const kept = bytes.subarray(0, textBytesMax);
  return { status: as, size: kept.length, format: 0, rest: [kept] };
}

function jsonAnswer(violations: readonly unknown[]): Answer {
  const bytes = new TextEncoder().encode(JSON.stringify(violations));
  return { status: status.violation, size: bytes.length, format: 0, rest: [bytes] };
}

function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength);
}

function padRecord({ status: as, size, format, rest }: Answer): Uint8Array {
  const length = headBytes + rest.reduce((sum, { length: bytes }) => sum + padded(bytes), 0);
  const record = new Uint8Array(length);
  const view = new DataView(record.buffer);
  [length, as, size, format].forEach((value, i) => view.setUint32(4 * i, value, true));
  let at = headBytes;
  for (const part of rest) {
    record.set(part, at);
    at += padded(part.length);
  }
  return record;
}

function padded(bytes: number): number {
  return (bytes + 7) & -8;
}
