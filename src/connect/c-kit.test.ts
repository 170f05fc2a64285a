/** How the kit in C calls functions over lanes and over tensors, and what it sees of them. */
// @module-tag processes
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Case } from '../case/case.ts';
import type { Outcome } from '../case/outcome.ts';
import type { HalfFormat } from '../float/format.ts';
import { echoCase } from './conformance/echo.ts';
import { sampleCase } from './conformance/sample-case.ts';
import { outsideImplementation, type OutsideImplementation } from './outside-implementation.ts';
import { processOpener } from './process-channel.ts';
import { needs } from './fixtures/needs.ts';

const folder = mkdtempSync(join(tmpdir(), 'logitfuzz-c-kit-'));
afterAll(() => rmSync(folder, { recursive: true }));
const { isSkipped, reason } = needs('cc');
let kit: OutsideImplementation;
let halves: OutsideImplementation;

async function kitOf(name: string): Promise<OutsideImplementation> {
  const program = join(folder, name);
  const source = fileURLToPath(new URL(`fixtures/${name}.c`, import.meta.url));
  const header = resolve(import.meta.dirname, '../../kits/c');
  const strict = ['-std=c11', '-Wall', '-Wextra', '-Wpedantic', '-Werror'];
  const { status, stderr } = spawnSync('cc', [...strict, `-I${header}`, '-o', program, source], {
    encoding: 'utf8',
  });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  const limits = { startTimeoutMs: 20_000, rssLimitMb: 8_000 };
  const open = processOpener({ command: program, args: [], whose: 'the kit', ...limits });
  const options = { name: 'kit', role: 'subject', caseTimeoutMs: 20_000, rssLimitMb: 8_000 } as const;
  return outsideImplementation(open, options);
}

beforeAll(async () => {
  if (isSkipped) return;
  kit = await kitOf('tensors');
  halves = await kitOf('halves');
});
afterAll(() => [kit, halves].forEach((one) => one?.dispose()));

const valuesOf = (outcome: Outcome): readonly number[] | Outcome =>
  outcome.kind === 'values' && outcome.violations.length === 0 ? Array.from(outcome.tensor!.data) : outcome;

const of64 = (kernel: Parameters<typeof sampleCase>[0], shape: readonly number[], axis: number): Case => ({
  ...sampleCase(kernel, shape, { formats: ['float64'] }),
  axis,
});

test.skipIf(isSkipped)(`a function over lanes gets each lane dense, whatever its axis${reason}`, async () => {
  // Logits are 0, 1, 2, 3, 0, 1, …
  const cases: readonly (readonly [Case, readonly number[]])[] = [
    [of64('logSoftmax', [2, 3], -1), [0, 101, 202, 3, 100, 201]],
    [of64('logSoftmax', [2, 3], 0), [0, 1, 2, 103, 100, 101]],
    [of64('logSumExp', [2, 2], 0), [2, 4]],
    [of64('logSumExp', [2, 0], 1), [-1, -1]],
    [
      { ...of64('logSumExpBackward', [2, 2], 0), cotangent: { shape: [2], data: Float64Array.of(10, 20) } },
      [10, 21, 12, 23],
    ],
    [echoCase(Float32Array.of(5), []), [5]],
  ];

  const outcomes = await kit.runMany(cases.map(([one]) => one));

  expect(outcomes.map(valuesOf)).toEqual(cases.map(([, values]) => values));
});

test.skipIf(isSkipped)(
  `a function over tensors gets all that there is, and may decline${reason}`,
  async () => {
    const plain = sampleCase('crossEntropy', [2, 2]);
    const full: Case = {
      ...plain,
      loss: {
        target: { shape: [2], data: Int32Array.of(1, 3) },
        reduction: 'sum',
        labelSmoothing: 0.25,
        weight: { shape: [2], data: Float32Array.of(1, 2) },
        ignoreIndex: 3,
      },
    };
    const shares: Case = {
      ...plain,
      loss: { ...plain.loss!, target: { shape: [2, 2], data: Float32Array.of(1, 2, 3, 4) } },
    };
    const declined: Case = { ...plain, loss: { ...plain.loss!, reduction: 'none' } };

    const outcomes = await kit.runMany([full, shares, declined, { ...plain, invalid: 'axis-above' }]);

    expect(outcomes.map(valuesOf)).toEqual([
      [3340.25],
      [10],
      { kind: 'unsupported', reason: 'reduction 2' },
      { kind: 'threw', message: 'axis 2' },
    ]);
  },
);

