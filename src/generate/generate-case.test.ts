import { describe, expect, test } from 'vitest';
import { callFormText } from '../case/call-form.ts';
import { isIndexTarget, type Case } from '../case/case.ts';
import { kernelTable, operations, type Operation } from '../contract/subject.ts';
import { whyInvalid } from '../case/case-check.ts';
import { tensorsOf } from '../case/case-tensors.ts';
import { decodedHalves, halfFormats, isHalf, nativeFormats, type HalfFormat } from '../float/format.ts';
import { generateCase, generatorVersion } from './generate-case.ts';

const space = { operations, formats: nativeFormats };

/** FNV-1a over every byte of every tensor. */
function digestOf(c: Case): string {
  let hash = 0x811c9dc5;
  for (const tensor of [c.logits, c.cotangent, c.loss?.target, c.loss?.weight]) {
    if (tensor === undefined) continue;
    const { buffer, byteOffset, byteLength } = tensor.data;
    for (const byte of new Uint8Array(buffer, byteOffset, byteLength))
      hash = Math.imul(hash ^ byte, 0x01000193);
  }
  return (hash >>> 0).toString(16).padStart(8, '0');
}

const showValues = (data: ArrayLike<number>): string => {
  const shown = Array.from({ length: Math.min(4, data.length) }, (_, i) => Number(data[i]!.toPrecision(4)));
  return `[${shown.map((v) => (Object.is(v, -0) ? '-0' : v)).join(' ')}${data.length > 4 ? ' …' : ''}]`;
};

function showCase(c: Case, index: number): string {
  const { loss, cotangent } = c;
  const parts = [
    `${index} ${c.operation}/${c.direction} ${c.format} [${c.logits.shape}] axis ${c.axis} ${c.regimes.join('+')}`,
    `x ${showValues(c.logits.data)}`,
    cotangent && `dy ${showValues(cotangent.data)}`,
    loss && `${isIndexTarget(loss.target) ? 'y' : 't'} ${showValues(loss.target.data)} ${loss.reduction}`,
    loss && loss.labelSmoothing > 0 && `ε ${loss.labelSmoothing}`,
    loss?.weight && `w ${showValues(loss.weight.data)}`,
    loss?.ignoreIndex !== undefined && `ignore ${loss.ignoreIndex}`,
    c.call && callFormText(c.call),
    c.checks.length > 0 && c.checks.join('+'),
    digestOf(c),
  ];
  return parts.filter((part) => typeof part === 'string').join(' · ');
}

test('the first 20 cases of seed 42 are these, for as long as generatorVersion is what it is', async () => {
  const cases = Array.from({ length: 20 }, (_, index) => generateCase({ seed: 42n, index }, space));
  const text = [`generatorVersion ${generatorVersion}`, ...cases.map(showCase)].join('\n');

  await expect(`${text}\n`).toMatchFileSnapshot('seed-42.snapshot.txt');
});

describe('a case is a function of seed, index and space alone', () => {
  const forwards = Array.from({ length: 500 }, (_, index) => generateCase({ seed: 6n, index }, space));

  test('in whatever order it is asked for', () => {
    const backwards = Array.from({ length: 500 }, (_, i) =>
      generateCase({ seed: 6n, index: 499 - i }, space),
    );

    expect(backwards.reverse()).toEqual(forwards);
  });

  test('with another seed asked between', () => {
    const between = Array.from({ length: 500 }, (_, index) => {
      generateCase({ seed: 7n, index: 3 * index }, space);
      return generateCase({ seed: 6n, index }, space);
    });

    expect(between.map(digestOf)).toEqual(forwards.map(digestOf));
  });

  test('in whatever order the operations and formats are named', () => {
    const reversed = { operations: operations.toReversed(), formats: nativeFormats.toReversed() };

    expect(Array.from({ length: 500 }, (_, index) => generateCase({ seed: 6n, index }, reversed))).toEqual(
      forwards,
    );
  });

  test('and differs from one seed to the next, up to 2^64 − 1', () => {
    const seeds = [0n, 1n, 2n ** 32n, 2n ** 63n, 2n ** 64n - 2n, 2n ** 64n - 1n];
    const digests = seeds.map((seed) =>
      Array.from({ length: 20 }, (_, index) => digestOf(generateCase({ seed, index }, space))).join(),
    );

    expect(new Set(digests).size).toBe(seeds.length);
  });

  test('and two cases share no memory', () => {
    const spans = forwards
      .map(({ logits: { data } }) => data)
      .filter((data) => data.byteLength > 0)
      .map((data) => ({ data, end: data.byteOffset + data.byteLength }));
    const shared = spans.filter((a) =>
      spans.some(
        (b) =>
          a !== b &&
          a.data.buffer === b.data.buffer &&
          a.data.byteOffset < b.end &&
          b.data.byteOffset < a.end,
      ),
    );

    expect(spans.length).toBeGreaterThan(400);
    expect(shared).toEqual([]);
  });
});

