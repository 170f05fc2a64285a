/** A command line of `cmd:` as words. */
import { expect, test } from 'vitest';
import { UsageError } from '../contract/failure.ts';
import { wordsOf } from './command-line.ts';

test.each<[string, readonly string[]]>([
  ['./kit', ['./kit']],
  ['  ./kit  --flag ', ['./kit', '--flag']],
  [`"my kit" 'a b'`, ['my kit', 'a b']],
  [`--name='x y'z`, ['--name=x yz']],
  [`''`, ['']],
  ['a\\b $HOME *', ['a\\b', '$HOME', '*']],
])('%j', (text, words) => {
  expect(wordsOf(text)).toEqual(words);
});

test('an open quote, and nothing at all, are sentences', () => {
  expect(() => wordsOf(`./kit 'open`)).toThrow(UsageError);
  expect(() => wordsOf(`./kit 'open`)).toThrow('a quote that is not closed');
  expect(() => wordsOf('  ')).toThrow('needs a command behind it');
});
