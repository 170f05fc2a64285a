/** What a case costs, and whose clock it goes to. */
import { expect, test } from 'vitest';
import { mutants } from '../../score/mutants/mutants.ts';
import { openClocks } from './clocks.ts';

const named = (...names: readonly string[]): typeof mutants =>
  mutants.filter(({ name }) => names.includes(name));

test('a case of a kernel goes to the clocks of the mutants that change it, and of no other', () => {
  const clocks = openClocks(named('no-shift', 'mean-of-dy'), { finders: ['a'], seed: '1', capSeconds: 9 });
  const [noShift] = clocks.suspectsOf('softmax');

  clocks.charge('softmax', 2);
  clocks.charge('softmaxBackward', 3);
  clocks.found(noShift!, 'a');

  expect(noShift!.mutant.name).toBe('no-shift');
  expect(clocks.searches()).toEqual([
    { finder: 'a', mutant: 'no-shift', seed: '1', cpuSeconds: 2, capSeconds: 9, cases: 1 },
  ]);
});

test('a mutant is out of time once its own kernels have taken more, and the stream ends with the last', () => {
  const clocks = openClocks(named('no-shift'), { finders: ['a', 'b'], seed: '1', capSeconds: 9 });
  const [noShift] = clocks.suspectsOf('softmax');

  const kernels = [clocks.nextKernel(), clocks.nextKernel()];
  clocks.found(noShift!, 'b');
  clocks.charge('softmax', 9.5);

  expect(kernels).toEqual(['softmax', 'softmax']);
  expect(clocks.nextKernel()).toBe(null);
  expect(clocks.suspectsOf('softmax')).toEqual([]);
  expect(clocks.searches().map(({ finder, cpuSeconds }) => [finder, cpuSeconds])).toEqual([
    ['a', null],
    ['b', 0],
  ]);
});
