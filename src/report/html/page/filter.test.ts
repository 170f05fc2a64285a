import { expect, test } from 'vitest';
import type { FindingView } from '../finding-view.ts';
import { choicesOf, noFilter, parseAddress, passes } from './filter.ts';

const finding: FindingView = {
  id: 'finding-x',
  blame: 'tfjs-wasm',
  implementation: 'tfjs-wasm@4.22.0',
  severity: 'wrong',
  isKnown: false,
  ledger: '',
  operation: 'softmax',
  direction: 'forward',
  format: 'float32',
  symptom: 'nan',
  count: 1,
  case: 'softmax/float32 [2, 1] axis 0',
  deviation: 'NaN is not 0.5 at [1, 0]',
  story: 'tfjs-wasm answers NaN',
  signature: '1:softmax/forward',
};

test('an address names a finding, or a filter, or neither', () => {
  expect(parseAddress('#finding-x')).toEqual({ kind: 'finding', id: 'finding-x' });
  expect(parseAddress('#findings?blame=a%26b&other=1')).toEqual({
    kind: 'filter',
    filter: { ...noFilter, blame: 'a&b' },
  });
  expect(parseAddress('#findings')).toBeNull();
});

test('all that is chosen has to hold, and every word has to be there, in any case of letters', () => {
  expect(passes(finding, noFilter)).toBe(true);
  expect(passes(finding, { ...noFilter, blame: 'tfjs-wasm', symptom: 'nan' })).toBe(true);
  expect(passes(finding, { ...noFilter, blame: 'tfjs-wasm', symptom: 'inf' })).toBe(false);
  expect(passes(finding, { ...noFilter, text: ' AXIS  nan ' })).toBe(true);
  expect(passes(finding, { ...noFilter, text: 'axis inf' })).toBe(false);
});

test('choices are those that are there, the subject first, then the most frequent', () => {
  const others = ['b', 'a', 'a', 'subject'].map((blame) => ({ ...finding, blame }));

  expect(choicesOf(others, 'blame')).toEqual(['subject', 'a', 'b']);
});
