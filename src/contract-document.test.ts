/**
 * docs/contract.md says what the code does: its examples are taken
 * from the page and asked of the exact oracle and the kernels.
 */
import { readFileSync } from 'node:fs';
import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { kernelTable, type KernelName } from './contract/subject.ts';
import { formats, isHalf, roundTo, type Format } from './float/format.ts';
import * as kernels from './kernels/index.ts';
import { answerOf } from './oracles/exact.ts';
import { defaultArithmetic } from './subjects/implementation.ts';
import { argumentsOf } from './subjects/kernel-arguments.ts';
import { toHalfTensor } from './tensor/half-tensor.ts';
import type { FloatTensor, Tensor } from './tensor/tensor.ts';
import { kernelCase, type GivenCase } from './vitest-kit/index.ts';

interface Example {
  readonly call: string;
  /** The answer that the page writes: nested values, or the error that the kernel throws. */
  readonly due: string;
}

const examples = examplesIn(readFileSync('docs/contract.md', 'utf8'));
const answered = examples.filter(({ due }) => !/^\w+Error: /.test(due));
const refused = examples.filter(({ due }) => /^\w+Error: /.test(due));

/** The lines `call → due` of the page. */
function examplesIn(page: string): readonly Example[] {
  return [...page.matchAll(/^(\w+\(.*\)) +→ (.*)$/gm)].map(([, call, due]) => ({
    call: call!.trimEnd(),
    due: due!,
  }));
}

/** Evaluates a call of the page, with each kernel's name standing for `made` of what it is given. */
function evaluate<T>(call: string, made: (kernel: KernelName, args: readonly unknown[]) => T): T {
  const names = kernelTable.map(
    ({ kernel }) => [kernel, (...args: unknown[]) => made(kernel, args)] as const,
  );
  return runInNewContext(call, {
    ...Object.fromEntries(names),
    tensor: (shape: readonly number[]) => ({ shape: [...shape], data: new Float64Array(0) }),
    indices: (shape: readonly number[]) => ({ shape: [...shape], data: new Int32Array(0) }),
  }) as T;
}

/** The case that a call of the page asks; empty tensors stand in float64 there. */
function givenBy(kernel: KernelName, args: readonly unknown[], format: Format): GivenCase {
  const { operation, direction } = kernelTable.find((row) => row.kernel === kernel)!;
  const rest = args.map((arg) => inFormat(arg, format));
  const logits = rest.shift();
  const target = operation === 'crossEntropy' ? { target: rest.shift() } : {};
  const dy = direction === 'forward' ? {} : { dy: rest.shift() };
  return { operation, direction, format, logits, ...target, ...dy, ...(rest[0] as object) } as GivenCase;
}

function inFormat(arg: unknown, format: Format): unknown {
  const isEmptyTensor = (arg as Partial<Tensor>).data instanceof Float64Array;
  if (!isEmptyTensor) return structuredClone(arg);
  const empty = arg as Tensor;
  if (isHalf(format)) return toHalfTensor(empty, format);
  return format === 'float32' ? { ...empty, data: new Float32Array(0) } : empty;
}

/** Nested as the shape is, to seven digits. */
function nestedText(shape: readonly number[], values: ArrayLike<number>): string {
  const texts = Array.from(values, (value) => String(Number(value.toPrecision(7)) + 0));
  const nested = (level: number): string =>
    level === shape.length
      ? texts.shift()!
      : `[${Array.from({ length: shape[level]! }, () => nested(level + 1)).join(', ')}]`;
  return nested(0);
}

test('the page has examples of every kernel, and of what is refused', () => {
  const called = new Set(examples.map(({ call }) => call.replace(/\(.*/, '')));

  expect([...called].sort()).toEqual(kernelTable.map(({ kernel }) => kernel).sort());
  expect(answered.length).toBeGreaterThan(40);
  expect(refused.length).toBeGreaterThan(3);
});

test.each(answered)('the exact answer to $call is $due', ({ call, due }) => {
  const c = kernelCase(evaluate(call, (kernel, args) => givenBy(kernel, args, 'float64')));
  const { shape, exact } = answerOf(c, defaultArithmetic);

  expect(nestedText(shape, exact)).toBe(due);
});

describe.each(formats)('%s', (format) => {
  test.each(answered)('the kernels answer $call by $due, within its tolerance', ({ call }) => {
    const [kernel, given] = evaluate(call, (name, args) => [name, givenBy(name, args, format)] as const);
    const c = kernelCase(given);
    const answer = (kernels[kernel] as (...args: unknown[]) => FloatTensor)(
      ...argumentsOf(c, ({ tensor, format: own }) => (isHalf(own) ? toHalfTensor(tensor, own) : tensor)),
    );

    expect(answer).toMatchExact(c, { strict: true });
  });
});

test.each(refused)('the kernels refuse $call by $due', ({ call, due }) => {
  const thrown = evaluate(call, (kernel, args) => {
    try {
      return (kernels[kernel] as (...args: unknown[]) => unknown)(...args.map(asArgument));
    } catch (error) {
      return `${(error as Error).name}: ${(error as Error).message}`;
    }
  });

  expect(thrown).toBe(due);
});

/**
 * A flat list of the page as a tensor, a lone number that
 * stands for a class as an index, weights of the options too.
 */
function asArgument(arg: unknown, place: number): unknown {
  if (typeof arg === 'number')
    return { shape: [], data: place === 1 ? Int32Array.of(arg) : Float64Array.of(arg) };
  if (Array.isArray(arg)) return { shape: [arg.length], data: Float64Array.from(arg as number[]) };
  const { weight, ...options } = arg as { readonly weight?: unknown };
  return weight === undefined ? options : { ...options, weight: asArgument(weight, -1) };
}

test('2 and [2, 0] are class indices there, and an answer that is off by its last digit fails', () => {
  const c = kernelCase(
    evaluate('crossEntropy([1, 2, 3], 2)', (name, args) => givenBy(name, args, 'float64')),
  );

  expect(c.loss!.target.data).toBeInstanceOf(Int32Array);
  expect(nestedText([], [0.407606])).not.toBe(nestedText([], [0.4076061]));
});

test('logSumExp([0, −40]) is 4.2e-18 and may be 0, as the table of differences says', () => {
  const c = kernelCase({ operation: 'logSumExp', format: 'float64', logits: [0, -40] });

  expect(answerOf(c, defaultArithmetic).exact[0]!.toPrecision(2)).toBe('4.2e-18');
  expect({ shape: [], data: Float64Array.of(0) }).toMatchExact(c, { strict: true });
});

test('what the page says of 16 bits: one rounding, the largest number, and what an array cannot hold', () => {
  expect(roundTo('float16', 1 + 2 ** -11 + 2 ** -40)).toBe(1 + 2 ** -10);
  expect(Math.fround(1 + 2 ** -11 + 2 ** -40)).toBe(1 + 2 ** -11);
  expect([65519, 65520].map((value) => roundTo('float16', value))).toEqual([65504, Infinity]);
  expect([roundTo('float16', 2049), roundTo('bfloat16', 257)]).toEqual([2048, 256]);
  expect(toHalfTensor({ shape: [], data: [1] }, 'float16').data[0]).toBe(0x3c00);
  expect(toHalfTensor({ shape: [], data: [1] }, 'bfloat16').data[0]).toBe(0x3f80);
});
