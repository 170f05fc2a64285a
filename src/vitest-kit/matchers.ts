/**
 * The matchers: a result judged against the exact answer
 * of a case, as the exact oracle judges an implementation.
 */
import { isToldInUlps, timesText } from '../text/far-off.ts';
import { elementText, numberText, roundedText } from '../text/number-text.ts';
import { answerFormat } from '../case/answer-format.ts';
import { assumedText } from '../case/arithmetic-text.ts';
import { caseSummary } from '../case/case-summary.ts';
import { outputShape, type Case } from '../case/case.ts';
import { toleranceNameOf, type Divergence } from '../case/verdict.ts';
import type { Arithmetic, AssumedArithmetic } from '../contract/subject.ts';
import {
  decodedHalves,
  floatArrayFrom,
  halfFormats,
  isHalf,
  type FloatArray,
  type Format,
} from '../float/format.ts';
import { CaseWork } from '../oracles/exact.ts';
import { judgeValues } from '../oracles/judge-values.ts';
import { defaultArithmetic } from '../subjects/implementation.ts';
import { foreignFloatsOf, saidFormat, dataText } from '../subjects/foreign-values.ts';
import { isSameShape, sizeOf, toMultiIndex, type FloatTensor, type Tensor } from '../tensor/tensor.ts';

/** The options of the two matchers. */
export interface MatchOptions {
  /** True: within the tolerance of a careful algorithm, not only of any sound one. Default false. */
  readonly strict?: boolean;
  /** The arithmetic of a kernel whose exp or log is known to be coarser than 1 ULP. */
  readonly arithmetic?: Arithmetic;
}

export interface Matched {
  readonly pass: boolean;
  readonly message: () => string;
}

export const matchers: {
  toMatchExact(received: unknown, c: Case, options?: MatchOptions): Matched;
  toBeWithinTolerance(received: unknown, c: Case, options?: MatchOptions): Matched;
} = {
  toMatchExact(received, c, options = {}) {
    const format = formatDue(c, options);
    const why = whyNoAnswer(received, { shape: outputShape(c), format });
    return why === null ? match(dataOf(received as FloatTensor, format), c, options) : mismatch(c, why);
  },
  toBeWithinTolerance(received, c, options = {}) {
    const values = valuesOf(received);
    if (values === null) return mismatch(c, `${typeNameOf(received)} holds no numbers`);
    const due = sizeOf(outputShape(c));
    if (values.length !== due) return mismatch(c, `there are ${values.length} values, not ${due}`);
    const format = formatDue(c, options);
    const data = floatArrayFrom(format, values);
    const at = data.findIndex((value, i) => !Object.is(value, values[i]));
    if (at >= 0) return mismatch(c, `${values[at]} at ${at} is no ${format}: round it before it is judged`);
    return match(data, c, options);
  },
};

function mismatch(c: Case, why: string): Matched {
  return { pass: false, message: () => `${caseSummary(c)}: ${why}` };
}

function formatDue(c: Case, { arithmetic = {} }: MatchOptions): Format {
  return answerFormat(c, arithmetic);
}

function whyNoAnswer(
  received: unknown,
  { shape: due, format }: { readonly shape: readonly number[]; readonly format: Format },
): string | null {
  if (typeof received !== 'object' || received === null) return `${typeNameOf(received)} is no tensor`;
  const { shape, data, dtype } = received as Partial<Record<'shape' | 'data' | 'dtype', unknown>>;
  const floats = foreignFloatsOf(data);
  if (!Array.isArray(shape) || floats === null)
    return `${typeNameOf(received)} is no tensor: it needs a shape, and data that is ${dataText(format)}`;
  const sizes = shape as readonly number[];
  if (!isSameShape(sizes, due)) return `the shape is [${sizes.join(', ')}], not [${due.join(', ')}]`;
  const { length } = floats.data;
  if (length !== sizeOf(due)) return `there are ${length} elements, not ${sizeOf(due)}`;
  const own = saidFormat(floats, dtype);
  return own === format ? null : `the format is ${own}, not ${format}`;
}

