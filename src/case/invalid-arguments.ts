/**
 * The arguments of an invalid case: those of the valid case that it is otherwise, with one thing made wrong.
 * Calls nothing.
 */
import type { CrossEntropyOptions } from '../contract/subject.ts';
import { createFloatArray, floatArrayFrom, type Format } from '../float/format.ts';
import { lanesOf } from '../tensor/lanes.ts';
import { isIndexTensor, type AnyTensor, type FloatTensor, type Tensor } from '../tensor/tensor.ts';
import { isIndexTarget, type Case } from './case.ts';
import type { Invalidity } from './invalidity.ts';
import {
  tensorsOf,
  type CaseTensor,
  type FloatPart,
  type IndexPart,
  type TensorName,
} from './case-tensors.ts';

/** The options that a kernel is called with. */
export type GivenOptions = {
  -readonly [K in keyof CrossEntropyOptions<FloatTensor>]?: CrossEntropyOptions<FloatTensor>[K] | undefined;
};

interface Rule {
  /** What is wrong, as in `axis 3 of rank 3`. */
  text(c: Case): string;
  /** Whether the valid case has what is made wrong. */
  applies(c: Case): boolean;
  readonly tensor?: {
    readonly name: TensorName;
    spoil(c: Case, part: CaseTensor): AnyTensor;
    /** That of what was spoiled, where it is another one. */
    readonly format?: (c: Case) => Format;
  };
  options?(options: GivenOptions, c: Case): void;
}

const anyCase = (): boolean => true;
const hasCotangent = ({ cotangent }: Case): boolean => cotangent !== undefined;
const hasLoss = ({ loss }: Case): boolean => loss !== undefined;
const hasClasses = (c: Case): boolean => c.loss !== undefined && classesOf(c) > 0;
const hasIndices = ({ loss }: Case): boolean => loss !== undefined && isIndexTarget(loss.target);
const hasAnIndex = (c: Case): boolean => hasIndices(c) && c.loss!.target.data.length > 0;
const hasProbabilities = ({ loss }: Case): boolean => loss !== undefined && !isIndexTarget(loss.target);

const axesOf = ({ logits }: Case): number => Math.max(logits.shape.length, 1);
const classesOf = (c: Case): number => lanesOf(c.logits.shape, c.axis).length;

function axisRule(axis: (c: Case) => number): Rule {
  return {
    text: (c) => `axis ${axis(c)} of rank ${c.logits.shape.length}`,
    applies: anyCase,
    options: (options, c) => void (options.axis = axis(c)),
  };
}

function shapeRule(name: TensorName, applies: Rule['applies']): Rule {
  return {
    text: () => `a ${name} with one row too many`,
    applies,
    tensor: { name, spoil: (_, { tensor }) => enlarged(tensor) },
  };
}

function formatRule(name: TensorName, applies: Rule['applies']): Rule {
  return {
    text: (c) => `a ${name} of ${otherFormat(c.format)}`,
    applies,
    tensor: {
      name,
      format: (c) => otherFormat(c.format),
      spoil: (c, { tensor: { shape, data } }) => ({
        shape,
        data: floatArrayFrom(otherFormat(c.format), data),
      }),
    },
  };
}

/** The last class index of the target. */
function classRule(index: (c: Case) => number): Rule {
  return {
    text: (c) => `the class ${index(c)} of ${classesOf(c)}`,
    applies: (c) => hasAnIndex(c) && c.loss!.ignoreIndex !== index(c),
    tensor: {
      name: 'target',
      spoil: (c, { tensor }) => ({ shape: tensor.shape, data: withLast(tensor.data, index(c)) }),
    },
  };
}

/** The weight of the last class. */
function weightRule(value: number): Rule {
  return {
    text: () => `the weight ${value}`,
    applies: hasClasses,
    tensor: {
      name: 'weight',
      spoil: (_, { tensor }) => ({ shape: tensor.shape, data: withLast(tensor.data, value) }),
    },
  };
}

function smoothingRule(labelSmoothing: number): Rule {
  return {
    text: () => `labelSmoothing ${labelSmoothing}`,
    applies: hasLoss,
    options: (options) => void (options.labelSmoothing = labelSmoothing),
  };
}

const ignoredClass = 0;

