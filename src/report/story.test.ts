import { expect, test } from 'vitest';
import { exampleCase, exampleFinding } from '../case/fixtures/example-finding.ts';
import { caseToJson } from '../case/case-json.ts';
import { tensorToJson } from '../case/tensor-json.ts';
import { storyOf } from './story.ts';

test('says how far off, what is allowed, on what, and who is right', () => {
  expect(storyOf(exampleFinding())).toBe(
    'tfjs-wasm@4.22.0 answers 0.25 where 0.5 is due, off by 1,048,576 times the allowed error, on 2 equal logits. ' +
      'from-scratch is right there.',
  );
});

test('tells the two values where a number of ULPs would tell nothing', () => {
  const got = tensorToJson({ shape: [2, 1], data: Float32Array.of(0.5, Number.NaN) }, 'float32');

  expect(storyOf(exampleFinding({ got, ulps: null }))).toMatch(/ answers NaN where 0\.5 is due, /);
});

test('tells how far apart the logits of one lane are, and only of one', () => {
  const story = (shape: number[], ...logits: number[]): string =>
    storyOf(
      exampleFinding({
        minimal: caseToJson({ ...exampleCase, logits: { shape, data: Float32Array.from(logits) } }),
      }),
    );

  expect(story([2, 1], 0, -1024)).toContain(', on 2 logits 1,024 apart.');
  expect(story([2, 1], 0, Number.NaN)).toContain(', on 2 logits.');
  expect(story([2, 2], 0, 1, 2, 3)).toContain(', on lanes of 2 logits.');
  expect(story([0])).toContain(', on an empty tensor.');
  expect(story([1], 7)).toContain(', on one logit.');
});

test('of conduct it tells what was done, and of a law which', () => {
  expect(storyOf(exampleFinding({ oracle: 'conduct', symptom: 'threw' }))).toMatch(
    / throws at a valid case, /,
  );
  expect(storyOf(exampleFinding({ oracle: 'property', law: 'lanes sum to 1' }))).toMatch(
    / breaks a law, “lanes sum to 1”, /,
  );
});
