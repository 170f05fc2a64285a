/**
 * The kernel `echo`, which a kit offers to the conformance run alone (docs/protocol.md): it gives the logits
 * back, or does what ignoreIndex wishes.
 */
import type { Case } from '../../case/case.ts';
import { formatOf, type Format } from '../../float/format.ts';
import { encodeRun } from '../records.ts';

export const echoName = 'echo';
const echoNumber = 255;
const ignoreIndexFlag = 16;

/** What echo does for each ignoreIndex; without one it copies. */
export const wishes = {
  copy: null,
  decline: 1,
  throw: 2,
  print: 3,
  writeToDescriptor: 4,
  printUnflushed: 5,
  printInChild: 6,
  writeInput: 7,
  returnInput: 8,
  returnNoTensor: 9,
  readInput: 10,
} as const;

export type Wish = keyof typeof wishes;

/** The case to hand over beside the wish: a softmax, which returns the shape of its logits, as echo does. */
export function echoCase(
  data: Case['logits']['data'],
  shape: readonly number[] = [data.length],
  format: Format = formatOf(data),
): Case {
  return {
    operation: 'softmax',
    direction: 'forward',
    format,
    axis: -1,
    logits: { shape, data },
    regimes: [],
    checks: [],
  };
}

/** The body of a frame `run` that asks echo, one wish for each case. */
export function encodeEcho(cases: readonly Case[], asked: readonly Wish[]): Uint8Array {
  const body = encodeRun(cases);
  const view = new DataView(body.buffer, body.byteOffset, body.length);
  let at = 8;
  for (const wish of asked) {
    const ignoreIndex = wishes[wish];
    view.setUint8(at + 4, echoNumber);
    if (ignoreIndex !== null) {
      view.setUint8(at + 7, ignoreIndexFlag);
      view.setInt32(at + 24, ignoreIndex, true);
    }
    at += view.getUint32(at, true);
  }
  return body;
}
