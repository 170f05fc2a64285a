/** A subject that is right when called the plain way, and wrong in another form of the call, is found out. */
import { describe, expect, test } from 'vitest';
import { callFormName, plainly, type CallForm } from './case/call-form.ts';
import type { Case } from './case/case.ts';
import { signatureOf, signatureText } from './case/signature.ts';
import type { CrossEntropyOptions, SubjectModule } from './contract/subject.ts';
import type { FloatArray } from './float/format.ts';
import { judgeCase, type ImplementationJudgement } from './judge/judge-case.ts';
import * as kernels from './kernels/index.ts';
import type { Tensor } from './tensor/tensor.ts';
import { kernelCase, type GivenCase } from './vitest-kit/kernel-case.ts';
import { subjectImplementation } from './subjects/subject-implementation.ts';

async function judged(subject: SubjectModule, given: GivenCase): Promise<ImplementationJudgement> {
  const c = kernelCase(given);
  const participants = { subject: subjectImplementation(subject, { name: 'kernels' }), references: [] };
  return (await judgeCase(c, participants))[0];
}

function valuesOf({ outcome }: ImplementationJudgement): readonly string[] {
  if (outcome.kind !== 'values' || outcome.tensor === null) throw new Error(`no values: ${outcome.kind}`);
  return Array.from(outcome.tensor.data, (value) => value.toFixed(4));
}

function symptomOf({ verdict }: ImplementationJudgement): string {
  return verdict.kind === 'diverge' ? verdict.divergences[0].symptom : verdict.kind;
}

const softmaxOf = (logits: GivenCase['logits'], call?: CallForm): GivenCase =>
  call === undefined ? { operation: 'softmax', logits } : { operation: 'softmax', logits, call };

/** A kernel that is wrong in one form of the call, a case that shows it, and what is right there. */
interface Departure {
  readonly does: string;
  readonly subject: () => SubjectModule;
  readonly given: GivenCase & { readonly call: CallForm };
  readonly symptom: string;
  readonly right: readonly string[];
}

const { softmax, crossEntropy } = kernels;

function softmaxInto(data: FloatArray, x: Tensor, axis: number | undefined): Tensor {
  data.set(softmax(x, { axis: axis ?? -1 }).data);
  return { shape: x.shape, data };
}

