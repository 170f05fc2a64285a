import { describe, expect, test } from 'vitest';
import { caseToJson } from '../case/case-json.ts';
import type { Case } from '../case/case.ts';
import { givenTensorsOf } from '../case/invalid-arguments.ts';
import { invalidities, type Invalidity } from '../case/invalidity.ts';
import { kernelNameOf, kernelNames, operations, type SubjectModule } from '../contract/subject.ts';
import { halfFormats, nativeFormats } from '../float/format.ts';
import type { HalfTensor } from '../tensor/tensor.ts';
import * as fromScratch from '../kernels/index.ts';
import { argumentsOf } from './kernel-arguments.ts';
import { subjectImplementation } from './subject-implementation.ts';
import { generateCase, type CampaignSpace } from '../generate/generate-case.ts';

const refusing: CampaignSpace = { operations, formats: nativeFormats, refuses: true };

function drawn(space: CampaignSpace, count: number): readonly Case[] {
  return Array.from({ length: count }, (_, index) => generateCase({ seed: 3n, index }, space));
}

const cases = drawn(refusing, 20_000);
const invalid = cases.filter((c) => c.invalid !== undefined);

test('the cases of a subject that refuses are those of any other, but for a sixteenth of them', () => {
  const plain = drawn({ operations, formats: nativeFormats }, 2_000);

  const valid = cases.slice(0, 2_000).map((c, at) => (c.invalid === undefined ? caseToJson(c) : plain[at]!));

  expect(valid).toEqual(plain.map((c, at) => (cases[at]!.invalid === undefined ? caseToJson(c) : c)));
  expect(Math.abs(invalid.length - 20_000 / 16)).toBeLessThan(150);
});

test('in 60,000 cases every kernel meets each invalidity that its arguments can have', () => {
  const many = drawn(refusing, 60_000).filter((c) => c.invalid !== undefined); // the rarest comes 12 times
  const met = new Set(many.map((c) => `${kernelNameOf(c.operation, c.direction)} ${c.invalid!}`));
  const can = (kernel: string, invalidity: Invalidity): boolean => {
    const isLoss = kernel.startsWith('crossEntropy');
    const isToTarget = kernel === 'crossEntropyTargetBackward';
    if (invalidity.startsWith('axis')) return true;
    if (invalidity.startsWith('dy')) return kernel.endsWith('Backward');
    if (invalidity === 'class-gradient') return isToTarget;
    return invalidity.startsWith('class') ? isLoss && !isToTarget : isLoss;
  };
  const expected = kernelNames.flatMap((kernel) =>
    invalidities
      .filter((invalidity) => can(kernel, invalidity))
      .map((invalidity) => `${kernel} ${invalidity}`),
  );

  expect([...met].sort()).toEqual(expected.sort());
});

