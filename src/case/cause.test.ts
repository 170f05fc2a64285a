import { describe, expect, test } from 'vitest';
import { caseToJson } from './case-json.ts';
import type { CallForm } from './call-form.ts';
import type { Case, Loss } from './case.ts';
import { causesOf } from './cause.ts';
import type { Finding } from './finding.ts';
import { floatArrayFrom, type Format } from '../float/format.ts';
import { exampleFinding } from './fixtures/example-finding.ts';
import type { Invalidity } from './invalidity.ts';

let made = 0;

interface Shown {
  readonly logits: readonly number[];
  readonly shape?: readonly number[];
  readonly axis?: number;
  readonly operation?: 'softmax' | 'logSoftmax' | 'crossEntropy';
  readonly loss?: Partial<Loss>;
  readonly format?: Format;
  readonly call?: CallForm;
  readonly invalid?: Invalidity;
}

const meanOfClass0: Loss = {
  target: { shape: [], data: Int32Array.of(0) },
  reduction: 'mean',
  labelSmoothing: 0,
};

/** A finding of the subject whose root is the softmax of these logits. */
function findingAt(
  {
    logits,
    shape = [logits.length],
    axis = 0,
    operation = 'softmax',
    loss,
    format = 'float32',
    call,
    invalid,
  }: Shown,
  changes: Partial<Finding> = {},
): Finding {
  const c: Case = {
    operation,
    direction: 'forward',
    format,
    axis,
    logits: { shape, data: floatArrayFrom(format, logits) },
    regimes: [],
    checks: [],
    ...(loss === undefined ? {} : { loss: { ...meanOfClass0, ...loss } }),
    ...(call === undefined ? {} : { call }),
    ...(invalid === undefined ? {} : { invalid }),
  };
  const json = caseToJson(c);
  return exampleFinding({
    blame: 'subject',
    signature: `2:${operation}/forward/any/subject/exact/wrong/ulps/finite/default/any#${made++}`,
    operation,
    minimal: json,
    root: json,
    ...changes,
  });
}

const groups = (findings: readonly Finding[]): number[] =>
  causesOf(findings).map((cause) => cause.findings.length);

describe('of a half', () => {
  const half = { logits: [0, 1], format: 'float16' } as const;
  const inaccurate = { severity: 'inaccurate' } as const;
  const smoothed = { ...half, operation: 'crossEntropy', loss: { labelSmoothing: 0.5 } } as const;
  const weight = { shape: [2], data: Float64Array.of(1, 3) };
  const weighted = { ...smoothed, format: 'bfloat16', loss: { weight } } as const;

  test('what is only inaccurate in one kernel is of one cause, whatever gives the numbers that are rounded', () => {
    expect(groups([findingAt(smoothed, inaccurate), findingAt(weighted, inaccurate)])).toEqual([2]);
    expect(groups([findingAt(smoothed), findingAt(weighted)])).toEqual([1, 1]);
  });

  test('and apart from what is inaccurate in float32', () => {
    const wide = { ...smoothed, loss: {}, format: 'float32' } as const;

    expect(groups([findingAt(smoothed, inaccurate), findingAt(wide, inaccurate)])).toEqual([1, 1]);
  });
});

describe('findings are of one cause', () => {
  test('where one needs nothing that the other does not need as well', () => {
    expect(groups([findingAt({ logits: [128] }), findingAt({ logits: [0, -256] })])).toEqual([2]);
    expect(groups([findingAt({ logits: [0, 1] }), findingAt({ logits: [256, 0] })])).toEqual([2]);
  });

  test('where two kernels show it by the very same logits, and these say something', () => {
    const other = { operation: 'logSoftmax' } as const;

    expect(groups([findingAt({ logits: [128] }), findingAt({ logits: [128], ...other })])).toEqual([2]);
    expect(groups([findingAt({ logits: [128] }), findingAt({ logits: [256], ...other })])).toEqual([1, 1]);
    expect(groups([findingAt({ logits: [0] }), findingAt({ logits: [0], ...other })])).toEqual([1, 1]);
  });

  test('where each is of the mean of nothing, whichever option took the last position away', () => {
    const over = (loss: Partial<Loss>): Finding =>
      findingAt({ logits: [0], operation: 'crossEntropy', loss });
    const weightless = { weight: { shape: [1], data: Float32Array.of(0) } };
    const ignored = { target: { shape: [], data: Int32Array.of(7) }, ignoreIndex: 7 };

    expect(groups([over(weightless), over(ignored)])).toEqual([2]);
    expect(
      groups([over({ ...weightless, reduction: 'sum' }), over({ ...ignored, reduction: 'sum' })]),
    ).toEqual([1, 1]);
  });

  test('where one buffer for all answers shows in several forms of the call', () => {
    const shared = { oracle: 'conduct', symptom: 'output-overwritten' } as const;
    const later = findingAt({ logits: [0], call: { kind: 'later-calls', calls: 1 } }, shared);
    const inFlight = findingAt({ logits: [0], call: { kind: 'in-flight', started: 'first' } }, shared);

    expect(groups([later, inFlight])).toEqual([2]);
  });

  test('where a range of an argument is checked on neither side', () => {
    const accepted = { oracle: 'conduct', symptom: 'accepted' } as const;
    const outside = (invalid: Invalidity): Finding => findingAt({ logits: [0], invalid }, accepted);

    expect(groups([outside('axis-above'), outside('axis-below')])).toEqual([2]);
    expect(groups([outside('axis-above'), outside('axis-fraction')])).toEqual([1, 1]);
  });

  test('where the ledger knows them as one entry', () => {
    const ofLedger = { blame: 'tfjs-cpu', ledger: 'infinite-maximum', known: true };

    expect(groups([findingAt({ logits: [128] }, ofLedger), findingAt({ logits: [NaN] }, ofLedger)])).toEqual([
      2,
    ]);
  });
});