const departures: readonly Departure[] = [
  {
    does: 'takes the first axis where none is given',
    subject: () => ({ softmax: (x, { axis = 0 }) => softmax(x, { axis }) }),
    given: { operation: 'softmax', logits: [[[0, 1], [2, 3]]], call: { kind: 'axis', as: 'absent' } }, // prettier-ignore
    symptom: 'ulps',
    right: ['0.2689', '0.7311', '0.2689', '0.7311'],
  },
  {
    does: 'counts an axis that is undefined from the front',
    subject: () => ({
      softmax: (x, options) => softmax(x, { axis: 'axis' in options ? Number(options.axis ?? 0) : -1 }),
    }),
    given: { operation: 'softmax', logits: [[[0, 1], [2, 3]]], call: { kind: 'axis', as: 'undefined' } }, // prettier-ignore
    symptom: 'ulps',
    right: ['0.2689', '0.7311', '0.2689', '0.7311'],
  },
  {
    does: 'sums where any reduction is named but none',
    subject: () => ({
      crossEntropy: (x, target, options) =>
        crossEntropy(x, target, { ...options, reduction: options.reduction === 'mean' ? 'sum' : 'mean' }),
    }),
    given: { operation: 'crossEntropy', logits: [[0, 0], [0, 0]], target: [0, 1], call: { kind: 'defaults', as: 'named' } }, // prettier-ignore
    symptom: 'ulps',
    right: ['0.6931'],
  },
  {
    does: 'lets undefined take the place of its defaults',
    subject: () => ({
      crossEntropy(x, target, options) {
        const { labelSmoothing } = { labelSmoothing: 0, ...options } as Required<CrossEntropyOptions>;
        const { shape, data } = crossEntropy(x, target, options);
        return { shape, data: data.map((loss) => loss * (1 - labelSmoothing)) };
      },
    }),
    given: { operation: 'crossEntropy', logits: [[0, 0], [0, 0]], target: [0, 1], call: { kind: 'defaults', as: 'undefined' } }, // prettier-ignore
    symptom: 'nan',
    right: ['0.6931'],
  },
  {
    does: 'takes its input to begin at a multiple of 8 bytes',
    subject: () => ({
      softmax(x, options) {
        const { buffer, byteOffset, length } = x.data;
        const data = new Float32Array(buffer, byteOffset - (byteOffset % 8), length);
        return softmax({ shape: x.shape, data }, options);
      },
    }),
    given: softmaxOf([1, 2, 3, 4], { kind: 'view', from: 1 }) as Departure['given'],
    symptom: 'nan',
    right: ['0.0321', '0.0871', '0.2369', '0.6439'],
  },
  {
    does: 'keeps its answers by the identity of the array',
    subject() {
      const kept = new WeakMap<object, Tensor>();
      return {
        softmax(x, options) {
          const y = kept.get(x.data) ?? softmax(x, options);
          kept.set(x.data, y);
          return { shape: y.shape, data: y.data.slice() };
        },
      };
    },
    given: softmaxOf([5, 0], { kind: 'same-arrays' }) as Departure['given'],
    symptom: 'ulps',
    right: ['0.9933', '0.0067'],
  },
  {
    does: 'answers in turns out of two buffers',
    subject() {
      const buffers = [new Float32Array(2), new Float32Array(2)];
      let turn = 0;
      return { softmax: (x, { axis }) => softmaxInto(buffers[turn++ % 2]!, x, axis) };
    },
    given: softmaxOf([5, 0], { kind: 'later-calls', calls: 2 }) as Departure['given'],
    symptom: 'output-overwritten',
    right: ['0.9933', '0.0067'],
  },
  {
    does: 'gives back a view of memory that the next call takes away',
    subject() {
      let memory = new Float32Array(2);
      return {
        softmax(x, { axis }) {
          structuredClone(memory.buffer, { transfer: [memory.buffer] });
          memory = new Float32Array(2);
          return softmaxInto(memory, x, axis);
        },
      };
    },
    given: softmaxOf([5, 0], { kind: 'later-calls', calls: 1 }) as Departure['given'],
    symptom: 'output-overwritten',
    right: ['0.9933', '0.0067'],
  },
  {
    does: 'reads its input after another call has put its own there',
    subject() {
      const staged = new Float32Array(2);
      return {
        async softmax(x, options) {
          staged.set(x.data);
          await Promise.resolve();
          return softmax({ shape: x.shape, data: staged.slice() }, options);
        },
      };
    },
    given: softmaxOf([5, 0], { kind: 'in-flight', started: 'first' }) as Departure['given'],
    symptom: 'ulps',
    right: ['0.9933', '0.0067'],
  },
  {
    does: 'gives whoever asks while it is busy the answer that it is busy with',
    subject() {
      let busy: Promise<Tensor> | null = null;
      const answer = async (x: Tensor, options: { axis?: number }): Promise<Tensor> => {
        await Promise.resolve();
        busy = null;
        return softmax(x, options);
      };
      return { softmax: (x, options) => (busy ??= answer(x, options)) };
    },
    given: softmaxOf([5, 0], { kind: 'in-flight', started: 'second' }) as Departure['given'],
    symptom: 'ulps',
    right: ['0.9933', '0.0067'],
  },
];

