import { expect, test } from 'vitest';
import { currentKey, knownKey } from './known-key.ts';
import { signatureSlug } from './signature.ts';

test('a known divergence is counted under its reference and its entry', () => {
  expect(knownKey('tfjs-wasm', 'infinite-maximum')).toBe('tfjs-wasm/known=infinite-maximum');
});

test.each([
  [
    '1:logSumExp/forward/float32/tfjs-cpu/exact/wrong/nan/nan,-inf/default/inner/known=infinite-maximum',
    'tfjs-cpu/known=infinite-maximum',
  ],
  [
    '1:softmax/forward/float32/tfjs-node/conduct/wrong/threw/empty/default/last/call=view/known=empty-transpose',
    'tfjs-node/known=empty-transpose',
  ],
  ['tfjs-cpu/known=infinite-maximum', 'tfjs-cpu/known=infinite-maximum'],
])('%s is counted under %s today', (text, key) => {
  expect(currentKey(text)).toBe(key);
});

test.each([
  '1:softmax/forward/float32/subject/exact/wrong/ulps/finite/default/last',
  '1:softmax/forward/float32/tfjs-cpu/exact/wrong/ulps/finite/default/last',
  'known=',
])('%s, which no entry is in, stays what it is', (text) => {
  expect(currentKey(text)).toBe(text);
});

test('the folder of a known divergence names the reference and the entry', () => {
  expect(signatureSlug('tfjs-cpu/known=infinite-maximum')).toMatch(
    /^tfjs-cpu-infinite-maximum-[0-9a-f]{10}$/,
  );
});
