/** What goes over a pipe that others write to: our messages arrive whole, and nobody else's do. */
import { expect, test } from 'vitest';
import { createFrameReader, createKey, frameOf, headBytes } from './frames.ts';

const { key } = createKey();
const noise = Buffer.from('ten garbage bytes'.repeat(7));

test('messages arrive in their order, whatever is between them and however the bytes are cut', () => {
  const messages = [{ kind: 'a', value: NaN }, 'b'.repeat(1000), [undefined, -0]];
  const bytes = Buffer.concat(messages.flatMap((message) => [noise, frameOf(key, message), noise]));

  for (const size of [1, 7, headBytes, bytes.length]) {
    const reader = createFrameReader(key);
    const read: unknown[] = [];
    for (let at = 0; at < bytes.length; at += size) read.push(...reader.take(bytes.subarray(at, at + size)));
    expect(read).toEqual(messages);
  }
});

test('a frame of another key, or one that was changed, is noise', () => {
  const forged = frameOf(createKey().key, 'forged');
  const changed = frameOf(key, 'changed');
  changed[changed.length - 1]! ^= 1;

  const read = createFrameReader(key).take(Buffer.concat([forged, changed, frameOf(key, 'ours')]));

  expect(read).toEqual(['ours']);
});

test('noise without end is not kept', () => {
  const reader = createFrameReader(key);
  const before = process.memoryUsage().arrayBuffers;

  for (let i = 0; i < 200; i++) reader.take(Buffer.alloc(2 ** 20));

  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(100 * 2 ** 20);
  expect(reader.take(frameOf(key, 'still there'))).toEqual(['still there']);
});
