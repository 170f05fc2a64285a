/** The halving of a history, against subjects that are given by what they need. */
import { expect, test } from 'vitest';
import { shortestOf, type History, type Try } from './find-history.ts';

/** A subject that diverges after a history in which `needed` come in this order, with the tries so far. */
function needing(needed: readonly number[]): { diverges: Try; tries: History[] } {
  const tries: History[] = [];
  const diverges: Try = (history) => {
    tries.push(history);
    let next = 0;
    for (const one of history.cases) if (one === needed[next]) next++;
    return Promise.resolve(next === needed.length);
  };
  return { diverges, tries };
}

const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

test('one needed case among the latest is all that is left, in eight tries', async () => {
  const { diverges, tries } = needing([980]);

  expect(await shortestOf(upTo(1_000), diverges)).toEqual([980]);
  expect(tries).toHaveLength(8);
});

test('one that was asked long before is found among all, in a few tries more', async () => {
  const { diverges, tries } = needing([17]);

  expect(await shortestOf(upTo(4_096), diverges)).toEqual([17]);
  expect(tries.length).toBeLessThanOrEqual(16);
});

test('several that are needed together stay, in their order, and hardly any other', async () => {
  const { diverges, tries } = needing([950, 960]);

  const left = await shortestOf(upTo(1_000), diverges);

  expect(left).toEqual(expect.arrayContaining([950, 960]));
  expect(left!.length).toBeLessThan(8);
  expect(tries.length).toBeLessThanOrEqual(20);
});

test('nothing is what is left where the case does not diverge after all of them', async () => {
  const { diverges, tries } = needing([5_000]);

  expect(await shortestOf(upTo(1_000), diverges)).toBeNull();
  expect(tries).toHaveLength(2);
});

test('nothing was asked before: nothing is tried', async () => {
  const { diverges, tries } = needing([]);

  expect(await shortestOf([], diverges)).toBeNull();
  expect(tries).toEqual([]);
});

test('what needs a hundred cases keeps a hundred at least: whether that is too many is not decided here', async () => {
  const { diverges } = needing(upTo(100));

  expect(await shortestOf(upTo(1_000), diverges)).toEqual(expect.arrayContaining(upTo(100)));
});
