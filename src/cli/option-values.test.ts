import { describe, expect, test } from 'vitest';
import { UsageError } from '../contract/failure.ts';
import { parseCount, parseDurationMs, parseNames, parseSeed, parseShard } from './option-values.ts';

describe('parseDurationMs', () => {
  test.each([
    ['500ms', 500],
    ['30s', 30_000],
    ['1.5m', 90_000],
    ['2h', 7_200_000],
  ])('reads %s as %d ms', (text, expected) => {
    expect(parseDurationMs('time', text)).toBe(expected);
  });

  test.each(['30', '', '-1s', '0s', '1d', 's', '1e3s', 'Infinitys'])(
    'refuses %j, naming flag and value',
    (text) => {
      expect(() => parseDurationMs('time', text)).toThrow(UsageError);
      expect(() => parseDurationMs('time', text)).toThrow(`--time ${JSON.stringify(text)}`);
    },
  );
});

describe('parseSeed', () => {
  test('keeps the largest seed, 2^64 − 1, to the digit', () => {
    expect(parseSeed('18446744073709551615')).toBe('18446744073709551615');
  });

  test('takes seed 0 for a seed', () => {
    expect(parseSeed('0')).toBe('0');
  });

  test.each(['18446744073709551616', '-1', '1.5', '0x10', 'abc', ''])('refuses %j', (text) => {
    expect(() => parseSeed(text)).toThrow(UsageError);
  });
});

describe('parseShard', () => {
  test('reads i/n, counted from one', () => {
    expect(parseShard('2/3')).toEqual({ number: 2, of: 3 });
  });

  test.each(['0/3', '4/3', '1', '1/0', 'a/b', '1/3/5'])('refuses %j', (text) => {
    expect(() => parseShard(text)).toThrow(UsageError);
  });
});

describe('parseNames', () => {
  const known = ['softmax', 'logSoftmax'] as const;

  test('gives the names in the order of the table, each once', () => {
    expect(parseNames('operations', 'logSoftmax,softmax,softmax', { known, noun: 'operation' })).toEqual(
      known,
    );
  });

  test('names what is unknown and what there is', () => {
    expect(() => parseNames('operations', 'softmix', { known, noun: 'operation' })).toThrow(
      '--operations: "softmix" is no operation; there are softmax, logSoftmax',
    );
  });

  test('names the one that was probably meant, where there is one', () => {
    const names = { known: ['tfjs-cpu', 'tfjs-wasm'], noun: 'reference' };

    expect(() => parseNames('references', 'tfjs-cup', names)).toThrow(/; did you mean tfjs-cpu\?$/);
    expect(() => parseNames('references', 'jax', names)).toThrow(/; there are tfjs-cpu, tfjs-wasm$/);
  });

  test("takes 'none' for an empty list only where that is allowed", () => {
    expect(parseNames('references', 'none', { known, noun: 'reference', allowNone: true })).toEqual([]);
    expect(() => parseNames('operations', 'none', { known, noun: 'operation' })).toThrow(UsageError);
  });
});

test('parseCount refuses what is below its least, and what is no whole number', () => {
  expect(parseCount('runs', '12', { min: 1 })).toBe(12);
  expect(() => parseCount('runs', '0', { min: 1 })).toThrow('--runs "0"');
  expect(() => parseCount('runs', '1.5', { min: 1 })).toThrow(UsageError);
});
