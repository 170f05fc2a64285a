/** Who finds what: this tool at the case that a campaign finds it at, and loops as loops do. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { kernelNames, operations } from '../../contract/subject.ts';
import { formatOf, nativeFormats } from '../../float/format.ts';
import { generateCase } from '../../generate/generate-case.ts';
import { judgeCase } from '../../judge/judge-case.ts';
import { strands } from '../../examine/range.ts';
import { soundHost } from '../../score/host/host.ts';
import { mutants } from '../../score/mutants/mutants.ts';
import { subjectImplementation } from '../../subjects/subject-implementation.ts';
import { callsOf } from './draw-calls.ts';
import { answerOf, findByLoops } from './find-by-loops.ts';
import { findByTool } from './find-by-tool.ts';
import { answerInFloat64 } from './float64-reference.ts';
import { isAccepted, loopTolerances } from './loop-tolerances.ts';
import { twentyMutants } from './twenty-mutants.ts';

const mutantNamed = (wanted: string): (typeof mutants)[number] =>
  mutants.find(({ name }) => name === wanted)!;

test('this tool finds a mutant at the first case of its campaign on which the oracles blame it', async () => {
  const mutant = mutantNamed('stride-of-the-first-axis');
  const subject = subjectImplementation(mutant.create(), { name: mutant.name });
  const caseAt = (place: number): ReturnType<typeof generateCase> =>
    generateCase(
      { seed: 2n, index: strands * place },
      { operations, formats: nativeFormats, kernels: kernelNames },
    );
  let due = 0;
  while ((await judgeCase(caseAt(due), { subject, references: [] }))[0].verdict.kind !== 'diverge') due++;

  const { cases, cpuSeconds } = await findByTool(mutant, { seed: '2', capSeconds: 20 });

  expect(cases).toBe(due + 1);
  expect(cpuSeconds).toBeGreaterThan(0);
});

test('loops find what any tolerance tells, and a small error by those that are tight enough', async () => {
  const looked = [mutantNamed('no-shift'), mutantNamed('exp-by-table'), mutantNamed('staged-in-one-place')];

  const { searches } = await findByLoops(looked, { seed: 1, capSeconds: 0.2 });

  const found = searches.filter(({ cpuSeconds }) => cpuSeconds !== null);
  expect(found.map(({ finder, mutant }) => `${mutant}: ${finder}`).sort()).toEqual([
    'exp-by-table: fast-check, 1e-6',
    'exp-by-table: fast-check, 4 ULPs',
    'no-shift: fast-check, 1e-6',
    'no-shift: fast-check, 4 ULPs',
    'no-shift: fast-check, tfjs',
  ]);
});

test.each(kernelNames)('the loop has a right answer to almost every call of %s that it draws', (kernel) => {
  const [tfjs] = loopTolerances;
  const calls = fc.sample(callsOf(kernel), { numRuns: 100, seed: 3 });

  const rejected = calls.filter((call) => {
    const isClose = (got: number, expected: number): boolean =>
      tfjs!.isClose(got, expected, formatOf(call.logits));
    return !isAccepted(answerOf(soundHost, call), answerInFloat64(call), isClose);
  });

  expect(rejected.length).toBeLessThan(0.15 * calls.length);
  expect(
    rejected.filter(({ logits, loss }) => loss === null && logits.every((x) => Math.abs(x) <= 100)),
  ).toEqual([]);
});

test('the twenty mutants of the bench are twenty mutants, of as many stages as there are', () => {
  const stages = mutants.filter(({ name }) => twentyMutants.includes(name)).map(({ stage }) => stage);

  expect(stages.length).toBe(20);
  expect(new Set(stages).size).toBeGreaterThan(14);
});
