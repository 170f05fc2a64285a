import { expect, test } from 'vitest';
import { coversOf, type Shown } from './corpus-cover.ts';

const nan = '2:softmax/forward/any/subject/exact/wrong/nan/finite/default/any';
const ulps = '2:softmax/forward/any/subject/exact/wrong/ulps/finite/default/any';

function shown(name: string, changes: Partial<Shown> & { readonly shows?: readonly string[] } = {}): Shown {
  const { shows = [], ...rest } = changes;
  return {
    name,
    byHand: false,
    blamed: 'mine',
    size: 4,
    foundAs: nan,
    today: new Map([['mine', shows]]),
    ...rest,
  };
}

const byHand = { byHand: true, blamed: '', foundAs: null } as const;
const ofVersion1 = { foundAs: null } as const;

test('a case is covered by a smaller one that was found under the same signature, also where both are mended', () => {
  expect(coversOf([shown('large', { size: 9 }), shown('small')])).toEqual(new Map([['large', 'small']]));
});

test('what no other case shows stays, though all agree on it today', () => {
  expect(coversOf([shown('a'), shown('b', { foundAs: ulps })]).size).toBe(0);
});

test('nothing is covered by a larger case, and of two of a size one stays', () => {
  expect(coversOf([shown('a'), shown('b', { size: 5 })])).toEqual(new Map([['b', 'a']]));
  expect(coversOf([shown('b'), shown('a')])).toEqual(new Map([['b', 'a']]));
});

test('the cover is a case that stays: three of one signature leave one', () => {
  const cases = [shown('a', { size: 3 }), shown('b', { size: 2 }), shown('c', { size: 1 })];

  expect(coversOf(cases)).toEqual(
    new Map([
      ['a', 'c'],
      ['b', 'c'],
    ]),
  );
});

test('a case by hand is never covered, and covers what shows the same today', () => {
  const cases = [shown('mine', { ...byHand, shows: [nan] }), shown('found', { shows: [nan] })];

  expect(coversOf(cases)).toEqual(new Map([['found', 'mine']]));
  expect(coversOf([shown('small', { size: 1 }), shown('mine', byHand)]).size).toBe(0);
});

test('a signature of version 1 is no measure: there what the cases show today counts', () => {
  const cases = [shown('a', ofVersion1), shown('b', { ...ofVersion1, size: 5 })];

  expect(coversOf(cases).size).toBe(0);
  expect(coversOf(cases.map((c) => ({ ...c, today: new Map([['mine', [nan]]]) })))).toEqual(
    new Map([['b', 'a']]),
  );
});

test('what a case shows today, and the other does not, keeps it', () => {
  const cases = [shown('a'), shown('b', { size: 5, shows: [ulps] })];

  expect(coversOf(cases).size).toBe(0);
});

test('another implementation’s finding covers nothing, nor does what cannot be asked', () => {
  const other = shown('a', { blamed: 'other', today: new Map([['other', []]]) });

  expect(coversOf([other, shown('b', { size: 5 })]).size).toBe(0);
  expect(coversOf([shown('a', { today: null }), shown('b', { size: 5 })]).size).toBe(0);
  expect(coversOf([shown('a'), shown('b', { size: 5, today: null })]).size).toBe(0);
});
