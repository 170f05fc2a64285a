import { expect, test } from 'vitest';
import { powerOfTwo } from './power-of-two.ts';

test('powerOfTwo is exact from the smallest subnormal to the largest power of float64', () => {
  expect([-1074, -1, 0, 10, 1023].map(powerOfTwo)).toEqual([5e-324, 0.5, 1, 1024, 8.98846567431158e307]);
});
