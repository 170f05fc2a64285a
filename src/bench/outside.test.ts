/** What the section `outside` of bench asks of a kernel that waits 20 ms in each call. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { measureAsked } from './outside.ts';

const folder = mkdtempSync(join(tmpdir(), 'logitfuzz-bench-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const write = (name: string, text: string): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};

test('a module is asked call by call, and in a stack, which is told as the 256 cases that it holds', async () => {
  const subject = write(
    'slow.mjs',
    'export const logSoftmax = (x) => new Promise((resolve) => setTimeout(resolve, 20, x));',
  );

  const { frames, stacked } = await measureAsked({ subject, timeMs: 1000 });

  expect(frames).toMatchObject([{ frame: 1 }]);
  expect(frames[0]!.casesPerSecond).toBeLessThan(60);
  expect(stacked.casesPerSecond).toBeGreaterThan(60);
  expect(stacked.casesPerSecond).toBeLessThan(60 * 256);
});

test('one that has none of the three operations over lanes is refused in a sentence', async () => {
  const subject = write('other.mjs', 'export const name = "other"; export const crossEntropy = () => null;');

  await expect(measureAsked({ subject, timeMs: 10 })).rejects.toThrow(
    'other has no softmax, logSoftmax or logSumExp of float32',
  );
});
