import { describe, expect, test } from 'vitest';
import { UsageError } from '../contract/failure.ts';
import { caseFromJson, caseToJson, readCase, type CaseJson } from './case-json.ts';
import type { CallForm } from './call-form.ts';
import type { Case } from './case.ts';
import { exampleCase } from './fixtures/example-finding.ts';
import { tensorFromJson } from './tensor-json.ts';

const lossCase: Case = {
  operation: 'crossEntropy',
  direction: 'backward',
  format: 'float64',
  axis: -2,
  logits: { shape: [3, 2], data: Float64Array.of(1e300, -0, 5e-324, Infinity, -Infinity, 0.1) },
  cotangent: { shape: [2], data: Float64Array.of(1, -2) },
  loss: {
    target: { shape: [2], data: Int32Array.of(2, -100) },
    reduction: 'none',
    labelSmoothing: 0.1,
    weight: { shape: [3], data: Float64Array.of(0, 1, 2) },
    ignoreIndex: -100,
  },
  regimes: ['huge', 'signed-zeros'],
  checks: ['gradient', 'repeat'],
};

/** What makes the last axis of the loss that of its classes. */
const lastAxis: Partial<Case> = { logits: { ...lossCase.logits, shape: [2, 3] } };

const softmaxCase: Case = {
  operation: 'softmax',
  direction: 'forward',
  format: 'float32',
  axis: 1,
  logits: { shape: [1, 3], data: Float32Array.of(1, 2, 3) },
  regimes: [],
  checks: [],
};

/** Parsed from text, as it comes from a file: `__proto__` is an own key then. */
function changed(c: Case, change: (json: Record<string, unknown>) => void): unknown {
  const json = structuredClone(caseToJson(c)) as unknown as Record<string, unknown>;
  change(json);
  return JSON.parse(JSON.stringify(json)) as unknown;
}

function bitsOf({ data }: { data: Float32Array | Float64Array | Int32Array }): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

describe('a case comes back from its JSON text', () => {
  test.each([
    ['with all there is', lossCase],
    ['with the least there is', softmaxCase],
  ])('%s', (_, c) => {
    expect(caseFromJson(JSON.parse(JSON.stringify(caseToJson(c))))).toEqual(c);
  });

  test.each<CallForm>([
    { kind: 'axis', as: 'absent' },
    { kind: 'defaults', as: 'undefined' },
    { kind: 'view', from: 5 },
    { kind: 'same-arrays' },
    { kind: 'later-calls', calls: 2 },
    { kind: 'in-flight', started: 'second' },
  ])('called in the form %j', (call) => {
    const c: Case = { ...lossCase, axis: -1, call };

    expect(caseFromJson(JSON.parse(JSON.stringify(caseToJson({ ...c, ...lastAxis }))))).toEqual({
      ...c,
      ...lastAxis,
    });
  });

  test('of rank 0, and without elements', () => {
    const scalar = { ...softmaxCase, axis: -1, logits: { shape: [], data: Float32Array.of(7) } };
    const empty = { ...softmaxCase, logits: { shape: [0, 3], data: new Float32Array(0) } };

    expect(caseFromJson(caseToJson(scalar))).toEqual(scalar);
    expect(caseFromJson(caseToJson(empty))).toEqual(empty);
  });

  test("to the bit: −0, subnormals and a NaN's payload", () => {
    const bits = Uint32Array.of(0x80000000, 0x00000001, 0xffc12345);
    const c = { ...softmaxCase, logits: { shape: [1, 3], data: new Float32Array(bits.buffer) } };

    expect(bitsOf(caseFromJson(caseToJson(c)).logits)).toEqual(bitsOf(c.logits));
  });

  test('from a view into a larger buffer only its own elements are written', () => {
    const data = Float32Array.of(9, 1, 2, 3, 9).subarray(1, 4);

    const { logits } = caseFromJson(caseToJson({ ...softmaxCase, logits: { shape: [1, 3], data } }));

    expect([...logits.data]).toEqual([1, 2, 3]);
    expect(logits.data.buffer.byteLength).toBe(12);
  });

  test('in bytes that are little-endian', () => {
    expect(Buffer.from(caseToJson(softmaxCase).logits.base64, 'base64').subarray(0, 4).toString('hex')).toBe(
      '0000803f',
    );
  });
});

