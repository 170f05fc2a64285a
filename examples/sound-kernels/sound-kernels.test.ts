/** The short form of `npm run series:false-alarms`, and of what the long one says of long lanes. */
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Case } from '../../src/case/case.ts';
import { ulpError } from '../../src/float/ulp.ts';
import { judgeCase } from '../../src/judge/judge-case.ts';
import { subjectImplementation } from '../../src/subjects/subject-implementation.ts';
import {
  judgeSoundKernel,
  judgeSoundKernels,
  type SoundKernelReport,
} from '../../series/judge-sound-kernel.ts';
import { soundKernels } from './all.ts';
import { polynomialExp } from './simd-lanes.ts';
import { tableExp } from './table-exp.ts';

const parts = ['all', 'kernel-set', 'lanes', 'recipe'];

test('every sound kernel of the folder is in the table', () => {
  const files = readdirSync(fileURLToPath(new URL('.', import.meta.url)))
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
    .map((file) => file.slice(0, -3));

  expect(soundKernels.map(({ name }) => name!).sort()).toEqual(
    files.filter((file) => !parts.includes(file)).sort(),
  );
});

describe('in 2,000 cases', () => {
  let reports: readonly SoundKernelReport[] = [];
  beforeAll(() => {
    reports = judgeSoundKernels(soundKernels, { cases: 2000 });
  });

  test.each(soundKernels.map(({ name }, i) => [name, i] as const))('%s is never called wrong', (_, i) => {
    const { wrong, cases, skipped } = reports[i]!;

    expect(wrong).toEqual([]);
    expect(cases - skipped).toBeGreaterThan(1500);
  });
});

/** Those that add carefully, round x − max once, and divide. */
const careful = ['pairwise', 'kahan', 'float64-inside', 'guard-bit'];

test.each(
  soundKernels.filter(({ name }) => careful.includes(name!)).map((module) => [module.name, module] as const),
)('%s, which is careful, is not called inaccurate either', (_, module) => {
  expect(judgeSoundKernel(module, { cases: 2000, seed: 2n }).inaccurate).toBe(0);
});

test('the bounds are tight: for some sound kernel more than half of each is used up', () => {
  const nearOnes = soundKernels.filter(({ name }) => ['guard-bit', 'through-the-log'].includes(name!));
  const reports = judgeSoundKernels(nearOnes, { cases: 6000 });
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
    const subject = subjectImplementation(
      soundKernels.find((module) => module.name === name)!,
      { name },
    );
    const judgement = judgeCase(c, { subject, references: [] });
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
