/** The list of all small lanes: nothing is left out, nothing asked twice, and an index is always the same. */
import { expect, test } from 'vitest';
import { whyInvalid } from '../case/case-check.ts';
import type { Case } from '../case/case.ts';
import { kernelNames, operations, type KernelName } from '../contract/subject.ts';
import { encodedHalves, halfFormats, type Format, type HalfFormat } from '../float/format.ts';
import { lanesOf } from '../tensor/lanes.ts';
import type { CampaignSpace } from './case-draw.ts';
import { exhaustiveCase, exhaustiveCount } from './exhaustive.ts';
import { generateCase } from './generate-case.ts';

const spaceFor = (kernel: KernelName, more: Partial<CampaignSpace> = {}): CampaignSpace => ({
  operations,
  kernels: [kernel],
  formats: ['float16'],
  exhaustive: true,
  ...more,
});

function allOf(space: CampaignSpace): readonly Case[] {
  return Array.from({ length: exhaustiveCount(space) }, (_, index) => exhaustiveCase(index, space));
}

/** The words of a column of a matrix. */
const columnOf = (bits: Uint16Array, width: number, column: number): Uint16Array =>
  bits.filter((_, at) => at % width === column);

test.each<KernelName>(['softmax', 'logSumExpBackward', 'crossEntropy'])(
  '%s is asked every pattern once in each place',
  (kernel) => {
    const seen = new Map<string, Uint8Array>();
    let strange = 0;
    for (const c of allOf(spaceFor(kernel))) {
      const bits = encodedHalves(c.logits.data, 'float16');
      const width = c.logits.shape.at(-1)!;
      const place = width === 2 && columnOf(bits, 2, 0).every((word) => word === 0) ? 1 : 0;
      if (width === 2) strange += columnOf(bits, 2, 1 - place).filter((word) => word !== 0).length;
      const target = c.loss === undefined ? '' : `${c.loss.reduction} ${c.loss.target.data[0]}`;
      const sweep = `${width} ${place} ${target} ${c.cotangent?.data[0]}`;
      const times = seen.get(sweep) ?? new Uint8Array(65_536);
      seen.set(sweep, times);
      for (const word of columnOf(bits, width, place)) times[word]!++;
    }

    expect(strange).toBe(0);
    for (const times of seen.values()) expect(times.every((count) => count === 1)).toBe(true);
    expect(seen.size).toBe({ softmax: 3, logSumExpBackward: 6, crossEntropy: 18 }[kernel as 'softmax']);
  },
);

test('every one of the cases is valid by the contract', () => {
  const space = spaceFor('softmax', { kernels: kernelNames, formats: halfFormats });
  const sample = Array.from({ length: Math.floor(exhaustiveCount(space) / 601) }, (_, i) => 601 * i);

  expect(
    sample.map((index) => whyInvalid(exhaustiveCase(index, space))).filter((why) => why !== null),
  ).toEqual([]);
});

test('NaN of every payload, infinities and both zeros are among them', () => {
  const first = allOf(spaceFor('softmax')).filter((c) => c.logits.shape[1] === 1);
  const bits = first.flatMap((c) => [...encodedHalves(c.logits.data, 'float16')]);

  expect(bits).toEqual(Array.from({ length: 65_536 }, (_, i) => i));
});

test('of a mean a gradient comes back as the lane’s own: what it is divided by stands in the cotangent', () => {
  const means = allOf(spaceFor('crossEntropyBackward')).filter(({ loss }) => loss?.reduction === 'mean');

  expect(means.length).toBeGreaterThan(0);
  for (const { cotangent, logits, axis } of means)
    expect(cotangent!.data[0]).toBe(lanesOf(logits.shape, axis).count);
});

test('a case is a function of its index: of no seed, and of nothing asked before', () => {
  const space = spaceFor('softmax', { formats: halfFormats });
  const last = exhaustiveCount(space) - 1;

  const direct = generateCase({ seed: 0n, index: last }, space);

  generateCase({ seed: 7n, index: 3 }, { ...space });
  expect(generateCase({ seed: 9n, index: last }, { ...space })).toEqual(direct);
  expect(direct.format).toBe('bfloat16');
  expect(() => exhaustiveCase(last + 1, space)).toThrow(`index ${last + 1} is beyond the ${last + 1} cases`);
});

test.each<[string, Partial<CampaignSpace>, (c: Case) => boolean]>([
  ['vectors alone', { supports: { rank: [1, 1] } }, ({ logits }) => logits.shape.length === 1],
  ['rank 4 alone', { supports: { rank: [4, 4] } }, ({ logits }) => logits.shape.length === 4],
  ['100 elements', { supports: { maxElements: 100 } }, ({ logits }) => logits.data.length <= 100],
])('what the subject supports is asked, and all of it: %s', (_, more, isSupported) => {
  const space = spaceFor('softmax', more);
  const indices = [0, 1, 5_000, exhaustiveCount(space) - 1].filter((i) => i < exhaustiveCount(space));

  const lanes = exhaustiveCase(0, space).logits.data.length;
  expect(indices.every((index) => isSupported(exhaustiveCase(index, space)))).toBe(true);
  expect(exhaustiveCount(space)).toBe((3 * 65_536) / lanes);
});

test('a subject that takes indices and means alone is asked those', () => {
  const crossEntropy = { target: ['indices'], reduction: ['mean'] } as const;
  const space = spaceFor('crossEntropy', { supports: { crossEntropy } });

  const cases = [0, 1_000, exhaustiveCount(space) - 1].map((index) => exhaustiveCase(index, space));

  for (const { loss } of cases) {
    expect(loss!.reduction).toBe('mean');
    expect(loss!.target.data).toBeInstanceOf(Int32Array);
  }
});

test('without a half there is nothing to list', () => {
  const formats: readonly Format[] = ['float32'];

  expect(() => exhaustiveCount(spaceFor('softmax', { formats }))).toThrow('no format of float32 has 16 bits');
  expect(exhaustiveCount(spaceFor('softmax', { formats: ['float32', 'float16' satisfies HalfFormat] }))).toBe(
    exhaustiveCount(spaceFor('softmax')),
  );
});