const rules: Readonly<Record<Invalidity, Rule>> = {
  'axis-above': axisRule(axesOf),
  'axis-below': axisRule((c) => -axesOf(c) - 1),
  'axis-fraction': axisRule((c) => axesOf(c) - 0.5),
  'dy-shape': shapeRule('dy', hasCotangent),
  'dy-format': formatRule('dy', hasCotangent),
  'class-above': classRule(classesOf),
  'class-below': classRule(() => -1),
  'class-gradient': {
    text: () => 'a gradient with respect to class indices',
    applies: ({ direction }) => direction === 'targetBackward',
    tensor: { name: 'target', spoil: (c) => zeroIndices(c) },
  },
  'target-shape': shapeRule('target', hasLoss),
  'target-format': formatRule('target', hasProbabilities),
  'weight-negative': weightRule(-1),
  'weight-nan': weightRule(NaN),
  'weight-infinite': weightRule(Infinity),
  'weight-shape': shapeRule('weight', hasLoss),
  'weight-format': formatRule('weight', hasLoss),
  'smoothing-above': smoothingRule(1.5),
  'smoothing-below': smoothingRule(-0.1),
  'ignored-probabilities': {
    text: () => `ignoreIndex ${ignoredClass} with probabilities`,
    applies: hasProbabilities,
    options: (options) => void (options.ignoreIndex = ignoredClass),
  },
};

/** Whether the case, which is valid, has what the invalidity makes wrong. */
export function canBeInvalid(c: Case, invalidity: Invalidity): boolean {
  return rules[invalidity].applies(c);
}

/** What is wrong with the arguments: `the class 4 of 4`. */
export function invalidityText(c: Case, invalidity: Invalidity): string {
  return rules[invalidity].text(c);
}

/** The tensors that a kernel is called with: the case's own, but for what the case makes wrong. */
export function givenTensorsOf(c: Case): readonly CaseTensor[] {
  const parts = tensorsOf(c);
  const wrong = c.invalid === undefined ? undefined : rules[c.invalid].tensor;
  if (wrong === undefined) return parts;
  const whole = wrong.name === 'weight' && c.loss!.weight === undefined ? [...parts, onesFor(c)] : parts;
  return whole.map((part) =>
    part.name === wrong.name ? asPart(part, wrong.spoil(c, part), wrong.format?.(c) ?? c.format) : part,
  );
}

/** Makes of the options of a valid call those of the case. */
export function spoilOptions(options: GivenOptions, c: Case): void {
  if (c.invalid !== undefined) rules[c.invalid].options?.(options, c);
}

/** The part with this tensor, which is of the format unless it holds class indices. */
function asPart(part: CaseTensor, tensor: AnyTensor, format: Format): CaseTensor {
  if (isIndexTensor(tensor)) {
    const indices: IndexPart = { name: 'target', kind: 'per lane', format: 'int32', tensor };
    return indices;
  }
  const floats = tensor as Tensor;
  const given: FloatPart = {
    name: part.name,
    kind: part.kind,
    format,
    tensor: floats,
  };
  return given;
}

function onesFor(c: Case): FloatPart {
  const data = createFloatArray(c.format, classesOf(c)).fill(1);
  const tensor: Tensor = { shape: [data.length], data };
  return { name: 'weight', kind: 'per class', format: c.format, tensor };
}

/** Halves become the other half: its bits are held alike, so that only the dtype tells. */
const otherFormats: Readonly<Record<Format, Format>> = {
  float32: 'float64',
  float64: 'float32',
  float16: 'bfloat16',
  bfloat16: 'float16',
};

function otherFormat(format: Format): Format {
  return otherFormats[format];
}

function withLast<D extends AnyTensor['data']>(data: D, value: number): D {
  const changed = data.slice() as D;
  changed[changed.length - 1] = value;
  return changed;
}

/** One more along the first axis, or, of rank 0, an axis of two: dense, and filled with its first element. */
function enlarged({ shape, data }: AnyTensor): AnyTensor {
  const [first = 1, ...rest] = shape;
  const larger = [first + 1, ...rest];
  const length = larger.reduce((product, size) => product * size, 1);
  const grown = new (data.constructor as Float32ArrayConstructor)(length);
  grown.set(data);
  return { shape: larger, data: grown };
}

function zeroIndices(c: Case): AnyTensor {
  const { outerShape, count } = lanesOf(c.logits.shape, c.axis);
  return { shape: outerShape, data: new Int32Array(count) };
}
