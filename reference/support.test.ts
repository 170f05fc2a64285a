import { expect, test } from 'vitest';
import { references } from './index.ts';

test('the table says of every option of cross-entropy what each reference that has the loss makes of it', () => {
  const options = ['ignoreIndex', 'labelSmoothing', 'reduction', 'target=index', 'weight'];
  const tables = references.map(({ support }) => support.lossOptions).filter((table) => table !== null);

  expect(tables.length).toBeGreaterThan(0);
  for (const table of tables) expect(Object.keys(table).sort()).toEqual(options);
});

test('no two references have one name, and each is of small letters, digits and hyphens', () => {
  const names = references.map(({ name }) => name);

  expect(new Set(names).size).toBe(names.length);
  expect(names.filter((name) => !/^[a-z0-9]+(-[a-z0-9]+)*$/.test(name))).toEqual([]);
});
