/** What is drawn of a kit that does not take every format; what it supports: generate/supports.test.ts. */
import { expect, test } from 'vitest';
import { kernelNames, operations, type Arithmetic } from '../contract/subject.ts';
import type { SubjectState } from '../examine/sighting.ts';
import { softmax } from '../kernels/index.ts';
import { subjectImplementation } from '../subjects/subject-implementation.ts';
import { subjectState } from './load-participants.ts';
import type { Format } from '../float/format.ts';
import { settledSpace, type SpaceSetup } from './space.ts';

const setupOf = (...formats: readonly Format[]): SpaceSetup => ({
  operations,
  formats,
  kernels: { among: kernelNames },
});
const kernels = ['softmax/forward'];

test('a format that a kit does not say that it takes is not drawn', () => {
  const old = { name: 'old-kit', version: '1', kernels, formats: ['float32', 'float64'] } as const;

  expect(settledSpace(setupOf('float32', 'float16'), old).formats).toEqual(['float32']);
});

test('halves alone, asked of a kit of before, are refused by a sentence', () => {
  const old = { name: 'old-kit', version: '1', kernels, formats: ['float32', 'float64'] } as const;

  expect(() => settledSpace(setupOf('float16', 'bfloat16'), old)).toThrow(
    'the subject "old-kit" does not say that it takes float16 or bfloat16: there is nothing to draw',
  );
});

test('a subject that says nothing of formats is asked those that are named', () => {
  const silent = { name: 'module', version: '1', kernels };

  expect(settledSpace(setupOf('float16'), silent).formats).toEqual(['float16']);
});

test('a worker tells what the subject declares of its arithmetic on halves, and nothing of the rest', () => {
  const stateOf = (arithmetic: Arithmetic): SubjectState => {
    const module = { softmax, arithmetic };
    return subjectState(subjectImplementation(module, { name: 'mine' }), module);
  };

  expect(stateOf({ expUlps: 4, halves: 'storage', flushesSubnormals: true }).arithmetic).toEqual({
    halves: 'storage',
    flushesSubnormals: true,
  });
  expect(stateOf({ expUlps: 4, flushesSubnormals: false })).not.toHaveProperty('arithmetic');
});