test.each([
  { operations: [] as Operation[], formats: nativeFormats },
  { operations, formats: [] },
  { operations: ['softmax'] as Operation[], directions: ['targetBackward'] as const, formats: nativeFormats },
])('an empty space is refused: %j', (empty) => {
  expect(() => generateCase({ seed: 0n, index: 0 }, empty)).toThrow(RangeError);
});

/** All numbers of a half: NaN too, which a set knows. */
const numbersOf: Readonly<Record<HalfFormat, ReadonlySet<number>>> = {
  float16: new Set(
    decodedHalves(
      Uint16Array.from({ length: 65_536 }, (_, bits) => bits),
      'float16',
    ),
  ),
  bfloat16: new Set(
    decodedHalves(
      Uint16Array.from({ length: 65_536 }, (_, bits) => bits),
      'bfloat16',
    ),
  ),
};

/** What the contract asks of a case, written from its text: the first rule that the case breaks, or null. */
function violationOf(c: Case): string | null {
  const rank = c.logits.shape.length;
  const axis = c.axis < 0 ? c.axis + Math.max(rank, 1) : c.axis;
  const product = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);
  const hasShape = (
    tensor: { shape: readonly number[]; data: ArrayLike<number> },
    shape: readonly number[],
  ): boolean => tensor.shape.join() === shape.join() && tensor.data.length === product(shape);
  const array = c.format === 'float32' ? Float32Array : Float64Array;
  const isHeld = (value: number): boolean => !isHalf(c.format) || numbersOf[c.format].has(value);
  const isFinite = (data: ArrayLike<number>): boolean => Array.from(data).every((v) => Number.isFinite(v));
  const outer = c.logits.shape.filter((_, i) => i !== axis);
  const classes = c.logits.shape[axis] ?? 1;
  const { loss } = c;

  if (!kernelTable.some((row) => row.operation === c.operation && row.direction === c.direction))
    return 'kernel';
  if (rank > 6 || !c.logits.shape.every((n) => Number.isInteger(n) && n >= 0)) return 'shape';
  if (!Number.isInteger(axis) || axis < 0 || axis >= Math.max(rank, 1)) return 'axis';
  if (!(c.logits.data instanceof array) || !hasShape(c.logits, c.logits.shape)) return 'logits';
  if (c.logits.data.length > 4_194_304) return 'size';
  if (c.regimes.length === 0 || c.regimes.join() !== [...new Set(c.regimes)].sort().join()) return 'regimes';
  if (c.checks.join() !== [...new Set(c.checks)].sort().join()) return 'checks';

  for (const { name, tensor, format } of tensorsOf(c))
    if (format !== 'int32' && !Array.from(tensor.data).every(isHeld)) return `${name} of the half`;

  if (c.call?.kind === 'axis' && axis !== Math.max(rank, 1) - 1) return 'axis left out';
  if (c.call?.kind === 'defaults' && loss === undefined) return 'defaults of no options';

  const sameAsLogits = c.operation === 'softmax' || c.operation === 'logSoftmax';
  const hasOuterShape = c.operation === 'logSumExp' || loss?.reduction === 'none';
  const outputShape = sameAsLogits ? c.logits.shape : hasOuterShape ? outer : [];
  if ((c.cotangent === undefined) !== (c.direction === 'forward')) return 'cotangent there or not';
  if (c.cotangent && !(c.cotangent.data instanceof array && hasShape(c.cotangent, outputShape)))
    return 'cotangent';
  if (c.cotangent && !isFinite(c.cotangent.data)) return 'cotangent finite';

  if ((loss === undefined) !== (c.operation !== 'crossEntropy')) return 'loss there or not';
  if (loss === undefined) return null;
  const { target, weight, ignoreIndex, labelSmoothing } = loss;
  if (!['mean', 'sum', 'none'].includes(loss.reduction)) return 'reduction';
  if (!isHeld(labelSmoothing)) return 'labelSmoothing of the half';
  if (!(labelSmoothing >= 0 && labelSmoothing <= 1)) return 'labelSmoothing';
  if (c.format === 'float32' && Math.fround(labelSmoothing) !== labelSmoothing)
    return 'labelSmoothing of the format';
  if ('weight' in loss && !(weight!.data instanceof array && hasShape(weight!, [classes]))) return 'weight';
  if (weight && !(isFinite(weight.data) && weight.data.every((w) => w >= 0))) return 'weight finite and ≥ 0';
  if (target.data instanceof Int32Array) {
    if (c.direction === 'targetBackward') return 'gradient to an index';
    if (!hasShape(target, outer)) return 'index shape';
    if ('ignoreIndex' in loss && !Number.isInteger(ignoreIndex)) return 'ignoreIndex';
    return target.data.every((y) => y === ignoreIndex || (y >= 0 && y < classes)) ? null : 'index range';
  }
  if ('ignoreIndex' in loss) return 'ignoreIndex with probabilities';
  if (!(target.data instanceof array && hasShape(target, c.logits.shape))) return 'probabilities';
  return isFinite(target.data) ? null : 'probabilities finite';
}