/** The numbers of an answer of the format: bits, a Float16Array, or what native formats are held in. */
function dataOf({ data }: FloatTensor, format: Format): FloatArray {
  if (!isHalf(format)) return data as FloatArray;
  return foreignFloatsOf(data)!.format === 'bits' ? decodedHalves(data, format) : Float64Array.from(data);
}

function typeNameOf(received: unknown): string {
  if (received instanceof Promise) return 'a promise (await it first)';
  return received === null ? 'null' : Array.isArray(received) ? 'an array' : typeof received;
}

/** The values of what holds numbers. Bits are values where a dtype says of what. */
function valuesOf(received: unknown): readonly number[] | null {
  if (typeof received === 'number') return [received];
  if (typeof received !== 'object' || received === null) return null;
  const held: unknown = 'data' in received ? received.data : received;
  const floats = foreignFloatsOf(held);
  if (floats?.format === 'bits') {
    const dtype = (received as { readonly dtype?: unknown }).dtype;
    const half = halfFormats.find((format) => format === dtype);
    return half === undefined ? null : [...decodedHalves(floats.data, half)];
  }
  if (!Array.isArray(held) && floats === null) return null;
  const values: readonly unknown[] = Array.from(held as ArrayLike<unknown>);
  return values.every((value) => typeof value === 'number') ? (values as readonly number[]) : null;
}

/** @throws Error where the exact oracle cannot decide on any element: a test of them could not fail. */
function match(data: FloatArray, c: Case, { strict = false, arithmetic }: MatchOptions): Matched {
  const assumed = { ...defaultArithmetic, ...arithmetic };
  const tensor: Tensor = { shape: outputShape(c), data };
  const work = new CaseWork(c);
  const { divergence, inconclusiveElements } = judgeValues(work, tensor, work.answer(assumed), assumed);
  if (data.length > 0 && inconclusiveElements === data.length)
    throw new Error(
      `${caseSummary(c)} decides nothing: an intermediate result may overflow at every element`,
    );
  const isOff = divergence !== null && (strict || divergence.severity === 'wrong');
  return {
    pass: !isOff,
    message: () =>
      isOff
        ? describe(work, divergence, assumed)
        : `${caseSummary(c)}: every one of ${data.length} values is within its tolerance, and should not be`,
  };
}

function describe(work: CaseWork, divergence: Divergence, assumed: AssumedArithmetic): string {
  const c = work.case;
  const format = answerFormat(c, assumed);
  const { severity, element, got, exact, allowed, ulps, guilty } = divergence;
  const others = guilty === 1 ? '' : ` (the worst of ${guilty})`;
  const lines = [
    `${caseSummary(c)} is ${severity} at [${toMultiIndex(element!, outputShape(c)).join(', ')}]${others}`,
    '',
    `  got      ${elementText(got!, format)}`,
    `  exact    ${numberText(exact!, 'float64')}`,
  ];
  const error = Math.abs(got! - exact!);
  const howFar = isToldInUlps(ulps, { exact: exact!, format })
    ? `${roundedText(ulps)} ULPs`
    : timesText({ got: got!, exact: exact!, allowed, format });
  if (howFar !== null) lines.push(`  error    ${roundedText(error)}, ${howFar}`);
  if (allowed !== null) {
    const level = isHalf(c.format) ? ` (${assumedText(assumed, c.format)})` : '';
    lines.push(`  allowed  ${roundedText(allowed)}${level}, for`);
    const terms = work.explain(assumed, element!, got)[toleranceNameOf(severity)];
    for (const { name, value } of terms)
      if (value !== 0) lines.push(`           ${roundedText(value).padEnd(11)}${name}`);
  }
  return lines.join('\n');
}
