/** What a blob may hold: a case of today or of an older logitfuzz, and whatever else somebody pastes. */
import { readFileSync } from 'node:fs';
import { deflateSync } from 'node:zlib';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { UsageError } from '../contract/failure.ts';
import { blobOfCase, caseFromBlob } from './case-blob.ts';
import { caseToJson, type CaseJson } from './case-json.ts';
import { exampleCase } from './fixtures/example-finding.ts';

const example = caseToJson(exampleCase);
const blobOf = (bytes: Buffer): string => `lf1.${deflateSync(bytes).toString('base64url')}`;

/** What it says of a blob that is no case. */
function complaintOf(blob: string): string {
  try {
    return `read: ${JSON.stringify(caseFromBlob(blob))}`;
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return error.message;
  }
}

test.each<[string, CaseJson]>([
  // Written when the version was made: they are read for ever.
  ['lf1.ePmdGaQrIxQBiMxBelImKuiNdLB43BGUaKCeh2cHcAJE8RvcFwB4uj_D', example],
  [
    'lf1.ePmdGaQroyACiEjPoCxAXAToGGF6H5x86BqMeqa4SyQUW_C4luyoAABUrX3P',
    JSON.parse(readFileSync('corpus/smoothing-over-weights-of-zero.json', 'utf8')).case,
  ],
])('a blob that was printed once is read: %s', (blob, c) => {
  expect(caseFromBlob(blob)).toEqual(c);
});

test('a small case is shorter than a line of a terminal', () => {
  expect(blobOfCase(example)!.length).toBeLessThan(80);
});

test('what is longer than can be read is not written', () => {
  const random = Float32Array.from({ length: 30_000 }, (_, i) => Math.sin(i));
  const zeros = new Float32Array(250_000);

  const blobs = [random, zeros].map((data) =>
    blobOfCase(caseToJson({ ...exampleCase, logits: { shape: [data.length, 1], data } })),
  );

  expect(blobs).toEqual([null, null]);
});

test.each([
  ['nothing', '', 'would begin with lf1.'],
  ['a path', 'reports/finding.json', 'would begin with lf1.'],
  ['a later version', 'lf2.eNoD', 'is of the version lf2, and this logitfuzz reads lf1'],
  ['no base64url', 'lf1.eN%D', 'not whole base64url'],
  ['half of one', blobOfCase(example)!.slice(0, 40), 'does not inflate'],
  ['one with a tail', `${blobOfCase(example)}AAAA`, 'something follows its end'],
  ['too many characters', `lf1.${'A'.repeat(2_000_000)}`, 'has 2000004 characters'],
  ['a bomb', blobOf(Buffer.alloc(50_000_000)), 'more than 1048576 bytes once it is inflated'],
  ['bytes that are no text', blobOf(Buffer.of(0xff, 0xfe)), 'does not inflate to text'],
  ['text that is no JSON', blobOf(Buffer.from('{"schemaVersion":1')), 'no JSON'],
  ['deep JSON', blobOf(Buffer.from('['.repeat(500_000) + ']'.repeat(500_000))), 'has to be an object'],
  [
    'another key',
    blobOf(Buffer.from(JSON.stringify({ ...example, module: './x.mjs' }))),
    'unknown key "module"',
  ],
  ['a prototype', blobOf(Buffer.from('{"__proto__":{"schemaVersion":1}}')), 'the case of the blob'],
  ['a forbidden case', blobOf(Buffer.from(JSON.stringify({ ...example, axis: 7 }))), 'axis'],
])('%s is refused by a sentence', (_what, blob, sentence) => {
  expect(complaintOf(blob)).toContain(sentence);
});

test('damage is noticed: no character is changed, left out or put in without a complaint', () => {
  const blob = blobOfCase(example)!;
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  const damage = fc.record({
    at: fc.nat(blob.length - 5).map((at) => at + 4),
    left: fc.nat(2),
    put: fc.string({ unit: fc.constantFrom(...letters.split('')), maxLength: 2 }),
  });

  fc.assert(
    fc.property(damage, ({ at, left, put }) => {
      const damaged = blob.slice(0, at) + put + blob.slice(at + left);
      expect(damaged === blob || !complaintOf(damaged).startsWith('read: ')).toBe(true);
    }),
    { numRuns: 2_000, seed: 1 },
  );
});

test('any bytes at all get a sentence, and no crash', () => {
  const bytes = fc.uint8Array({ maxLength: 300 });
  const packed = bytes.map((array) => blobOf(Buffer.from(array)));
  const raw = bytes.map((array) => `lf1.${Buffer.from(array).toString('base64url')}`);

  fc.assert(
    fc.property(fc.oneof(packed, raw, fc.string({ unit: 'binary' })), (blob) => {
      expect(complaintOf(blob)).not.toMatch(/^read: /);
    }),
    { numRuns: 2_000, seed: 1 },
  );
});
