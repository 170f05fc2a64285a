/** The short form of `npm run series:false-alarms`, and of what the long one says of long lanes. */
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Case } from '../../src/case/case.ts';
import { needs } from '../../src/connect/fixtures/needs.ts';
import { ulpError } from '../../src/float/ulp.ts';
import { judgeCase } from '../../src/judge/judge-case.ts';
import type { Implementation } from '../../src/subjects/implementation.ts';
import {
  judgeSoundKernel,
  judgeSoundKernels,
  type SoundKernelReport,
} from '../../series/judge-sound-kernel.ts';
import { onnxRuntimeWeb } from '../../series/onnx-runtime-kernels.ts';
import { soundImplementations } from '../../series/sound-implementations.ts';
import { soundKernels } from './all.ts';
import { polynomialExp } from './simd-lanes.ts';
import { tableExp } from './table-exp.ts';

const onnxRuntime = needs(onnxRuntimeWeb);
const subjects = await soundImplementations();

function sound(name: string): Implementation {
  return subjects.find((subject) => subject.name === name)!;
}

const parts = ['all', 'coarse-exp', 'formulas', 'kernel-set', 'lanes', 'recipe'];

test('every sound kernel of the folder is in the table', () => {
  const files = readdirSync(fileURLToPath(new URL('.', import.meta.url)))
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
    .map((file) => file.slice(0, -3));

  expect(soundKernels.map(({ name }) => name!).sort()).toEqual(
    files.filter((file) => !parts.includes(file)).sort(),
  );
});

describe('in 1,000 cases', () => {
  let reports: readonly SoundKernelReport[] = [];
  beforeAll(async () => {
    reports = await judgeSoundKernels(subjects, { cases: 1000 });
  });

  const ours = subjects.map(({ name }) => name).filter((name) => name !== onnxRuntimeWeb);
  test.each(ours.map((name) => [name]))('%s is never called wrong', (name) => {
    expect(reportOf(name).wrong).toEqual([]);
  });

  test.each(soundKernels.map(({ name }) => [name]))('%s has an answer to most of them', (name) => {
    expect(reportOf(name!).skipped).toBeLessThan(250);
  });

  test.skipIf(onnxRuntime.isSkipped)(
    `${onnxRuntimeWeb} is never called wrong, and has a softmax and a logSoftmax of float32${onnxRuntime.reason}`,
    () => {
      const { wrong, inaccurate, skipped } = reportOf(onnxRuntimeWeb);

      expect({ wrong, inaccurate }).toEqual({ wrong: [], inaccurate: 0 });
      expect(1000 - skipped).toBeGreaterThan(150);
    },
  );

  test('what is not written here has one to those of its own kernels: softmax, and its gradient or more', () => {
    expect(1000 - reportOf('assemblyscript-simd').skipped).toBeGreaterThan(350);
    expect(1000 - reportOf('xnnpack').skipped).toBeGreaterThan(100);
  });

  function reportOf(name: string): SoundKernelReport {
    return reports.find((report) => report.name === name)!;
  }
});

/** Those that add carefully, round x − max once, and divide. */
const careful = [
  'pairwise',
  'kahan',
  'float64-inside',
  'guard-bit',
  'sixteen-trees',
  'wide-accumulator',
  'unnormalised',
  'chained',
];

test.each(careful)('%s, which is careful, is not called inaccurate either', async (name) => {
  expect((await judgeSoundKernel(sound(name), { cases: 1000, seed: 2n })).inaccurate).toBe(0);
});

test('the bounds are tight: for some sound kernel more than half of each is used up', async () => {
  const reports = await judgeSoundKernels(['guard-bit', 'through-the-log', 'one-signed'].map(sound), {
    cases: 6000,
  });
  const kernels = Object.keys(reports[0]!.nearest);

  const loose = kernels.filter((kernel) => !reports.some(({ nearest }) => nearest[kernel]!.careful > 0.5));

  expect(loose).toEqual([]);
});

describe('an ascending lane', () => {
  /** Each logit is a new maximum; differences are exact. */
  function ascending(width: number): Case {
    const data = Float32Array.from({ length: width }, (_, k) => k / 512);
    const logits = { shape: [1, width], data };
    return {
      operation: 'logSumExp',
      direction: 'forward',
      format: 'float32',
      axis: -1,
      logits,
      regimes: [],
      checks: [],
    };
  }

  function severityOf(name: string, c: Case): string {
    const judgement = judgeCase(c, { subject: sound(name), references: [] });
    if (judgement instanceof Promise) throw new Error('a promise');
    const { verdict } = judgement[0];
    return verdict.kind === 'diverge' ? verdict.divergences[0].severity : verdict.kind;
  }

  test('of 8,192 logits puts one pass outside of the careful bound, and two passes not', () => {
    expect(severityOf('online-one-pass', ascending(8192))).toBe('inaccurate');
    expect(severityOf('pairwise', ascending(8192))).toBe('agree');
  });
});

test.each([
  ['the polynomial', polynomialExp, 1],
  ['the table', tableExp, 1.5],
] as const)('exp by %s is as near as it says', (_, exp, ulpsMax) => {
  let worst = 0;
  for (let k = 0; k < 200_000; k++) {
    const x = Math.fround(-87 * ((k * 0.6180339887) % 1));
    worst = Math.max(worst, ulpError(exp(x), { exact: Math.exp(x), format: 'float32' })!);
  }

  expect(worst).toBeLessThanOrEqual(ulpsMax);
});
