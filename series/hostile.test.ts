/** A fixed sample of the series: one hostile module of each kind, by the command and its workers. */
// @module-tag processes
import { expect, test } from 'vitest';
import { judgeHostile } from './hostile.ts';
import { hostileModules } from './misdeeds.ts';

const sample = [
  'call: Map.prototype.set',
  'promise: Promise.prototype.then',
  'later: RegExp.prototype.exec',
  'load: Function.prototype.call',
  'call: the memory given away',
  'promise: data set to null',
  'call: throws a code that throws',
  'call: ten bytes on the channel',
  "exports the name 'tfjs-cpu'",
  'exports a default export whose getter throws',
];

test('whatever a kernel does to those who judge it, there is a finding or a sentence', () => {
  const chosen = hostileModules.filter(({ name }) => sample.includes(name));

  const { modules, untold } = judgeHostile(chosen);

  expect(untold).toEqual([]);
  expect(modules).toBe(sample.length);
});

test('a module that ends as it should not is told of', () => {
  const harmless = { ...hostileModules.find(({ name }) => name === 'call: a frozen argument')!, exits: [1] };

  expect(judgeHostile([harmless]).untold).toEqual([expect.stringContaining('a frozen argument: exit 0')]);
});

test('the grammar has some hundred modules, each of another name', () => {
  expect(hostileModules.length).toBeGreaterThan(300);
  expect(new Set(hostileModules.map(({ name }) => name)).size).toBe(hostileModules.length);
});
