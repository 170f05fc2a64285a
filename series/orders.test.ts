/** A small part of `npm run series:orders`, and that it can fail. */
import { expect, test } from 'vitest';
import { tryOrders } from './orders.ts';
import { everyWay } from './orders/choices.ts';
import { treesOver } from './orders/products.ts';

test('no order in which a sound kernel may multiply and add is called wrong, with or without flushing', () => {
  const reports = [...tryOrders({ cases: 1200, seed: 5n })];

  expect(
    reports.flatMap(([, { offenders }]) => offenders).filter(({ severity }) => severity === 'wrong'),
  ).toEqual([]);
  expect(
    reports.map(([kernel, { inaccurate, inaccurateThroughLog }]) => [
      kernel,
      inaccurate - inaccurateThroughLog,
    ]),
  ).toEqual(reports.map(([kernel]) => [kernel, 0]));
  expect(reports.length).toBe(9);
  expect(Math.min(...reports.map(([, { evaluations }]) => evaluations))).toBeGreaterThan(4000);
});

test('nor is any of all the orders there are, on a few cases', () => {
  const reports = [...tryOrders({ cases: 30, seed: 3n, orders: 'all', waysMax: 600 })];

  expect(
    reports.flatMap(([, { offenders }]) => offenders).filter(({ severity }) => severity === 'wrong'),
  ).toEqual([]);
});

test('a kernel that loses a small term to a wrong factor is called wrong by the same judge', () => {
  const reports = [...tryOrders({ cases: 200, seed: 5n, spoil: (value) => value * (1 + 2 ** -6) })];

  expect(reports.map(([kernel, { wrong }]) => [kernel, wrong > 0])).toEqual(
    reports.map(([kernel]) => [kernel, true]),
  );
});

test('a product of r factors has (2r − 3)!! orders, all of them different', () => {
  const texts = (r: number): Set<string> => new Set(treesOver(r).map((tree) => JSON.stringify(tree)));

  expect([2, 3, 4, 5, 6].map((r) => texts(r).size)).toEqual([1, 3, 15, 105, 945]);
});

test('every way through the choices is taken once', () => {
  const seen: string[] = [];

  const ways = everyWay((choose) => {
    const first = choose(['a', 'b']);
    seen.push(first + (first === 'a' ? choose([1, 2, 3]) : ''));
  });

  expect(seen).toEqual(['a1', 'a2', 'a3', 'b']);
  expect(ways).toBe(4);
});
