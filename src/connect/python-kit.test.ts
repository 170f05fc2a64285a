/** How the kit in Python calls functions, and what it takes from them (docs/python.md). */
// @module-tag processes
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import type { Case, Loss } from '../case/case.ts';
import type { Outcome } from '../case/outcome.ts';
import { echoCase } from './conformance/echo.ts';
import { sampleCase } from './conformance/sample-case.ts';
import { outsideImplementation, type OutsideImplementation } from './outside-implementation.ts';
import { processOpener } from './process-channel.ts';
import { needsPython } from './fixtures/python.ts';
import { pythonKit } from './python.ts';

const { python, isSkipped, reason } = needsPython();
const started: OutsideImplementation[] = [];
afterAll(() => started.forEach((kit) => kit.dispose()));

async function kitOf(name: string): Promise<OutsideImplementation> {
  const module = fileURLToPath(new URL(`fixtures/${name}`, import.meta.url));
  const limits = { startTimeoutMs: 20_000, rssLimitMb: 8_000 };
  const open = processOpener({ command: python, args: [pythonKit, module], whose: 'the kit', ...limits });
  const options = { name: 'kit', role: 'subject', caseTimeoutMs: 20_000, rssLimitMb: 8_000 } as const;
  const kit = await outsideImplementation(open, options);
  started.push(kit);
  return kit;
}

const valuesOf = (outcome: Outcome): readonly number[] | string =>
  outcome.kind === 'values' && outcome.violations.length === 0
    ? Array.from(outcome.tensor!.data)
    : JSON.stringify(outcome);

test.skipIf(isSkipped)(`functions are called by the options that they name${reason}`, async () => {
  const kit = await kitOf('conventions.py');
  const loss = sampleCase('crossEntropy', [1, 2]);
  const lossWith = (more: Partial<Loss>, call?: Case['call']): Case => ({
    ...loss,
    loss: { ...loss.loss!, ...more },
    ...(call === undefined ? {} : { call }),
  });
  const gradient = sampleCase('crossEntropyBackward', [1, 2]);
  const cases: readonly (readonly [case_: Case, answer: readonly number[] | string])[] = [
    // An axis that has no default is always named; `dim` is one.
    [{ ...sampleCase('softmax', [2]), call: { kind: 'axis', as: 'absent' } }, [-1, -1]],
    [sampleCase('softmaxBackward', [2]), [1, 2]],
    [sampleCase('logSoftmax', [2]), [1, 2]],
    [sampleCase('logSumExp', [2, 2]), [1, 5]],
    [{ ...sampleCase('logSumExpBackward', [2]), call: { kind: 'axis', as: 'absent' } }, [-1, -1]],
    [lossWith({}), [10]],
    [lossWith({}, { kind: 'axis', as: 'absent' }), [0]],
    [lossWith({ labelSmoothing: 0.5, ignoreIndex: 7 }), [10010.5]],
    [lossWith({}, { kind: 'defaults', as: 'named' }), [110]],
    [gradient, [0, 2]],
    [
      { ...gradient, loss: { ...gradient.loss!, reduction: 'sum' } },
      '{"kind":"unsupported","reason":"crossEntropyBackward takes no reduction"}',
    ],
  ];

  const outcomes = await kit.runMany(cases.map(([one]) => one));

  expect(outcomes.map(valuesOf)).toEqual(cases.map(([, answer]) => answer));
});

test.skipIf(isSkipped)(`what a module says of itself is in its welcome${reason}`, async () => {
  const kit = await kitOf('conventions.py');

  expect(kit.welcome).toMatchObject({
    name: 'conventions',
    version: '3',
    kernels: [
      'softmax',
      'softmaxBackward',
      'logSoftmax',
      'logSumExp',
      'logSumExpBackward',
      'crossEntropy',
      'crossEntropyBackward',
    ],
    supports: { maxElements: 100 },
    arithmetic: { expUlps: 2 },
    policy: { zeroTimesInfinity: 'ieee' },
  });
});

test.skipIf(isSkipped)(`what no function of a module takes is not supported${reason}`, async () => {
  const kit = await kitOf('bare.py');

  expect(kit.welcome.supports).toEqual({
    axis: 'last',
    crossEntropy: { labelSmoothing: false, weight: false, ignoreIndex: false, reduction: ['mean'] },
  });
});

test.skipIf(isSkipped)(`a frame at once: what is not well is told of its very case${reason}`, async () => {
  const kit = await kitOf('many.py');
  const frame = (...sizes: readonly number[]): readonly Case[] =>
    sizes.map((n) => echoCase(new Float32Array(n)));

  expect((await kit.runMany(frame(1, 2, 1))).map(valuesOf)).toEqual([[3], [3, 3], [3]]);
  expect((await kit.runMany(frame(1, 3))).map(valuesOf)).toEqual([
    [1],
    '{"kind":"threw","message":"ValueError: three"}',
  ]);
  expect((await kit.runMany(frame(4, 1))).map(valuesOf)).toEqual([
    expect.stringContaining('the call printed'),
    [1],
  ]);
  expect((await kit.runMany(frame(1, 5))).map(valuesOf)).toEqual([
    [1],
    expect.stringContaining('run_many returned 0 answers to one case'),
  ]);
  expect((await kit.runMany(frame(6, 1))).map(valuesOf)).toEqual([
    '{"kind":"unsupported","reason":"six"}',
    [2],
  ]);
});
