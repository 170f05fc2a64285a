/** References that are asked ahead: whom, in which order, and that no call is made a second time. */
import { expect, test } from 'vitest';
import { caseSize, outputShape, type Case } from '../case/case.ts';
import { operations } from '../contract/subject.ts';
import { isAlone, openBlock, type Block } from '../examine/block.ts';
import type { CallPlace } from '../examine/call-place.ts';
import { normalMode, type Range } from '../examine/range.ts';
import { caseElementsMax } from '../examine/stack.ts';
import { generateCase } from '../generate/generate-case.ts';
import { referenceNamed } from '../../reference/index.ts';
import { defaultArithmetic, type Implementation } from '../subjects/implementation.ts';
import { sizeOf } from '../tensor/tensor.ts';
import { referencesAhead } from './references-ahead.ts';

const range: Range = { from: 5, to: 5 + 12 * 600, step: 12, mode: normalMode };
const space = { operations, formats: ['float32'] } as const;
const indices = Array.from({ length: 600 }, (_, i) => 5 + 12 * i);

type Asked = readonly [reference: string, c: Case];

/** Answers zeros and keeps what it was asked. */
function reference(name: string, asked: Asked[]): Implementation {
  return {
    name,
    version: '1',
    role: 'reference',
    arithmetic: defaultArithmetic,
    stacking: referenceNamed('tfjs-cpu')!.stacking!,
    declines: (c) => (c.loss?.weight === undefined ? null : 'no weights'),
    run(c) {
      asked.push([name, c]);
      const shape = outputShape(c);
      return {
        kind: 'values',
        tensor: { shape, data: new Float32Array(sizeOf(shape)) },
        violations: [],
      };
    },
  };
}

function openOver(references: readonly Implementation[]): Block {
  return openBlock(range, {
    generate: (index) => generateCase({ seed: 9n, index }, space),
    references,
    unstacked: new Set(),
    onRun: () => undefined,
    onGenerate: () => undefined,
  });
}

async function askedAhead(some: readonly number[] = indices): Promise<{
  readonly asked: Asked[];
  readonly places: CallPlace[];
  readonly block: Block;
  readonly references: readonly Implementation[];
}> {
  const [asked, places]: [Asked[], CallPlace[]] = [[], []];
  const ahead = referencesAhead([reference('a', asked), reference('b', asked)]);
  const block = openOver(ahead.references);
  await ahead.ask(some, block, { write: (place) => places.push(place) });
  return { asked, places, block, references: ahead.references };
}

test('one reference after the other is asked all that it is not asked in a stack, and told of', async () => {
  const { asked, places, block, references } = await askedAhead();

  const names = asked.map(([name]) => name);
  expect(names.indexOf('b')).toBe(names.lastIndexOf('a') + 1);
  const due = indices.filter((index) => {
    const c = block.caseAt(index);
    const isOwed = caseSize(c) <= caseElementsMax && references[0]!.declines(c) === null;
    return isOwed && block.aloneAt(index, 1) !== null;
  });
  expect(due.filter(isAlone).length).toBeGreaterThan(0);
  expect(due.length).toBeGreaterThan(due.filter(isAlone).length);
  expect(places).toEqual([1, 2].flatMap((place) => due.map((index) => ({ index, stage: 'judge', place }))));
});

test('who asks again is answered what was answered, once for each time that the case is judged with', async () => {
  const { asked, places, block, references } = await askedAhead();
  const before = asked.length;

  for (const { index, place } of places) {
    const c = block.caseAt(index);
    for (let time = 0; time < (c.checks.includes('repeat') ? 2 : 1); time++)
      await references[place - 1]!.run(c);
  }

  expect(asked).toHaveLength(before);
  await references[0]!.run(block.caseAt(places[0]!.index));
  expect(asked).toHaveLength(before + 1);
});

test('nobody is asked ahead what is not of the part of the job', async () => {
  const part = indices.slice(100, 200);

  const { places } = await askedAhead(part);

  expect(places.length).toBeGreaterThan(0);
  expect(places.filter(({ index }) => !part.includes(index))).toEqual([]);
});