test.skipIf(isSkipped)(`what a function writes that it must not is seen${reason}`, async () => {
  const overrun = echoCase(Float32Array.of(0, 0, 0));
  const writer = sampleCase('crossEntropyBackward', [1, 2]);

  const [first, second] = await kit.runMany([overrun, writer]);

  expect(first).toMatchObject({
    tensor: { data: Float32Array.of(0, 1, 2) },
    violations: [{ kind: 'outside-written', detail: 'the call wrote outside of its result' }],
  });
  expect(second).toMatchObject({
    violations: [
      { kind: 'output-aliased', detail: 'the result shares memory with the argument logits' },
      { kind: 'input-written', detail: 'the call wrote to its argument target' },
      { kind: 'input-written', detail: 'the call wrote to its argument dy' },
    ],
  });
});

test.skipIf(isSkipped)(`its welcome has what the table has${reason}`, () => {
  expect(kit.welcome).toMatchObject({
    name: 'tensors',
    version: '"2"',
    refuses: true,
    kernels: [
      'softmax',
      'logSoftmax',
      'logSumExp',
      'logSumExpBackward',
      'crossEntropy',
      'crossEntropyBackward',
    ],
  });
  expect(kit.welcome.supports).toBeUndefined();
});

test.skipIf(isSkipped)(
  `functions over lanes are given halves as words, along any axis${reason}`,
  async () => {
    const of = (
      kernel: Parameters<typeof sampleCase>[0],
      format: HalfFormat,
      more: Partial<Case> & Pick<Case, 'logits'>,
    ): Case => ({ ...sampleCase(kernel, more.logits.shape, { formats: [format] }), ...more });
    const matrix = { shape: [4, 2], data: Float64Array.of(1, -0, 3, 65504, 2 ** -24, Infinity, 7, 8) };
    const cases = [
      of('softmax', 'float16', { axis: 0, logits: matrix }),
      of('logSumExp', 'bfloat16', {
        axis: -1,
        logits: { shape: [2, 2], data: Float64Array.of(1, 2, 3, 2 ** -133) },
      }),
      of('logSumExpBackward', 'bfloat16', {
        logits: { shape: [1, 2], data: Float64Array.of(0, 5) },
        cotangent: { shape: [1], data: Float64Array.of(-3) },
      }),
      of('logSumExp', 'float16', { logits: matrix }),
    ];

    const outcomes = await halves.runMany(cases);

    expect(outcomes.map(valuesOf)).toEqual([
      [-1, 0, -3, -65504, -(2 ** -24), -Infinity, -7, -8],
      [2, 2 ** -133],
      [-3, 5],
      { kind: 'unsupported', reason: 'no logSumExp in float16' },
    ]);
  },
);

test.skipIf(isSkipped)(
  `what a function writes that it must not is seen of halves, too${reason}`,
  async () => {
    const outcomes = await halves.runMany([
      echoCase(Float64Array.of(1, 2, 3), [3], 'float16'),
      echoCase(Float64Array.of(1, 2), [2], 'bfloat16'),
      echoCase(Float64Array.of(NaN, 2), [2], 'float16'), // another NaN is no other number
    ]);

    expect(outcomes).toMatchObject([
      { violations: [{ kind: 'outside-written', detail: 'the call wrote outside of its result' }] },
      { violations: [{ kind: 'input-written', detail: 'the call wrote to its argument logits' }] },
      { violations: [] },
    ]);
  },
);

test.skipIf(isSkipped)(
  `a function over tensors takes halves where it says so, its loss in float32${reason}`,
  async () => {
    const one = (value: number): Case['logits'] => ({ shape: [1], data: Float64Array.of(value) });
    const loss = sampleCase('crossEntropy', [1], { formats: ['float16'] });
    const full: Case = {
      ...loss,
      logits: one(2 ** -24),
      loss: { ...loss.loss!, target: one(2 ** -22), weight: one(2 ** -20) },
    };
    const native = sampleCase('crossEntropy', [1]);

    expect(await halves.runMany([full])).toEqual([
      { kind: 'values', tensor: { shape: [], data: Float32Array.of(1 + 4 + 16) }, violations: [] },
    ]);
    expect(halves.declines(full)).toBe(null);
    expect(kit.declines(full)).toBe('float16, which the kit does not say that it takes');
    expect(await kit.runMany([full])).toMatchObject([{ reason: 'no crossEntropy in float16' }]);
    expect(kit.declines(native)).toBe(null);
  },
);

test.skipIf(isSkipped)(`halves that the table has are those that its welcome supports${reason}`, () => {
  expect(halves.welcome).toMatchObject({
    formats: ['float32', 'float64', 'float16', 'bfloat16'],
    supports: { formats: ['float32', 'float64', 'float16', 'bfloat16'] },
  });
  expect(kit.welcome.formats).toEqual(['float32', 'float64']);
});