test.each([1n, 2n ** 64n - 1n])('all of 20,000 cases of seed %s are valid by the contract', (seed) => {
  const violations = Array.from({ length: 20_000 }, (_, index) => {
    const violation = violationOf(generateCase({ seed, index }, space));
    return violation === null ? [] : [`${index}: ${violation}`];
  }).flat();

  expect(violations).toEqual([]);
});

test.each(halfFormats)('all of 20,000 cases of %s are valid, by the text and by the check', (format) => {
  const violations = Array.from({ length: 20_000 }, (_, index) => {
    const c = generateCase({ seed: 3n, index }, { operations, formats: [format] });
    const violation = violationOf(c) ?? whyInvalid(c);
    return violation === null ? [] : [`${index}: ${violation}`];
  }).flat();

  expect(violations).toEqual([]);
});

test('the validity check of this file refuses broken cases', () => {
  const find = (matches: (c: Case) => boolean): Case =>
    Array.from({ length: 500 }, (_, index) => generateCase({ seed: 1n, index }, space)).find(matches)!;
  const indexed = find(
    (c) => c.loss !== undefined && isIndexTarget(c.loss.target) && c.loss.target.data.length > 0,
  );
  const backward = find((c) => c.cotangent !== undefined && c.cotangent.data.length > 0);
  const { cotangent, ...noCotangent } = backward;

  expect(violationOf({ ...indexed, axis: indexed.logits.shape.length + 1 })).toBe('axis');
  expect(violationOf({ ...indexed, loss: { ...indexed.loss!, labelSmoothing: 1.5 } })).toBe('labelSmoothing');
  const inner = find(({ logits: { shape }, axis }) => shape.length > 1 && axis === 0);
  expect(violationOf({ ...inner, call: { kind: 'axis', as: 'absent' } })).toBe('axis left out');
  expect(violationOf(noCotangent)).toBe('cotangent there or not');
  expect(
    violationOf({ ...backward, cotangent: { ...cotangent!, data: cotangent!.data.map(() => NaN) } }),
  ).toBe('cotangent finite');
  const outside = {
    shape: indexed.loss!.target.shape,
    data: indexed.loss!.target.data.map(() => 1e6) as Int32Array,
  };
  expect(violationOf({ ...indexed, loss: { ...indexed.loss!, target: outside } })).toBe('index range');
});
