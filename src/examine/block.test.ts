/** Which cases of a block a reference is asked together, and what each of them is answered. */
import { expect, test } from 'vitest';
import { caseSize, isIndexTarget, outputShape, type Case } from '../case/case.ts';
import { operations } from '../contract/subject.ts';
import { generateCase } from '../generate/generate-case.ts';
import { referenceNamed } from '../../reference/index.ts';
import { stackKeyOf } from './stack.ts';
import { defaultArithmetic, type Implementation } from '../subjects/implementation.ts';
import { pooledFloats } from '../float/pool.ts';
import { isAlone, openBlock, type Block } from './block.ts';
import { normalMode, type Range } from './range.ts';

const range: Range = { from: 5, to: 5 + 12 * 1500, step: 12, mode: normalMode };
const space = { operations, formats: ['float32'] } as const;
const cases = new Map<number, Case>();
for (let index = range.from; index < range.to; index += range.step)
  cases.set(index, generateCase({ seed: 9n, index }, space));
const indices = [...cases.keys()];
const generate = (index: number): Case => cases.get(index)!;

const labelStacking = referenceNamed('tfjs-cpu')!.stacking!;

/** Answers zeros, keeps what it was asked, and is asked in stacks as the one of that name is. */
function reference(
  name: string,
  asked: Case[],
  declines: (c: Case) => boolean = () => false,
): Implementation {
  return {
    name,
    version: '1',
    role: 'reference',
    arithmetic: defaultArithmetic,
    stacking: referenceNamed(name)!.stacking!,
    declines: (c) => (declines(c) ? 'not this one' : null),
    run(c) {
      asked.push(c);
      const shape = outputShape(c);
      const data = pooledFloats(
        'float32',
        shape.reduce((a, b) => a * b, 1),
      );
      return { kind: 'values', tensor: { shape, data }, violations: [] };
    },
  };
}

interface Settings {
  readonly unstacked?: readonly string[];
  readonly bytesMax?: number;
  readonly onGenerated?: (index: number) => unknown;
}

function open(
  references: readonly Implementation[],
  { unstacked = [], bytesMax, onGenerated }: Settings = {},
): Block {
  const ignore = (): void => undefined;
  const counted = (index: number): Case => (onGenerated?.(index), generate(index));
  const outside = {
    generate: counted,
    references,
    unstacked: new Set(unstacked),
    onRun: ignore,
    onGenerate: ignore,
  };
  return openBlock(range, outside, bytesMax === undefined ? {} : { bytesMax });
}

/** The indices that the reference at `place` answered in a stack, the block asked in this order. */
async function stackedIn(block: Block, order: readonly number[] = indices, place = 1): Promise<number[]> {
  const stacked: number[] = [];
  for (const index of order) if ((await block.stackedAt(index))[place - 1] !== null) stacked.push(index);
  return stacked.sort((a, b) => a - b);
}

test('most cases are answered in stacks: one call for all of a kernel and width', async () => {
  const asked: Case[] = [];

  const stacked = await stackedIn(open([reference('tfjs-cpu', asked)]));

  expect(stacked.length / indices.length).toBeGreaterThan(0.75);
  expect(asked.length).toBeLessThan(stacked.length / 6);
  expect(new Set(asked.map((c) => stackKeyOf(c, labelStacking))).size).toBe(asked.length);
  expect(asked.every((c) => c.logits.shape.length === 2 && c.axis === -1)).toBe(true);
});

test('one case in 128 is never stacked, nor one that nobody shares its key with, nor one that is declined', async () => {
  const isDeclined = ({ loss }: Case): boolean => loss?.weight !== undefined;
  const stacked = await stackedIn(open([reference('tfjs-cpu', [], isDeclined)]));
  const keyOf = (index: number): string | null => stackKeyOf(generate(index), labelStacking);
  const sharesKey = (index: number): boolean =>
    indices.some((other) => other !== index && !isAlone(other) && keyOf(other) === keyOf(index));

  expect(stacked.filter(isAlone)).toEqual([]);
  expect(stacked.filter((index) => isDeclined(generate(index)))).toEqual([]);
  expect(stacked.filter((index) => !sharesKey(index))).toEqual([]);
  expect(indices.filter(isAlone).length).toBeGreaterThan(5);
});

