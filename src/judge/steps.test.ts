import { expect, test } from 'vitest';
import { drive, settled, type Steps } from './steps.ts';

function* sum(a: number | Promise<number>, b: number | Promise<number>): Steps<number> {
  return (yield* settled(a)) + (yield* settled(b));
}

test('steps that wait for nothing are done at once, without a promise', () => {
  expect(drive(sum(1, 2))).toBe(3);
});

test('one promise among the steps makes a promise of the whole', async () => {
  const result = drive(sum(1, Promise.resolve(2)));

  expect(result).toBeInstanceOf(Promise);
  expect(await result).toBe(3);
});

test('a rejected promise is thrown where it was waited for, and can be caught there', async () => {
  function* careful(): Steps<string> {
    try {
      yield* settled(Promise.reject<number>(new Error('late')));
      return 'no error';
    } catch (error) {
      return (error as Error).message;
    }
  }

  expect(await drive(careful())).toBe('late');
});
