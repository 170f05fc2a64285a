/** Every case that a campaign draws, small enough, comes back from its blob to the bit. */
import { expect, test } from 'vitest';
import { blobOfCase, caseFromBlob } from '../case/case-blob.ts';
import { caseToJson } from '../case/case-json.ts';
import { operations } from '../contract/subject.ts';
import { formats } from '../float/format.ts';
import { generateCase } from './generate-case.ts';

test('the blob of a drawn case holds that case, and differs from that of every other', () => {
  const space = { operations, formats, refuses: true };
  const cases = Array.from({ length: 1_000 }, (_, index) =>
    JSON.stringify(caseToJson(generateCase({ seed: 11n, index }, space))),
  );

  const blobs = cases.map((text) => blobOfCase(JSON.parse(text)));

  expect(blobs.map((blob) => JSON.stringify(caseFromBlob(blob!)))).toEqual(cases);
  expect(new Set(blobs).size).toBe(new Set(cases).size);
});
