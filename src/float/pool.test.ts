/** Tests of the pool: what it hands out is zeroed, apart from everything else, and of the size asked for. */
import { expect, test } from 'vitest';
import { copyInto, createPool, createRecycledPool, zerosOf } from './pool.ts';

test('arrays of a pool do not overlap, are zeroed and aligned, also across chunks and above the pooled size', () => {
  const pool = createPool();
  const arrays: (Float64Array | Float32Array | Int32Array | Uint8Array)[] = [];
  for (let n = 0; n < 400; n++) {
    arrays.push(pool.float64(n % 40), pool.float32(n % 17), pool.int32(n % 5), pool.uint8(n % 9));
  }
  arrays.push(pool.float64(100_000), pool.uint8(20_000));
  const dirty = arrays.filter((array) => array.some((value: number) => value !== 0)).length;

  arrays.forEach((array, i) => void array.fill((i % 200) + 1));
  const spoilt = arrays.filter((array, i) => array.some((value: number) => value !== (i % 200) + 1)).length;

  expect({ dirty, spoilt }).toEqual({ dirty: 0, spoilt: 0 });
  expect(arrays.at(-2)).toHaveLength(100_000);
});

test('a copy has the values and the type of what was copied, in a buffer of its own pool', () => {
  const [mine, yours] = [createPool(), createPool()];
  const data = mine.float32(3);
  data.set([1, -0, NaN]);

  const copy = copyInto(yours, data, 'float32');

  expect(copy).toBeInstanceOf(Float32Array);
  expect([...copy]).toEqual([1, -0, NaN]);
  expect(copy.buffer).not.toBe(data.buffer);
});

test('of a recycled pool the arrays of a round do not overlap and are zeroed, in every round', () => {
  const recycled = createRecycledPool();
  const rounds = Array.from({ length: 3 }, (_, round) => {
    const arrays = Array.from({ length: 300 }, (__, n) => [
      recycled.float64(((round + n) * 7) % 400),
      recycled.int32((n * 13) % 90),
      recycled.uint8(n % 9),
    ]).flat();
    arrays.push(recycled.float64(60_000), recycled.float64(200_000));
    const dirty = arrays.filter((array) => array.some((value: number) => value !== 0)).length;
    arrays.forEach((array, i) => void array.fill((i % 200) + 1));
    const spoilt = arrays.filter((array, i) => array.some((value: number) => value !== (i % 200) + 1)).length;
    recycled.recycle();
    return { dirty, spoilt, buffers: arrays.map(({ buffer }) => buffer) };
  });

  expect(rounds.map(({ dirty, spoilt }) => ({ dirty, spoilt }))).toEqual(
    Array.from({ length: 3 }, () => ({ dirty: 0, spoilt: 0 })),
  );
  expect(rounds[2]!.buffers[0]).toBe(rounds[0]!.buffers[0]);
});

test('of what a round takes of a recycled pool no more than 4 MB is kept for the next', () => {
  const recycled = createRecycledPool();
  const [before, after] = [0, 1].map(() => {
    const buffers = Array.from({ length: 64 }, () => recycled.float64(1 << 15).buffer);
    recycled.recycle();
    return buffers;
  });

  const kept = after!.filter((buffer) => before!.includes(buffer));
  expect(kept.reduce((sum, { byteLength }) => sum + byteLength, 0)).toBe(4 * 2 ** 20);
});

test('zeros of every length together hold no more than the longest', () => {
  const all = Array.from({ length: 4096 }, (_, length) => zerosOf(length));

  expect(new Set(all.map(({ buffer }) => buffer)).size).toBe(1);
  expect(all.every((zeros, length) => zeros.length === length && zerosOf(length) === zeros)).toBe(true);
  expect(zerosOf(5000)).toHaveLength(5000);
});
