import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Devtools } from './devtools.ts';
import { addressOf, answerRequest, blankPage, packageFolderOf } from './serve-files.ts';

/** What the page is answered: its code and text, or that it is refused. */
async function answered(url: string, folder: string | null): Promise<unknown> {
  let said: unknown = null;
  const devtools = {
    send: (method: string, params: { responseCode: number; body: string }) => {
      said =
        method === 'Fetch.failRequest'
          ? 'refused'
          : [params.responseCode, Buffer.from(params.body, 'base64').toString()];
      return Promise.resolve();
    },
  } as unknown as Devtools;
  const params = { requestId: '1', request: { url } };
  await answerRequest(devtools, { method: 'Fetch.requestPaused', params }, folder);
  return said;
}

test('a page is given the files of its package, and nothing else of the disk or of the network', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'logitfuzz-served-'));
  const file = join(folder, 'a kernel.js');
  writeFileSync(join(folder, 'package.json'), '{}');
  writeFileSync(file, 'export {}');

  expect(packageFolderOf(file)).toBe(folder);
  expect(await answered(addressOf(file, folder), folder)).toEqual([200, 'export {}']);
  expect(await answered(blankPage, folder)).toEqual([200, expect.stringMatching(/^<!doctype html>/)]);
  expect(await answered(`${blankPage}files/missing.js`, folder)).toEqual([404, '']);
  expect(await answered(`${blankPage}files/..%2F..%2Fetc%2Fhostname`, folder)).toEqual([404, '']);
  expect(await answered(addressOf(file, folder), null)).toEqual([404, '']);
  expect(await answered('https://example.org/a.js', folder)).toBe('refused');
  rmSync(folder, { recursive: true });
});
