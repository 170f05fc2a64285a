import { describe, expect, test } from 'vitest';
import { trialAddress, trialAt, type TypedTrial } from '../../try-address.ts';
import { trialOf, verdictOn, type Trial } from './trial.ts';

const typed: TypedTrial = { operation: 'softmax', format: 'float32', lane: '1 2 3', target: '0', answer: '' };

function tried(changes: Partial<TypedTrial>): Trial {
  const trial = trialOf({ ...typed, ...changes });
  if (trial.kind === 'none') throw new Error(trial.why);
  return trial;
}

// worked out with 60 digits, by Python's decimal
test.each([
  ['softmax', 'float32', '1 2 3', [0.09003057317038046, 0.24472847105479764, 0.6652409557748219]],
  ['logSoftmax', 'float64', '1 2 3', [-2.40760596444438, -1.4076059644443804, -0.4076059644443803]],
  ['logSumExp', 'float64', '1 2 3', [3.40760596444438]],
  ['crossEntropy', 'float32', '0.1 0', [0.6443966593657348]],
] as const)('the exact answer of %s in %s', (operation, format, lane, exact) => {
  expect(tried({ operation, format, lane }).elements.map((element) => element.exact)).toEqual(exact);
});

test('a lane is what the format holds of it, and so is an answer', () => {
  const [element] = tried({ lane: '0.1 0', answer: '0.1 0' }).elements;

  expect(element).toMatchObject({ logit: Math.fround(0.1), got: Math.fround(0.1) });
});

test.each([
  ['0.09003057 0.24472848 0.66524094', 'agree'],
  ['0.09003057 0.24472848 0.66524143', 'inaccurate'],
  ['0.09003057 0.24472848 0.665', 'wrong'],
  ['NaN 0.24472848 0.66524094', 'wrong'],
])('the answer %s: %s', (answer, verdict) => {
  expect(verdictOn(tried({ answer }))).toBe(verdict);
});

test('the terms that are told are of the worst element, and sum to what it is allowed', () => {
  const { elements, told, tolerance, terms } = tried({ answer: '0.09003057 0.2 0.66524094' });

  expect([told, tolerance]).toEqual([1, 'naive']);
  const { naive } = elements[1]!;
  const sum = terms.reduce((total, { value }) => total + value, 0);
  expect(Math.abs(sum - naive)).toBeLessThanOrEqual(terms.length * 2 ** -53 * naive); // added in another order
});

test('where no number is due, NaN is, exactly', () => {
  expect(verdictOn(tried({ lane: '-inf -inf', answer: 'nan nan' }))).toBe('agree');
  expect(verdictOn(tried({ lane: '-inf -inf', answer: '0 0' }))).toBe('wrong');
});

test.each([
  [{ lane: '1 x' }, 'The lane: “x” is no number.'],
  [{ answer: '1 2' }, 'The answer has 2 of 3 numbers.'],
  [{ operation: 'crossEntropy', target: '3' }, 'The class: a whole number from 0 to 2.'],
  [{ lane: '' }, ''],
] as const)('%j is no trial', (changes, why) => {
  expect(trialOf({ ...typed, ...changes })).toEqual({ kind: 'none', why });
});

test('its address reads back the same', () => {
  const all: TypedTrial = {
    ...typed,
    operation: 'crossEntropy',
    lane: '1, -Infinity&',
    target: '1',
    answer: '2',
  };

  expect(trialAt(trialAddress(all), typed)).toEqual(all);
  expect(trialAt('#findings', typed)).toBeNull();
});

describe('in 16 bits', () => {
  const half = { format: 'float16', lane: '1 1' } as const;

  test('the last rounding is in what is allowed, and its terms sum to that', () => {
    const { elements, told, tolerance, terms } = tried({ ...half, answer: '0.5 0x3801' });
    const sum = terms.reduce((total, { value }) => total + value, 0);

    expect([told, tolerance]).toEqual([1, 'careful']);
    expect(elements[1]).toMatchObject({ got: 0.50048828125, verdict: 'inaccurate', ulps: 1 });
    expect(elements[1]!.carefulUlps).toBeGreaterThan(0.5);
    expect(elements[1]!.carefulUlps).toBeLessThan(0.51);
    expect(Math.abs(sum - elements[1]!.careful)).toBeLessThan(2 ** -50);
  });

  test.each([
    ['float16', '0.5 0x3800', 'agree'],
    ['bfloat16', '0x3f00 0.5', 'agree'],
    ['bfloat16', '0x3f01 0.5', 'inaccurate'],
    ['bfloat16', '0x3f40 0.5', 'wrong'],
  ] as const)('the answer in %s %s: %s', (format, answer, verdict) => {
    expect(verdictOn(tried({ ...half, format, answer }))).toBe(verdict);
  });

  test('bits are numbers of 16 bits alone', () => {
    expect(trialOf({ ...typed, lane: '0x3c00' })).toMatchObject({ why: 'The lane: “0x3c00” is no number.' });
  });
});
