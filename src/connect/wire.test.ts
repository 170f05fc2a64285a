/** Frames, however they arrive; and what is none. */
import { expect, test } from 'vitest';
import { createFrameReader, encodeFrame, frameTypes, type Frame } from './wire.ts';

const frames: readonly Frame[] = [
  { type: frameTypes.run, sequence: 1, body: Uint8Array.of(1, 2, 3) },
  { type: frameTypes.stop, sequence: 2, body: new Uint8Array(0) },
  { type: frameTypes.results, sequence: 2 ** 32 - 1, body: new Uint8Array(100).fill(7) },
];
const stream = Buffer.concat(frames.map(encodeFrame));

test('a header is what the document says', () => {
  expect(Buffer.from(encodeFrame(frames[0]!)).toString('hex')).toBe(
    '4c465a31' + '03000000' + '01000000' + '03000000' + '010203',
  );
});

test.each([1, 2, 3, 15, 16, 17, 1000])('frames arrive in pieces of %i bytes', (size) => {
  const reader = createFrameReader();
  const read: unknown[] = [];
  for (let at = 0; at < stream.length; at += size) read.push(...reader.take(stream.subarray(at, at + size)));

  expect(read).toHaveLength(frames.length);
  for (const [i, { body, ...rest }] of frames.entries()) {
    expect(read[i]).toMatchObject(rest);
    expect([...(read[i] as Frame).body]).toEqual([...body]);
  }
});

test('what is no frame is shown, and nothing behind it is read', () => {
  const reader = createFrameReader();

  const [first, second] = reader.take(Buffer.concat([stream, Buffer.from('Loading the model …\n')])).slice(2);

  expect(first).toMatchObject({ type: frameTypes.results });
  expect(second).toEqual({
    kind: 'nonsense',
    detail: 'it wrote "Loading the model …\\n", which is no frame',
  });
  expect(reader.take(stream)).toEqual([]);
});

test('a length that nobody would read is nonsense at once', () => {
  const head = Buffer.from(encodeFrame(frames[0]!).subarray(0, 16));
  head.writeUInt32LE(2 ** 32 - 1, 12);

  expect(createFrameReader(1024).take(head)).toEqual([
    { kind: 'nonsense', detail: 'it announced a frame of 4294967295 bytes: at most 1024 are read' },
  ]);
});

test('a word that is no frame is shown before there are enough bytes for a header', () => {
  expect(createFrameReader().take(Buffer.from('hello\n'))).toEqual([
    { kind: 'nonsense', detail: 'it wrote "hello\\n", which is no frame' },
  ]);
  expect(createFrameReader().take(Buffer.from('LFZ'))).toEqual([]);
});
