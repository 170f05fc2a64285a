import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { kernelSources } from './kernel-sources.ts';

const folder = mkdtempSync(join(tmpdir(), 'logitfuzz-source-'));
const root = join(folder, 'project');
mkdirSync(root);
afterAll(() => rmSync(folder, { recursive: true }));

function write(name: string, text: string | Buffer): void {
  writeFileSync(join(root, name), text);
}

test('a kernel is followed to the module that defines it', () => {
  write('index.ts', "export { softmax } from './softmax.ts';\nexport const logSumExp = (x) => x;\n");
  write('softmax.ts', 'export function softmax(x) {\n  return x;\n}\n');
  const found = kernelSources('index.ts', root);

  expect(
    found.kind === 'sources' ? found.sources.map(({ kernel, file, line }) => [kernel, file, line]) : [],
  ).toEqual([
    ['softmax', 'softmax.ts', 1],
    ['logSumExp', 'index.ts', 2],
  ]);
});

test('nothing is read but text of JavaScript or TypeScript under the folder', () => {
  writeFileSync(join(folder, 'secret.ts'), 'export function softmax() {}\n');
  symlinkSync('../secret.ts', join(root, 'link.ts'));
  write('notes.txt', 'export function softmax() {}\n');
  write('binary.js', Buffer.from([0xff, 0xfe, 0x00]));
  write('large.js', `export function softmax() {}\n${' '.repeat(2 ** 20)}`);

  for (const module of [
    null,
    '../secret.ts',
    'link.ts',
    'notes.txt',
    'binary.js',
    'large.js',
    '.',
    'absent.ts',
  ]) {
    expect([module, kernelSources(module, root).kind]).toEqual([module, 'none']);
  }
});