test('what is stacked does not depend on which case is asked about first, nor on the other references', async () => {
  const first = await stackedIn(open([reference('tfjs-cpu', [])]));
  const backwards = await stackedIn(open([reference('tfjs-cpu', [])]), [...indices].reverse());
  const inCompany = open([reference('tensorflow', []), reference('tfjs-cpu', [])]);

  expect(backwards).toEqual(first);
  expect(await stackedIn(inCompany, indices, 2)).toEqual(first);
});

test('every reference is asked in its own way: tensorflow for indices as they are', async () => {
  const [own, publicApi]: [Case[], Case[]] = [[], []];
  await stackedIn(
    open([
      reference('tensorflow', own, ({ loss }) => (loss?.labelSmoothing ?? 0) > 0),
      reference('tfjs-cpu', publicApi),
    ]),
  );

  expect(own.some(({ loss }) => loss !== undefined && isIndexTarget(loss.target))).toBe(true);
  expect(publicApi.some(({ loss }) => loss !== undefined)).toBe(true);
  expect(publicApi.some(({ loss }) => loss !== undefined && isIndexTarget(loss.target))).toBe(false);
});

test('a key that is not to be stacked is asked alone, and no other', async () => {
  const all = await stackedIn(open([reference('tfjs-cpu', [])]));
  const key = stackKeyOf(generate(all[0]!), labelStacking)!;

  const left = await stackedIn(open([reference('tfjs-cpu', [])], { unstacked: [key] }));

  expect(left).toEqual(all.filter((index) => stackKeyOf(generate(index), labelStacking) !== key));
  expect(left.length).toBeLessThan(all.length);
});

test('the stack that a case was asked in is there to be shown, and null for one that was asked alone', async () => {
  const asked: Case[] = [];
  const block = open([reference('tfjs-cpu', asked)]);
  const stacked = await stackedIn(block);
  const alone = indices.find(isAlone)!;

  expect(block.stackCaseAt(stacked[0]!, 1)).toEqual(asked[0]);
  expect(block.stackCaseAt(alone, 1)).toBeNull();
});

test('a stack that is not answered leaves its cases to be asked alone', async () => {
  const throwing: Implementation = {
    ...reference('tfjs-cpu', []),
    run: () => ({ kind: 'threw', message: 'not today' }),
  };

  expect(await stackedIn(open([throwing]))).toEqual([]);
});

test('a reference without stacking is asked each case alone, and the others in stacks as before', async () => {
  const asked: Case[] = [];
  const { stacking, ...alone } = reference('tfjs-cpu', asked);
  const both = (): Block => open([alone, reference('tfjs-cpu', [])]);

  expect(stacking).toBeDefined();
  expect(await stackedIn(both())).toEqual([]);
  expect(asked).toEqual([]);
  expect(await stackedIn(both(), indices, 2)).toEqual(await stackedIn(open([reference('tfjs-cpu', [])])));
});

test('a block keeps no case that is too large for a stack, and no more than it has room for', async () => {
  const large = indices.filter((index) => caseSize(generate(index)) > 2_048);
  const timesIn = async (settings: Settings): Promise<Map<number, number>> => {
    const times = new Map<number, number>();
    const onGenerated = (index: number): unknown => times.set(index, (times.get(index) ?? 0) + 1);
    const block = open([reference('tfjs-cpu', [])], { ...settings, onGenerated });
    await stackedIn(block);
    for (const index of indices) block.caseAt(index);
    return times;
  };

  const roomy = await timesIn({});
  const narrow = await timesIn({ bytesMax: 10_000 });

  expect(large.length).toBeGreaterThan(0);
  expect(indices.filter((index) => roomy.get(index)! > 1)).toEqual(large);
  expect(indices.filter((index) => narrow.get(index)! > 1).length).toBeGreaterThan(indices.length / 2);
});

test('what is stacked is the same where there is room for few cases', async () => {
  const all = await stackedIn(open([reference('tfjs-cpu', [])]));

  expect(await stackedIn(open([reference('tfjs-cpu', [])], { bytesMax: 10_000 }))).toEqual(all);
});