describe('the arguments of an invalid case', () => {
  /** What the contract forbids, written from its text: the first rule that the arguments break, or null. */
  function violationOf(c: Case): string | null {
    const args = argumentsOf(c, ({ tensor }) => tensor);
    const options = args.at(-1) as { axis?: number; labelSmoothing?: number; ignoreIndex?: number };
    const [logits, target, dy, weight] = ['logits', 'target', 'dy', 'weight'].map(
      (name) => givenTensorsOf(c).find((part) => part.name === name)?.tensor,
    );
    const { shape } = logits!;
    const axes = Math.max(shape.length, 1);
    const { axis = -1, labelSmoothing = 0, ignoreIndex } = options;
    if (!Number.isInteger(axis) || axis < -axes || axis >= axes) return 'axis';
    if (labelSmoothing < 0 || labelSmoothing > 1) return 'labelSmoothing';
    const place = axis < 0 ? axis + axes : axis;
    const [outer, classes] = [shape.filter((_, i) => i !== place), shape[place] ?? 1];
    const ofFormat = (data: unknown): boolean => data instanceof logits!.data.constructor;
    if (weight !== undefined) {
      if (!ofFormat(weight.data)) return 'weight format';
      if (weight.shape.join() !== String(classes)) return 'weight shape';
      if ([...weight.data].some((w) => !(w >= 0 && w < Infinity))) return 'weight';
    }
    if (target !== undefined && target.data instanceof Int32Array) {
      if (c.direction === 'targetBackward') return 'class gradient';
      if (target.shape.join() !== outer.join()) return 'target shape';
      if (target.data.some((y) => y !== ignoreIndex && (y < 0 || y >= classes))) return 'class';
    } else if (target !== undefined) {
      if (!ofFormat(target.data)) return 'target format';
      if (target.shape.join() !== shape.join()) return 'target shape';
      if (ignoreIndex !== undefined) return 'ignored probabilities';
    }
    if (dy === undefined) return null;
    if (!ofFormat(dy.data)) return 'dy format';
    const isReduced = c.loss !== undefined && c.loss.reduction !== 'none';
    const isPerLane = c.operation === 'logSumExp' || c.loss?.reduction === 'none';
    const due = isReduced ? [] : isPerLane ? outer : shape;
    return dy.shape.join() === due.join() ? null : 'dy shape';
  }

  const rule: Readonly<Record<Invalidity, string>> = {
    'axis-above': 'axis',
    'axis-below': 'axis',
    'axis-fraction': 'axis',
    'dy-shape': 'dy shape',
    'dy-format': 'dy format',
    'class-above': 'class',
    'class-below': 'class',
    'class-gradient': 'class gradient',
    'target-shape': 'target shape',
    'target-format': 'target format',
    'weight-negative': 'weight',
    'weight-nan': 'weight',
    'weight-infinite': 'weight',
    'weight-shape': 'weight shape',
    'weight-format': 'weight format',
    'smoothing-above': 'labelSmoothing',
    'smoothing-below': 'labelSmoothing',
    'ignored-probabilities': 'ignored probabilities',
  };

  test('break the rule that they are named for, and those of a valid case none', () => {
    expect(invalid.map(violationOf)).toEqual(invalid.map((c) => rule[c.invalid!]));
    expect(cases.filter((c) => c.invalid === undefined && violationOf(c) !== null)).toEqual([]);
  });

  test('are dense: as many elements as the shape says', () => {
    for (const { tensor } of invalid.flatMap(givenTensorsOf))
      expect(tensor.data.length).toBe(tensor.shape.reduce((product, size) => product * size, 1));
  });

  test('are refused by the from-scratch kernels, by an error that names what is wrong', () => {
    const subject = subjectImplementation(fromScratch, { name: 'from-scratch' });

    const outcomes = invalid.map((c) => subject.run(c));

    expect(
      outcomes.filter((outcome) => !('message' in outcome && /^(Range|Type)Error: /.test(outcome.message))),
    ).toEqual([]);
  });
});

test('what the subject has no option for is not asked wrongly either', () => {
  const without = { weight: false, labelSmoothing: false, ignoreIndex: false };

  const met = new Set(
    drawn({ ...refusing, supports: { crossEntropy: without } }, 5_000).map((c) => c.invalid),
  );

  expect([...met].filter((one) => /^(weight|smoothing|ignored)/.test(one ?? ''))).toEqual([]);
  expect(met.has('class-above')).toBe(true);
});

describe('in 16 bits', () => {
  const halves = drawn({ operations, formats: halfFormats, refuses: true }, 8_000);
  const wrong = halves.filter((c) => c.invalid !== undefined);

  test('another format is the other half, whose bits only the dtype tells apart', () => {
    const others = wrong
      .filter((c) => c.invalid === 'dy-format')
      .map((c) => [c.format, givenTensorsOf(c).find(({ name }) => name === 'dy')!.format].join(' '));

    expect(new Set(others)).toEqual(new Set(['float16 bfloat16', 'bfloat16 float16']));
  });

  test('the from-scratch kernels refuse all of them, and a kernel that does not look at the dtype is found', () => {
    const sound = subjectImplementation(fromScratch, { name: 'from-scratch' });
    const careless = subjectImplementation(
      {
        ...fromScratch,
        softmaxBackward: (x, dy, options) =>
          fromScratch.softmaxBackward(x, { ...x, ...dy, dtype: x.dtype }, options),
      } as SubjectModule<HalfTensor> as unknown as SubjectModule,
      { name: 'careless' },
    );
    const accepted = (outcome: unknown): boolean => JSON.stringify(outcome).includes('"accepted"');

    const thrown = wrong.map((c) => sound.run(c));
    expect(
      thrown.filter((outcome) => !('message' in outcome && /^(Range|Type)Error: /.test(outcome.message))),
    ).toEqual([]);
    const own = wrong.filter((c) => c.operation === 'softmax' && c.invalid === 'dy-format');
    expect(own.length).toBeGreaterThan(3);
    expect(own.map((c) => accepted(careless.run(c)))).toEqual(own.map(() => true));
  });
});
