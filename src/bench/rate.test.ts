/** How rates are set beside each other. */
import { expect, test } from 'vitest';
import { aheadOf } from './ahead.ts';
import type { KernelTiming } from './bench-job.ts';
import { secondsIn } from './cpu-time.ts';
import { comparisonOf, perCpuSecond, perSecond, sumOf, type Rate } from './rate.ts';

const rate = (cases: number, seconds: number, cpuSeconds: number): Rate => ({
  cases,
  elements: 40 * cases,
  seconds,
  cpuSeconds,
});

test('a ratio is the median of the rounds’, by the clock and by CPU time', () => {
  const pairs = [
    { baseline: rate(100, 1, 0.5), measured: rate(200, 1, 0.5) },
    { baseline: rate(100, 1, 0.5), measured: rate(300, 1, 1) },
    { baseline: rate(100, 1, 0.5), measured: rate(900, 1, 1) },
  ];

  expect(comparisonOf(pairs)).toMatchObject({
    baseline: 100,
    measured: 300,
    ratio: 3,
    rounds: [2, 3, 9],
    cpu: { baseline: 200, measured: 400, ratio: 2, rounds: [2, 1.5, 4.5] },
  });
});

test('two that ran side by side are as fast as both together, and cost the CPU time of both', () => {
  const both = sumOf([rate(100, 1, 1), rate(300, 2, 2)]);

  expect(perSecond(both)).toBe(250);
  expect(perCpuSecond(both)).toBe(400 / 3);
});

test.each([
  ['0:01.25', 1.25],
  ['02:03:04', 7384],
  ['1-00:00:01', 86_401],
])('ps tells %s', (text, seconds) => {
  expect(secondsIn(text)).toBe(seconds);
});

test('who is ahead at a kernel, and of whom: our kernels are no peers of each other', () => {
  const timing = (implementation: string, microseconds: number, shape = [2]): KernelTiming => ({
    shape,
    axis: 0,
    operation: 'softmax',
    direction: 'forward',
    implementation,
    microseconds,
    calls: 3,
    ulpsMax: null,
  });

  const ahead = aheadOf([
    timing('from-scratch', 3),
    timing('from-scratch, out', 2),
    timing('a', 8),
    timing('b', 5),
    timing('from-scratch', 6, [9]),
    timing('b', 3, [9]),
  ]);

  expect(ahead).toMatchObject([
    { shape: [2], fastest: 'from-scratch, out', other: 'b', times: 2.5 },
    { shape: [9], fastest: 'b', other: 'from-scratch', times: 2 },
  ]);
});
