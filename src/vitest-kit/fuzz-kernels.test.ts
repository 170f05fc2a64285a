/** fuzzKernels as its user meets it: what it registers, and what a test that fails says. */
// @module-tag processes
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadFinding } from '../archive/finding-file.ts';
import * as kernels from '../kernels/index.ts';
import { sizeOf } from '../tensor/tensor.ts';
import { fuzzKernels, type FuzzKernelsOptions } from './index.ts';

fuzzKernels(kernels, { runs: 40 });

describe('what cannot be fuzzed is refused by name', () => {
  test.each<[FuzzKernelsOptions, string]>([
    [{ seed: -1 }, 'seed "-1" is not an integer in [0, 2^64)'],
    [{ seed: '18446744073709551616' }, 'is not an integer in [0, 2^64)'],
    [{ runs: 0 }, 'runs 0 is not an integer of at least 1'],
    [{ references: ['mxnet'] }, '"mxnet" is no reference'],
    [{ operations: [] }, 'exports no kernel of the operations'],
  ])('%j', (options, sentence) => {
    expect(() => fuzzKernels(kernels, options)).toThrow(sentence);
  });

  test('a module without a kernel', () => {
    expect(() => fuzzKernels({ name: 'empty' })).toThrow('the subject "empty" exports none of the kernels');
  });
});

interface Assertion {
  readonly title: string;
  readonly status: string;
  readonly failureMessages: readonly string[];
}

describe('in a vitest of its own', () => {
  const folder = mkdtempSync(join(tmpdir(), 'logitfuzz-kit-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  let results: readonly Assertion[] = [];
  const of = (title: string): Assertion => results.find((result) => result.title === title)!;

  beforeAll(() => {
    const vitest = join(dirname(createRequire(import.meta.url).resolve('vitest/package.json')), 'vitest.mjs');
    const fixtures = fileURLToPath(new URL('fixtures', import.meta.url));
    const args = ['run', '--dir', fixtures, '--config', join(fixtures, 'vitest.config.ts')];
    const json = join(folder, 'results.json');
    const { status } = spawnSync(
      process.execPath,
      [vitest, ...args, '--reporter=json', `--outputFile=${json}`],
      { cwd: folder, encoding: 'utf8', timeout: 110_000 },
    );
    expect(status).toBe(1);
    const report = JSON.parse(readFileSync(json, 'utf8')) as {
      readonly testResults: readonly { readonly assertionResults: readonly Assertion[] }[];
    };
    results = report.testResults.flatMap(({ assertionResults }) => assertionResults);
  });

  test('there is one test for each kernel that is exported, and the sound one passes', () => {
    expect(results.map(({ title, status }) => [title, status])).toEqual([
      ['softmax/forward', 'failed'],
      ['logSumExp/forward', 'failed'],
      ['logSoftmax/forward', 'passed'],
    ]);
  });

  test('a wrong kernel is blamed on its smallest case, with a command that replays the finding on disk', () => {
    const [message] = of('softmax/forward').failureMessages;

    expect(message).toContain('fixture@unversioned is wrong: softmax/float');
    expect(message).toMatch(/^at +logits +exact +got +error +allowed +ULPs$/m);
    expect(message).toMatch(/found at seed 0, index \d+, on logits of \[.*\]; shrunk in \d+ steps/);
    const command = /npx logitfuzz replay (\S+) --subject \.\/fixture\.ts/.exec(message!);
    expect(sizeOf(loadFinding(join(folder, command![1]!)).minimal.logits.shape)).toBeLessThanOrEqual(2);
  });

  test('a kernel that declined every case fails: nothing was tested', () => {
    expect(of('logSumExp/forward').failureMessages[0]).toContain(
      'none of 40 cases could be judged: UnsupportedError: not today',
    );
  });
});