describe('findings are of two causes', () => {
  test('where each needs something that the other does not', () => {
    const inner = { logits: [0, 0, 0, 1], shape: [2, 2], axis: 0 };

    expect(groups([findingAt({ logits: [128] }), findingAt(inner)])).toEqual([1, 1]);
  });

  test('where one needs nothing and the other what plain cases do not have', () => {
    const plain = findingAt({ logits: [0, 1] });
    const lanes = findingAt({ logits: [0, 1], shape: [2, 1], axis: 1 });

    expect(groups([plain, findingAt({ logits: [NaN, 0] })])).toEqual([1, 1]);
    expect(groups([plain, lanes])).toEqual([1, 1]);
  });

  test('where one needs many lanes or a wide one, which shrinking takes away where it can', () => {
    const plain = findingAt({ logits: [0, 1] });
    const wide = findingAt({ logits: Array<number>(1025).fill(0) });
    const many = findingAt({ logits: Array<number>(65).fill(0), shape: [65, 1], axis: 1 });

    expect(groups([plain, wide])).toEqual([1, 1]);
    expect(groups([plain, many])).toEqual([1, 1]);
    expect(groups([wide, many])).toEqual([1, 1]);
  });

  test('where one needs targets that are no distribution and the other an option', () => {
    const negative = findingAt({
      logits: [0, 0],
      operation: 'crossEntropy',
      loss: { target: { shape: [2], data: Float32Array.of(0, -1) } },
    });
    const smoothed = findingAt({ logits: [0, 1], operation: 'crossEntropy', loss: { labelSmoothing: 0.25 } });

    expect(groups([negative, smoothed])).toEqual([1, 1]);
  });

  test('where one is of values and the other of conduct, or another implementation is blamed', () => {
    const threw = { oracle: 'conduct', symptom: 'threw' } as const;

    expect(groups([findingAt({ logits: [0] }), findingAt({ logits: [0] }, threw)])).toEqual([1, 1]);
    expect(groups([findingAt({ logits: [0] }), findingAt({ logits: [0] }, { blame: 'tfjs-cpu' })])).toEqual([
      1, 1,
    ]);
  });
});

test('what is only inaccurate is of one cause at every width, and what is wrong is not', () => {
  const wide = (width: number, changes: Partial<Finding> = {}): Finding =>
    findingAt({ logits: Array<number>(width).fill(0) }, changes);
  const inaccurate = { severity: 'inaccurate' } as const;

  expect(groups([wide(42, inaccurate), wide(99, inaccurate)])).toEqual([2]);
  expect(groups([wide(42), wide(99)])).toEqual([1, 1]);
});

test('a cause that two others explain joins one of them, and does not unite them', () => {
  const large = findingAt({ logits: [128] });
  const lanes = findingAt({ logits: [0, 0], shape: [2, 1], axis: 1 });
  const both = findingAt({ logits: [128, 0], shape: [2, 1], axis: 1 });

  expect(groups([both, lanes, large]).sort((a, b) => a - b)).toEqual([1, 2]);
});

test('the causes, their names and their order depend on the set of findings alone', () => {
  const findings = [
    findingAt({ logits: [128] }, { index: 3 }),
    findingAt({ logits: [0, 256] }, { index: 1 }),
    findingAt({ logits: [0, 0, 0, 1], shape: [2, 2], axis: 0 }, { index: 2 }),
    findingAt({ logits: [NaN] }, { index: 0, severity: 'inaccurate' }),
  ];
  const told = (all: readonly Finding[]): unknown =>
    causesOf(all).map(({ id, cases, severity, findings: of }) => [
      id,
      cases,
      severity,
      of.map((f) => f.index),
    ]);

  expect(told(findings.toReversed())).toEqual(told(findings));
  expect(told(findings)).toEqual([
    [expect.stringMatching(/^[0-9a-f]{8}$/), 24, 'wrong', [3, 1]],
    [expect.any(String), 12, 'wrong', [2]],
    [expect.any(String), 12, 'inaccurate', [0]],
  ]);
});

test('what an exact answer is held against leads a cause before what breaks a law, whatever their sizes', () => {
  const law = findingAt({ logits: Array<number>(8).fill(0) }, { oracle: 'property', index: 1 });
  const exact = findingAt({ logits: Array<number>(9).fill(0) }, { oracle: 'exact', index: 2 });

  expect(causesOf([law, exact]).map(({ findings: of }) => of.map(({ index }) => index))).toEqual([[2, 1]]);
});

test('a finding of old has no root: its minimal case stands for it', () => {
  const { root: _root, ...ofOld } = findingAt({ logits: [128] });

  expect(groups([ofOld, findingAt({ logits: [512, 0] })])).toEqual([2]);
});