describe('hostile JSON is refused in a sentence that names the place and the value', () => {
  const { logits } = caseToJson(softmaxCase);
  const withLogits = (change: object) =>
    changed(softmaxCase, (json) => (json['logits'] = { ...logits, ...change }));

  test.each<[string, unknown, string]>([
    ['null', null, 'the case: the whole is null, but has to be an object'],
    ['a list', [], 'the case: the whole is an array of 0'],
    [
      'another version',
      changed(softmaxCase, (json) => (json['schemaVersion'] = 2)),
      'schemaVersion is 2, but has to be 1',
    ],
    [
      'an unknown operation',
      changed(softmaxCase, (json) => (json['operation'] = 'softmix')),
      'operation is "softmix"',
    ],
    [
      'an unknown key',
      changed(softmaxCase, (json) => (json['module'] = './evil.js')),
      'unknown key "module"',
    ],
    ['a prototype', JSON.parse('{"__proto__":{"operation":"softmax"}}'), 'schemaVersion is missing'],
    [
      'an axis beyond the rank',
      changed(softmaxCase, (json) => (json['axis'] = 2)),
      'axis 2 is not an integer in [-2, 1]',
    ],
    [
      'a fractional axis',
      changed(softmaxCase, (json) => (json['axis'] = 0.5)),
      'axis is 0.5, but has to be a whole number',
    ],
    ['an axis that is NaN', changed(softmaxCase, (json) => (json['axis'] = Number.NaN)), 'axis is null'],
    ['a rank that is NaN', withLogits({ shape: Number.NaN }), 'logits.shape is null'],
    ['a negative size', withLogits({ shape: [-1, 3] }), 'logits.shape[0] is -1, but has to be at least 0'],
    [
      'a huge size',
      withLogits({ shape: [1e15, 3] }),
      'logits.shape[0] is 1000000000000000, but has to be at most 16777216',
    ],
    [
      'sizes whose product overflows',
      withLogits({ shape: Array<number>(32).fill(2 ** 24) }),
      'has more than 16777216 elements',
    ],
    [
      'a huge outer size over an empty axis',
      withLogits({ shape: [2 ** 24, 2, 0] }),
      'has more than 16777216 elements',
    ],
    [
      'a rank of 33',
      withLogits({ shape: Array<number>(33).fill(1) }),
      'logits.shape is an array of 33, but has to be at most 32 entries',
    ],
    [
      'fewer bytes than the shape',
      withLogits({ shape: [2, 3] }),
      'logits.base64 holds 12 bytes, not the 24 bytes of float32 [2, 3]',
    ],
    [
      'base64 that is cut off',
      withLogits({ base64: logits.base64.slice(0, -3) }),
      'logits.base64: "AACAPwAAAEAAA" (13 characters) is not whole base64',
    ],
    ['base64 with spaces', withLogits({ base64: `${logits.base64} ` }), 'is not whole base64'],
    [
      'base64 with bits that decode to nothing',
      withLogits({ shape: [1], format: 'int32', base64: 'AAAAAB==' }),
      'is not whole base64',
    ],
    ['logits of integers', withLogits({ format: 'int32' }), 'logits.format is "int32"'],
    [
      'another format than the case',
      changed(softmaxCase, (json) => (json['format'] = 'float64')),
      'logits is float32, not float64',
    ],
    [
      'a loss of softmax',
      changed(lossCase, (json) => (json['operation'] = 'softmax')),
      'loss is there for softmax',
    ],
    [
      'no loss of cross-entropy',
      changed(lossCase, (json) => delete json['loss']),
      'loss is missing for crossEntropy',
    ],
    [
      'no cotangent of a backward',
      changed(lossCase, (json) => delete json['cotangent']),
      'cotangent is missing for backward',
    ],
    [
      'a direction that is not there',
      changed(softmaxCase, (json) => (json['direction'] = 'targetBackward')),
      'softmax has no targetBackward',
    ],
  ])('%s', (_, json, sentence) => {
    expect(() => caseFromJson(json)).toThrow(UsageError);
    expect(() => caseFromJson(json)).toThrow(sentence);
  });

  const withLoss = (change: (loss: Record<string, unknown>) => void) =>
    changed(lossCase, (json) => change(json['loss'] as Record<string, unknown>));
  const int32 = (...values: number[]) => ({
    format: 'int32',
    shape: [values.length],
    base64: Buffer.from(Int32Array.from(values).buffer).toString('base64'),
  });
  const float64 = (...values: number[]) => ({
    format: 'float64',
    shape: [values.length],
    base64: Buffer.from(Float64Array.from(values).buffer).toString('base64'),
  });

  test.each<[string, unknown, string]>([
    [
      'a class beyond the last',
      withLoss((loss) => (loss['target'] = int32(0, 3))),
      'target[1] is 3, not a class in [0, 3)',
    ],
    [
      'a negative class that is not ignored',
      withLoss((loss) => (loss['target'] = int32(-1, 0))),
      'target[0] is -1',
    ],
    [
      'targets of another shape',
      withLoss((loss) => (loss['target'] = int32(0, 0, 0))),
      'target has shape [3], not [2]',
    ],
    ['a negative weight', withLoss((loss) => (loss['weight'] = float64(1, -1, 1))), 'weight[1] is -1'],
    [
      'a weight that is NaN',
      withLoss((loss) => (loss['weight'] = float64(1, 1, Number.NaN))),
      'weight[2] is NaN',
    ],
    [
      'a weight too few',
      withLoss((loss) => (loss['weight'] = float64(1, 1))),
      'weight has shape [2], not [3]',
    ],
    [
      'a smoothing above 1',
      withLoss((loss) => (loss['labelSmoothing'] = 1.5)),
      'labelSmoothing 1.5 is not in [0, 1]',
    ],
    [
      'an ignored index of probabilities',
      withLoss((loss) => (loss['target'] = caseToJson(lossCase).logits)),
      'ignoreIndex -100 is there, but target is probabilities',
    ],
    [
      'a cotangent that is infinite',
      changed(lossCase, (json) => (json['cotangent'] = float64(1, Infinity))),
      'cotangent[1] is Infinity',
    ],
  ])('%s', (_, json, sentence) => {
    expect(() => caseFromJson(json)).toThrow(UsageError);
    expect(() => caseFromJson(json)).toThrow(sentence);
  });

  test('the name of the data leads the sentence', () => {
    expect(() => caseFromJson({}, { name: 'corpus/ties.json' })).toThrow(/^corpus\/ties\.json: /);
  });

  test('a long value is cut, so that the sentence stays one', () => {
    const json = changed(softmaxCase, (value) => (value['operation'] = 'x'.repeat(10_000)));

    expect(() => caseFromJson(json)).toThrow(/^.{1,300}$/);
  });
});

test('a tensor that claims 2^24 elements and brings 3 is refused without the memory it claims', () => {
  const before = process.memoryUsage().arrayBuffers;

  expect(() =>
    tensorFromJson({ format: 'float64', shape: [2 ** 24], base64: 'AAAA' }, { name: 'x' }),
  ).toThrow('holds 3 bytes');
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 ** 20);
});

test('the schema takes no case of a type that it does not name', () => {
  const json: CaseJson = caseToJson(lossCase);

  expect(Object.keys(json).sort()).toEqual([
    'axis',
    'checks',
    'cotangent',
    'direction',
    'format',
    'logits',
    'loss',
    'operation',
    'regimes',
    'schemaVersion',
  ]);
});

test('whoever only reads a case gets the same one again, and whoever asks for its own another', () => {
  const json = caseToJson(exampleCase);

  expect(readCase(json)).toBe(readCase(json));
  expect(caseFromJson(json)).not.toBe(readCase(json));
  expect(readCase(json)).toEqual(caseFromJson(json));
});
