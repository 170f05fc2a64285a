/**
 * The kernels that mutants are planted in are sound:
 * nothing that an oracle finds in a mutant was in its host.
 */
import { expect, test } from 'vitest';
import { kernelTable, operations } from '../../contract/subject.ts';
import { nativeFormats } from '../../float/format.ts';
import { generateCase } from '../../generate/generate-case.ts';
import { judgeCase } from '../../judge/judge-case.ts';
import { subjectImplementation } from '../../subjects/subject-implementation.ts';
import { buildHost } from './host.ts';
import { withSteps } from './mutate.ts';

const participants = { subject: subjectImplementation(buildHost(), { name: 'host' }), references: [] };

test('no oracle finds anything in the host in 3,000 cases, each drawn for every check', async () => {
  const blamed: string[] = [];
  for (let index = 0; index < 3000; index++) {
    const drawn = generateCase({ seed: 5n, index }, { operations, formats: nativeFormats });
    const [{ verdict }] = await judgeCase(
      { ...drawn, checks: ['gradient', 'property', 'repeat'] },
      participants,
    );
    if (verdict.kind === 'diverge') blamed.push(`${index}: ${verdict.divergences[0].detail}`);
    if (verdict.kind === 'skip') blamed.push(`${index}: ${verdict.reason}`);
  }

  expect(blamed).toEqual([]);
});

test('a step done otherwise changes the kernels that are named, and no other', () => {
  const { softmax, logSoftmax } = withSteps('softmax', () => ({ exp: () => 1 }))();
  const x = { shape: [2], data: Float32Array.of(0, Math.log(3)) };

  expect(softmax!(x, {})).toEqual({ shape: [2], data: Float32Array.of(0.5, 0.5) });
  expect(logSoftmax!(x, {})).toEqual(buildHost().logSoftmax(x, {}));
});

test('the host has every kernel of the contract', () => {
  expect(Object.keys(buildHost()).sort()).toEqual(kernelTable.map(({ kernel }) => kernel).sort());
});
