import { expect, test } from 'vitest';
import { onceInAWhile } from './trouble.ts';

test('a kind of trouble is told once in ten seconds, whatever its sentence; another kind is told at once', () => {
  const told: string[] = [];
  let time = 0;
  const say = onceInAWhile((sentence) => told.push(sentence), { now: () => time });

  say('full', 'it is full');
  time = 9_999;
  say('full', 'it is fuller');
  say('away', 'it is away');
  time = 10_000;
  say('full', 'it is full again');
  time = 19_999;
  say('full', 'it is full still');

  expect(told).toEqual(['it is full', 'it is away', 'it is full again']);
});
