/** Kernels of float32 that take halves: what they are given, what becomes of what they did beside. */
import { describe, expect, test } from 'vitest';
import { operations, halfLevels, type SubjectModule } from '../../contract/subject.ts';
import { encodedHalves, halfFormats } from '../../float/format.ts';
import { generateCase } from '../../generate/generate-case.ts';
import type { Case } from '../../case/case.ts';
import { answerOf } from '../../oracles/exact.ts';
import { judgeOwnGradient } from '../../oracles/gradient/judge-gradient.ts';
import { judgeCase } from '../../judge/judge-case.ts';
import { subjectImplementation } from '../../subjects/subject-implementation.ts';
import type { HalfTensor, Tensor } from '../../tensor/tensor.ts';
import { halfSteps } from './half-steps.ts';
import { buildHost, soundHost } from './host.ts';
import { soundCodec, soundHostInHalves, takingHalves } from './in-halves.ts';

const x: HalfTensor = { shape: [2], data: encodedHalves([1, 1], 'float16'), dtype: 'float16' };

function softmaxOf(module: SubjectModule): (x: HalfTensor) => HalfTensor {
  return (given) => takingHalves(module).softmax!(given as never, {}) as unknown as HalfTensor;
}

describe('a kernel of float32', () => {
  test('is handed float32, and its answer is rounded to bits', () => {
    const seen: Tensor[] = [];
    const softmax = softmaxOf({
      softmax(given) {
        seen.push({ ...given, data: given.data.slice() });
        return { shape: [2], data: Float32Array.of(1 + 2 ** -11 + 2 ** -20, -0) };
      },
    });

    expect(softmax(x)).toEqual({ shape: [2], data: Uint16Array.of(0x3c01, 0x8000), dtype: 'float16' });
    expect(seen).toEqual([{ shape: [2], data: Float32Array.of(1, 1) }]);
  });

  test('that writes to its input has written to its caller’s, and one that gives it back gives that', () => {
    const given: HalfTensor = { ...x, data: x.data.slice() };
    const softmax = softmaxOf({ softmax: (own) => ((own.data[1] = 2), own) });

    expect(softmax(given).data).toBe(given.data);
    expect([...given.data]).toEqual([0x3c00, 0x4000]);
  });

  test('that throws has written to its caller’s input all the same', () => {
    const given: HalfTensor = { ...x, data: x.data.slice() };
    const softmax = softmaxOf({
      softmax(own) {
        own.data[1] = 2;
        throw new RangeError('too late');
      },
    });

    expect(() => softmax(given)).toThrow('too late');
    expect([...given.data]).toEqual([0x3c00, 0x4000]);
  });

  test('that answers in the same memory twice does so in halves', () => {
    const own = Float32Array.of(1, 2);
    const softmax = softmaxOf({ softmax: () => ({ shape: [2], data: own }) });

    expect(softmax(x).data).toBe(softmax(x).data);
  });

  test('takes no dy of another format', () => {
    const { softmaxBackward } = takingHalves(soundHost);
    const others = [
      { shape: [2], data: Float32Array.of(1, 1) },
      { ...x, dtype: 'bfloat16' },
    ];

    for (const dy of others)
      expect(() => softmaxBackward!(x as never, dy as never, {})).toThrow('not float16');
  });

  test('of float64 data is as it was, and what is no answer in float32 stays what it is', () => {
    const data = Float64Array.of(0.5, 0.5);

    expect(softmaxOf({ softmax: () => ({ shape: [2], data }) })(x)).toEqual({ shape: [2], data });
    expect(takingHalves(soundHost).softmax!({ shape: [2], data }, {})).toEqual({ shape: [2], data });
  });
});

describe.each(halfFormats)('of %s', (format) => {
  test.each(halfLevels)('the host at the level %s is blamed for nothing at its level', async (halves) => {
    const module = {
      ...takingHalves(soundHost, (of) => ({
        kernels: buildHost(halfSteps(halves, of)),
        codec: soundCodec(of),
      })),
      arithmetic: { halves },
    };
    const participants = { subject: subjectImplementation(module, { name: halves }), references: [] };
    const blamed: string[] = [];
    for (let index = 0; index < 250; index++) {
      const drawn = generateCase({ seed: 5n, index }, { operations, formats: [format] });
      const c = { ...drawn, checks: ['gradient', 'property', 'repeat'] as const };
      const [{ verdict }] = await judgeCase(c, participants);
      if (verdict.kind === 'diverge') blamed.push(`${index}: ${verdict.divergences[0].detail}`);
      if (verdict.kind === 'skip') blamed.push(`${index}: ${verdict.reason}`);
    }

    expect(blamed).toEqual([]);
  });
});

test('an answer that the last rounding makes infinite is right, and held against no difference', () => {
  const logits = { shape: [12], data: new Float64Array(12).fill(-60_000, 1) };
  const target = { shape: [12], data: new Float64Array(12).fill(1, 0, 1) };
  const c: Case = {
    operation: 'crossEntropy',
    direction: 'targetBackward',
    format: 'float16',
    axis: -1,
    logits,
    cotangent: { shape: [], data: Float64Array.of(2) },
    loss: { reduction: 'sum', labelSmoothing: 0, target },
    regimes: [],
    checks: [],
  };
  const data = new Float64Array(12).fill(Infinity, 1);
  const module = { ...soundHostInHalves, arithmetic: { halves: 'fused' } } as const;
  const subject = subjectImplementation(module, { name: 'host' });
  const answer = answerOf(c, subject.arithmetic);

  expect(subject.run(c)).toMatchObject({ tensor: { data: data.fill(-0, 0, 1) } });
  expect(judgeOwnGradient(c, subject, { shape: [12], data }, answer)).toMatchObject({ divergence: null });
});

test('the host that takes halves answers native formats as the host does', () => {
  const given = { shape: [2], data: Float32Array.of(0, Math.log(3)) };

  expect(soundHostInHalves.softmax!(given, {})).toEqual(soundHost.softmax(given, {}));
});
