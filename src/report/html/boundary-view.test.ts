import { expect, test } from 'vitest';
import type { BoundaryRecord } from '../../case/diagnosis.ts';
import { boundaryView } from './boundary-view.ts';

const record: BoundaryRecord = {
  quantity: 'magnitude',
  rightUpTo: 88,
  wrongFrom: 89,
  symptom: 'nan',
  wrongAllAbove: true,
  points: [
    [0, 0],
    [1, 0.5],
    [88, 1],
    [89, 'NaN'],
    [512, 'Infinity'],
  ],
};

test('each value that was asked has its place, from the left to the right, what is no number in the rail', () => {
  const { points, edge, rail, bottom } = boundaryView(record)!;
  const across = points.map(({ x }) => x);

  expect(points.map(({ isOff }) => isOff)).toEqual([false, false, false, true, true]);
  expect(across).toEqual([...across].sort((a, b) => a - b));
  expect(points.filter(({ y }) => y === rail)).toHaveLength(2);
  expect(points[0]!.y).toBe(bottom);
  expect(edge).toBeGreaterThan(across[2]!);
  expect(edge).toBeLessThan(across[3]!);
});

test('one value makes no picture, and neither does no boundary', () => {
  expect(boundaryView({ ...record, points: record.points.slice(0, 1) })).toBeNull();
  expect(boundaryView(null)).toBeNull();
});