describe('a kernel that', () => {
  test.each(departures)(
    '$does is blamed of it, and of nothing when called the plain way',
    async (departure) => {
      const { subject, given, symptom, right } = departure;
      const { call: _, ...plain } = given;

      const inForm = await judged(subject(), given);

      expect(symptomOf(inForm)).toBe(symptom);
      expect(inForm.onlyByForm).toBe(true);
      expect(symptomOf(await judged(subject(), plain))).toBe('agree');
      expect(valuesOf(await judged(kernels, given))).toEqual(right);
    },
  );

  test('is wrong in any form has the signature that it has in the plain one', async () => {
    const zeros: SubjectModule = { softmax: (x) => ({ shape: x.shape, data: x.data.slice().fill(0) }) };
    const view: CallForm = { kind: 'view', from: 1 };

    const [inForm, plain] = [
      await judged(zeros, softmaxOf([1, 2], view)),
      await judged(zeros, softmaxOf([1, 2])),
    ];

    expect(inForm.onlyByForm).toBe(false);
    expect(textOf(inForm, kernelCase(softmaxOf([1, 2], view)))).toBe(
      textOf(plain, kernelCase(softmaxOf([1, 2]))),
    );
  });
});

function textOf({ verdict, onlyByForm }: ImplementationJudgement, c: Case): string {
  if (verdict.kind !== 'diverge') throw new Error(verdict.kind);
  return signatureText(signatureOf(c, { blame: 'subject', divergence: verdict.divergences[0], onlyByForm }));
}

test('a signature names the form of the call, and nothing of its sizes', async () => {
  const texts = departures.map(async ({ subject, given }) =>
    textOf(await judged(subject(), given), kernelCase(given)),
  );

  expect((await Promise.all(texts)).map((text) => text.split('/').at(-1))).toEqual(
    departures.map(({ given }) => `call=${callFormName(given.call)}`),
  );
});

describe('what is around an array that is handed over', () => {
  /** Writes one element outside of its argument; `at` is counted from its beginning. */
  const writing = (at: (length: number) => number): SubjectModule => ({
    softmax(x, options) {
      const y = softmax(x, options);
      const { buffer, byteOffset, BYTES_PER_ELEMENT: bytes, length } = x.data;
      new Float32Array(buffer, byteOffset + bytes * at(length), 1)[0] = -Infinity;
      return y;
    },
  });

  test.each([
    ['before it', (): number => -1],
    ['behind it', (length: number): number => length],
  ])('may not be written to: one element %s', async (_, at) => {
    const logits = [1, 2, 3];

    const found = [undefined, { kind: 'view', from: 3 } as const].map((call) =>
      judged(writing(at), softmaxOf(logits, call)),
    );

    expect((await Promise.all(found)).map(symptomOf)).toEqual(['outside-written', 'outside-written']);
  });

  test('is another array that was handed over: who wrote there is blamed, and nobody else', async () => {
    const wrong = writing((length) => length);
    await judged(wrong, softmaxOf([1]));

    expect(symptomOf(await judged(kernels, softmaxOf([1, 2])))).toBe('agree');
  });
});

test('the memory of a subject that took it away is not used again', async () => {
  const thief: SubjectModule = {
    softmax(x, options) {
      const y = softmax(x, options);
      structuredClone(x.data.buffer, { transfer: [x.data.buffer as ArrayBuffer] });
      return y;
    },
  };

  expect(symptomOf(await judged(thief, softmaxOf([1, 2])))).toBe('input-written');
  expect(symptomOf(await judged(kernels, softmaxOf([1, 2])))).toBe('agree');
});

test('a form that the case cannot have is refused, with a sentence', () => {
  const inner: GivenCase = { operation: 'softmax', logits: [[1, 2]], axis: 0 };

  expect(() => kernelCase({ ...inner, call: { kind: 'axis', as: 'absent' } })).toThrow(
    'call leaves the axis to its default, but axis 0 is not the last of 2',
  );
  expect(() => kernelCase({ ...inner, call: { kind: 'defaults', as: 'named' } })).toThrow(
    'call is about defaults, and softmax has no option that has one but the axis',
  );
});

test('plainly takes the form away and nothing else', () => {
  const plain = kernelCase(softmaxOf([1, 2]));

  expect(plainly(kernelCase(softmaxOf([1, 2], { kind: 'same-arrays' })))).toEqual(plain);
});
