/** The bytes of a session, recorded: what docs/protocol.md says, put together without this code. */
import { expect, test } from 'vitest';
import type { Case } from '../case/case.ts';
import type { Outcome } from '../case/outcome.ts';
import { echoCase, encodeEcho } from './conformance/echo.ts';
import { encodeRun } from './records.ts';
import { decodeResults } from './results.ts';
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

const halfCases: readonly Case[] = [
  {
    ...plain,
    format: 'bfloat16',
    operation: 'crossEntropy',
    direction: 'forward',
    axis: -1,
    logits: { shape: [1, 3], data: Float64Array.of(1, -2, -Infinity) },
    loss: {
      target: { shape: [1, 3], data: Float64Array.of(0.5, 0.25, 0.25) },
      reduction: 'sum',
      labelSmoothing: 0,
      weight: { shape: [3], data: Float64Array.of(3, 0, 2 ** -133) },
    },
  },
  {
    ...plain,
    format: 'float16',
    operation: 'softmax',
    direction: 'forward',
    axis: 0,
    // The quiet NaN of float64 whose payload begins with the one of 0x7E55.
    logits: {
      shape: [3],
      data: new Float64Array(
        BigUint64Array.of(0x3e70000000000000n, 0x8000000000000000n, 0x7ff9540000000000n).buffer,
      ),
    },
  },
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

test('halves are sent as the recorded words, the loss padded as any other array', () => {
  const frame = encodeFrame({ type: frameTypes.run, sequence: 4, body: encodeRun(halfCases) });

  expect(Buffer.from(frame).toString('hex')).toBe(transcript('run 4').toString('hex'));
});

test('words of halves are read as their values, and a loss in float32 where that is declared', () => {
  const { body } = frameIn('results 4');
  const [loss, shares] = decodeResults(body, halfCases, { lossDtype: 'float32' }) as readonly Outcome[];

  expect(loss).toEqual({
    kind: 'values',
    tensor: { shape: [], data: Float32Array.of(0.1) },
    violations: [],
  });
  const { data } = (shares as Extract<Outcome, { kind: 'values' }>).tensor!;
  expect(new BigUint64Array(data.buffer.slice(data.byteOffset, data.byteOffset + 24))).toEqual(
    BigUint64Array.of(0x3e70000000000000n, 0x8000000000000000n, 0x7ff9540000000000n),
  );
});

test('a loss in float32 is of the wrong format where nobody declared it', () => {
  const [loss] = decodeResults(frameIn('results 4').body, halfCases) as readonly Outcome[];

  expect(loss).toEqual({
    kind: 'values',
    tensor: null,
    violations: [{ kind: 'format', detail: 'the result is float32, not bfloat16' }],
  });
});
