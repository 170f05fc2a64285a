/** The line of a kernel in the file that a person wrote: through re-exports and source maps. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { exampleRun } from '../archive/fixtures/example-run.ts';
import type { KernelPlaces } from '../report/kernel-places.ts';
import { kernelPlacesOf } from './subject-source.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'logitfuzz-source-'));
  vi.spyOn(process, 'cwd').mockReturnValue(folder);
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true, force: true });
});

/** Writes the files, and looks for kernels in the first of them. */
function placesIn(files: Readonly<Record<string, string>>, module?: string): KernelPlaces {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  const subject = { name: 'mine', version: '1', module: module ?? Object.keys(files)[0]! };
  return kernelPlacesOf(exampleRun({ subject }));
}

test('the line of each export, by its file', () => {
  const places = placesIn({
    './src/kernels.ts':
      'export const softmax = 1;\nexport { logSoftmax, other as logSumExp } from "./log.js";\nexport * from "./loss";',
    'src/log.ts': '\n\nexport function logSoftmax() {}\nexport function other() {}',
    'src/loss/index.ts': '\nexport function crossEntropy() {}',
  });

  expect(places).toEqual({
    softmax: { path: 'src/kernels.ts', line: 1 },
    logSoftmax: { path: 'src/log.ts', line: 3 },
    logSumExp: { path: 'src/log.ts', line: 4 },
    crossEntropy: { path: 'src/loss/index.ts', line: 2 },
  });
});

test('what leads nowhere is where it leads from, and a circle ends', () => {
  const places = placesIn({
    './a.mjs': 'export * from "./b.mjs";\nexport { softmax } from "a-package";',
    'b.mjs': 'export * from "./a.mjs";',
  });

  expect(places).toEqual({ softmax: { path: 'a.mjs', line: 2 } });
});

// Line 2, column 0 of what was compiled is line 5 of the source: a VLQ for 0, 0, 4, 0 in its second line.
const map = { version: 3, sources: ['../src/kernels.ts'], names: [], mappings: ';AAIA' };
const compiled = '"use strict";\nexport function softmax() {}\n//# sourceMappingURL=';

test.each([
  ['a file beside it', { 'dist/kernels.js.map': JSON.stringify(map) }, 'kernels.js.map'],
  [
    'its last line',
    {},
    `data:application/json;base64,${Buffer.from(JSON.stringify(map)).toString('base64')}`,
  ],
])('a source map in %s leads to what was compiled', (_where, files, url) => {
  const source = { 'src/kernels.ts': '//\n//\n//\n//\nexport function softmax() {}' };

  const places = placesIn({ './dist/kernels.js': compiled + url, ...source, ...files });

  expect(places).toEqual({ softmax: { path: 'src/kernels.ts', line: 5 } });
});

test.each([
  ['its source is not there', JSON.stringify(map)],
  ['it is no map', '{"mappings":7}'],
  ['it is no JSON', 'x'],
])('where %s, the line is that of the module', (_why, text) => {
  const places = placesIn({ './dist/kernels.js': `${compiled}kernels.js.map`, 'dist/kernels.js.map': text });

  expect(places).toEqual({ softmax: { path: 'dist/kernels.js', line: 2 } });
});

test.each(['from-scratch', 'a-package', './absent.ts', 'file:///absent.mjs', 'file:%', '/dev/zero', '.'])(
  'the module %s has no lines',
  (module) => {
    expect(placesIn({}, module)).toEqual({});
  },
);
