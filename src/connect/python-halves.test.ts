/** What the kit in Python hands over of halves, and takes back (docs/python.md). */
// @module-tag processes
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import type { Case } from '../case/case.ts';
import type { Outcome } from '../case/outcome.ts';
import { halfFormats, type HalfFormat } from '../float/format.ts';
import { echoCase } from './conformance/echo.ts';
import { needsLibrary, needsPython } from './fixtures/python.ts';
import { outsideImplementation, type OutsideImplementation } from './outside-implementation.ts';
import { processOpener } from './process-channel.ts';
import { pythonKit } from './python.ts';

const started: OutsideImplementation[] = [];
afterAll(() => started.forEach((kit) => kit.dispose()));

async function kitOf(python: string, fault: string): Promise<OutsideImplementation> {
  const open = processOpener({
    command: python,
    args: [pythonKit, fileURLToPath(new URL('fixtures/halves.py', import.meta.url))],
    whose: 'the kit',
    startTimeoutMs: 60_000,
    rssLimitMb: 8_000,
    environment: { LOGITFUZZ_FAULT: fault },
  });
  const options = { name: 'kit', role: 'subject', caseTimeoutMs: 60_000, rssLimitMb: 8_000 } as const;
  const kit = await outsideImplementation(open, options);
  started.push(kit);
  return kit;
}

const softmaxOf = (format: HalfFormat, ...logits: readonly number[]): Case =>
  echoCase(Float64Array.from(logits), [logits.length], format);

/** 1·0.5 + 2·0.25 + 0.375, which is 1.375: no more than a half holds, and in float32 as is declared. */
function lossOf(format: HalfFormat): Case {
  const ofShape = (shape: readonly number[], ...values: readonly number[]): Case['logits'] => ({
    shape,
    data: Float64Array.from(values),
  });
  return {
    ...softmaxOf(format),
    operation: 'crossEntropy',
    logits: ofShape([1, 2], 1, 2),
    loss: {
      target: ofShape([1, 2], 0.5, 0.25),
      weight: ofShape([2], 0.125, 0.25),
      reduction: 'mean',
      labelSmoothing: 0,
    },
  };
}

const values = (data: Float32Array | Float64Array, shape: readonly number[] = [data.length]): Outcome => ({
  kind: 'values',
  tensor: { shape, data },
  violations: [],
});
const violated = (...violations: readonly unknown[]): unknown =>
  expect.objectContaining({ kind: 'values', violations });

/** The largest number, whose double is none; a small one; −0; and one with all bits of a significand set. */
const hard: Readonly<Record<HalfFormat, readonly (readonly [x: number, twice: number])[]>> = {
  float16: [
    [65504, Infinity],
    [2 ** -24, 2 ** -23],
    [-0, -0],
    [2047, 4094],
    [-Infinity, -Infinity],
    [1, 2],
    [2, 4],
  ],
  bfloat16: [
    [(2 - 2 ** -7) * 2 ** 127, Infinity],
    [2 ** -126, 2 ** -125], // JAX makes 0 of what is subnormal
    [-0, -0],
    [255, 510],
    [-Infinity, -Infinity],
    [1, 2],
    [2, 4],
  ],
};

describe.each([
  { library: 'numpy', ...needsPython('ml_dtypes') },
  { library: 'torch', ...needsLibrary('torch') },
  { library: 'jax', ...needsLibrary('jax') },
])('functions over $library', ({ library, python, isSkipped, reason }) => {
  test.skipIf(isSkipped)(`take halves and return them, bit for bit${reason}`, async () => {
    const kit = await kitOf(python, library);
    const cases = halfFormats.flatMap((format) => [
      softmaxOf(format, ...hard[format].map(([x]) => x)),
      lossOf(format),
    ]);

    expect(await kit.runMany(cases)).toEqual(
      halfFormats.flatMap((format) => [
        values(Float64Array.from(hard[format], ([, twice]) => twice)),
        values(Float32Array.of(1.375), []),
      ]),
    );
  });

  test.skipIf(isSkipped)(`take class indices beside halves as they are${reason}`, async () => {
    const kit = await kitOf(python, library);
    const cases = halfFormats.map((format): Case => {
      const { loss, ...rest } = lossOf(format);
      const target = { shape: [1], data: Int32Array.of(1) };
      return { ...rest, loss: { ...loss!, target } };
    });

    // 1·1 + 2·1 + 0.375
    expect(await kit.runMany(cases)).toEqual(cases.map(() => values(Float32Array.of(3.375), [])));
  });

  test.skipIf(isSkipped)(`are told of what is returned in another dtype${reason}`, async () => {
    const kit = await kitOf(python, library);
    const cases = halfFormats.flatMap((format) => [
      softmaxOf(format, 1, 2, 3),
      softmaxOf(format, 1, 2, 3, 4),
      softmaxOf(format, 1, 2, 3, 4, 5, 6),
    ]);

    const alike = [
      violated({ kind: 'not-a-tensor', detail: 'an array of uint16' }),
      // Those of JAX are copies.
      library === 'jax'
        ? values(Float64Array.of(1, 2, 3, 4, 5, 6))
        : violated({ kind: 'output-aliased', detail: 'the result shares memory with an argument' }),
    ];
    expect(await kit.runMany(cases)).toEqual([
      violated({ kind: 'format', detail: 'the result is float32, not float16' }),
      ...alike,
      violated({ kind: 'format', detail: 'the result is float16, not bfloat16' }),
      ...alike,
    ]);
  });

  test.skipIf(isSkipped || library === 'jax')(`are seen to write to halves${reason}`, async () => {
    const kit = await kitOf(python, library);
    const written = { kind: 'input-written', detail: 'the call wrote to its argument logits' };

    expect(
      await kit.runMany([
        softmaxOf('float16', 0, 2, 3, 4, 5),
        softmaxOf('bfloat16', 0, 2, 3, 4, 5),
        softmaxOf('bfloat16', NaN, 2, 3, 4, 5), // a NaN of another sign is no other number
      ]),
    ).toEqual([violated(written), violated(written), values(Float64Array.of(NaN, 4, 6, 8, 10))]);
  });

  test.skipIf(isSkipped || library === 'numpy')(
    `have gradients through a loss in float32${reason}`,
    async () => {
      const kit = await kitOf(python, library);
      const gradients = halfFormats.map((format): Case => {
        const cotangent = { shape: [], data: Float64Array.of(3) };
        return { ...lossOf(format), direction: 'backward', cotangent };
      });

      expect(await kit.runMany(gradients)).toEqual(
        gradients.map(() => values(Float64Array.of(1.5, 0.75), [1, 2])),
      );
    },
  );
});

const { python, isSkipped, reason } = needsPython();

test.skipIf(isSkipped)(
  `without ml_dtypes bfloat16 is declined by a sentence, and float16 is there${reason}`,
  async () => {
    const kit = await kitOf(python, 'no ml_dtypes');

    const outcomes = await kit.runMany([softmaxOf('bfloat16', 1), softmaxOf('float16', 1)]);

    expect(outcomes).toEqual([
      {
        kind: 'unsupported',
        reason: expect.stringMatching(
          /^bfloat16 needs the package ml_dtypes. Get it: \S+ -m pip install ml_dtypes$/,
        ) as string,
      },
      values(Float64Array.of(2)),
    ]);
  },
);
