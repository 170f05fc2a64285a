/** The bytes of a session, recorded: what docs/protocol.md says, put together without this code. */
import { expect, test } from 'vitest';
import type { Case } from '../case/case.ts';
import { echoCase, encodeEcho } from './conformance/echo.ts';
import { decodeResults, encodeRun } from './records.ts';
import { createFrameReader, encodeFrame, frameTypes, type Frame } from './wire.ts';
import { transcript } from './fixtures/transcript.ts';

const plain = { format: 'float32', regimes: [], checks: [] } as const;
const kernelCases: readonly Case[] = [
  {
    ...plain,
    operation: 'softmax',
    direction: 'forward',
    axis: -1,
    logits: { shape: [1, 2], data: Float32Array.of(0, 0) },
  },
  {
    ...plain,
    operation: 'crossEntropy',
    direction: 'backward',
    axis: -2,
    logits: { shape: [2, 3], data: Float32Array.of(0, 1, 2, 3, 4, 5) },
    cotangent: { shape: [3], data: Float32Array.of(1, -1, 2) },
    loss: {
      target: { shape: [3], data: Int32Array.of(1, 0, -100) },
      reduction: 'none',
      labelSmoothing: 0.25,
      weight: { shape: [2], data: Float32Array.of(0.5, 2) },
      ignoreIndex: -100,
    },
    call: { kind: 'defaults', as: 'named' },
  },
];
const bits = new Float32Array(Uint32Array.of(0x80000000, 0x7fc12345, 1).buffer);
const echoCases = [
  echoCase(bits),
  echoCase(Float64Array.of(2.5), []),
  echoCase(new Float32Array(0), [2, 0]),
  echoCase(Float32Array.of(1)),
];

function frameIn(what: string): Frame {
  const [frame] = createFrameReader().take(transcript(what));
  if (frame === undefined || 'kind' in frame) throw new Error(`no frame: ${what}`);
  return frame;
}

test('cases are sent as the recorded bytes', () => {
  const frames = [
    { type: frameTypes.run, sequence: 1, body: encodeRun(kernelCases) },
    { type: frameTypes.run, sequence: 2, body: encodeEcho(echoCases, ['copy', 'copy', 'copy', 'decline']) },
  ].map(encodeFrame);

  expect(Buffer.from(frames[0]!).toString('hex')).toBe(transcript('run 1').toString('hex'));
  expect(Buffer.from(frames[1]!).toString('hex')).toBe(transcript('run 2').toString('hex'));
});

test('the recorded answers are read as what they say, bit for bit', () => {
  const kernels = decodeResults(frameIn('results 1').body, kernelCases);
  const echoes = decodeResults(frameIn('results 2').body, echoCases);

  expect(kernels).toEqual([
    { kind: 'values', tensor: { shape: [1, 2], data: Float32Array.of(0.5, 0.5) }, violations: [] },
    { kind: 'unsupported', reason: 'no kernel crossEntropyBackward' },
  ]);
  expect(echoes).toMatchObject([
    { kind: 'values', tensor: { shape: [3] }, violations: [] },
    { kind: 'values', tensor: { shape: [], data: Float64Array.of(2.5) }, violations: [] },
    { kind: 'values', tensor: { shape: [2, 0], data: new Float32Array(0) }, violations: [] },
    { kind: 'unsupported', reason: 'asked to decline' },
  ]);
  const [first] = echoes as Extract<(typeof echoes)[0], { kind: 'values' }>[];
  const { buffer, byteOffset } = first!.tensor!.data;
  expect(new Uint32Array(buffer, byteOffset, 3)).toEqual(Uint32Array.of(0x80000000, 0x7fc12345, 1));
});

test('what a kit tells of a call is read: a violation beside values, beside a text, and alone', () => {
  const one = echoCase(Float32Array.of(1));
  const invalid: Case = { ...one, invalid: 'axis-above' };
  const { body } = frameIn('results: threw');

  expect(decodeResults(body, [one, one, one, one])).toEqual([
    { kind: 'threw', message: 'ValueError: −1' },
    {
      kind: 'values',
      tensor: { shape: [1], data: Float32Array.of(1) },
      violations: [{ kind: 'printed', detail: 'the call printed "x"' }],
    },
    { kind: 'threw', message: 'no' },
    { kind: 'values', tensor: null, violations: [{ kind: 'not-a-tensor', detail: 'a list' }] },
  ]);
  expect((decodeResults(body, [one, one, invalid, one]) as readonly unknown[])[2]).toEqual({
    kind: 'values',
    tensor: null,
    violations: [{ kind: 'input-written', detail: 'logits' }],
  });
});
