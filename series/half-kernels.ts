/**
 * The largest error of each from-scratch kernel on data of 16 bits, in ULPs of the format: over all lanes
 * [x], [0, g] and [g, 0], over drawn pairs, and over drawn lanes that one class dominates. Against the exact
 * oracle, and its double-double where the two do not agree. Exit 1 above 0.501 ULP.
 * `npm run series:half-kernels -- [pairs = 10000000] [seed = 1]`
 */
import { isIndexTarget, type Case } from '../src/case/case.ts';
import { kernelTable, operations, type Kernels } from '../src/contract/subject.ts';
import {
  decodedHalves,
  halfFormats,
  isHalf,
  roundTo,
  type Format,
  type HalfFormat,
} from '../src/float/format.ts';
import { ulpError } from '../src/float/ulp.ts';
import { exhaustiveCase, exhaustiveCount } from '../src/generate/exhaustive.ts';
import {
  drawInt,
  drawSigned,
  drawUnit,
  randomSourceFor,
  type RandomSource,
} from '../src/generate/random-source.ts';
import * as kernels from '../src/kernels/index.ts';
import { CaseWork } from '../src/oracles/exact.ts';
import { defaultArithmetic } from '../src/subjects/implementation.ts';
import { toHalfTensor } from '../src/tensor/half-tensor.ts';
import type { FloatTensor, Tensor } from '../src/tensor/tensor.ts';
import { isMain } from './run.ts';

/** Half an ULP is rounding itself. */
export const ulpsMax = 0.501;
const rowsOfPairs = 1_024;

/** The kernel's answer to the case, decoded; called with every option, as the case has it. */
function answerTo(c: Case, of: Required<Kernels<FloatTensor>>): ArrayLike<number> {
  const { format, loss, cotangent } = c;
  if (!isHalf(format)) throw new Error(`${format} has not 16 bits`);
  const { kernel } = kernelTable.find(
    (row) => row.operation === c.operation && row.direction === c.direction,
  )!;
  const target =
    loss === undefined || isIndexTarget(loss.target) ? loss?.target : toHalfTensor(loss.target, format);
  const args = [
    toHalfTensor(c.logits, format),
    ...(loss === undefined ? [] : [target]),
    ...(cotangent === undefined ? [] : [toHalfTensor(cotangent, format)]),
    { axis: c.axis, reduction: loss?.reduction },
  ];
  const { data } = (of[kernel] as (...given: unknown[]) => FloatTensor)(...args);
  return decodedHalves(data, format);
}

/**
 * The largest error of the answer; Infinity where one is finite and the other is not. Kernel and oracle are
 * written apart: where they agree to a rounding, both are right. Where not, double-double says who is.
 */
function ulpsOf(c: Case, got: ArrayLike<number>): number {
  const work = new CaseWork(c);
  const { exact } = work.answer(defaultArithmetic);
  const worst = worstOf(c, got, { exact, open: new Float64Array(exact.length) });
  if (worst <= ulpsMax) return worst;
  const refined = work.refined(defaultArithmetic);
  return worstOf(c, got, { exact: refined.exact, open: refined.uncertainty });
}

interface Exact {
  readonly exact: Float64Array;
  /** What double-double itself leaves open, of terms that cancel: no error of anybody's. */
  readonly open: Float64Array;
}

function worstOf({ format }: Case, got: ArrayLike<number>, { exact, open }: Exact): number {
  let worst = 0;
  for (let i = 0; i < exact.length; i++) {
    const due = exact[i]!;
    const isNoNumber = Object.is(got[i], roundTo(format, due)) && !Number.isFinite(got[i]);
    const isOpen = Math.abs(got[i]! - due) <= open[i]!;
    const error = isNoNumber || isOpen ? 0 : ulpError(got[i]!, { exact: due, format });
    worst = Math.max(worst, error ?? Infinity);
  }
  return worst;
}

export interface Row {
  readonly format: Format;
  readonly kernel: string;
  /** Which lanes: all the small ones, pairs, or lanes of which one class has nearly all. */
  readonly lanes: string;
  elements: number;
  ulps: number;
}

function measure(rows: Map<string, Row>, c: Case, lanes: string): void {
  const { format } = c;
  const { kernel } = kernelTable.find(
    (row) => row.operation === c.operation && row.direction === c.direction,
  )!;
  const key = [format, kernel, lanes].join('\t');
  const row = rows.get(key) ?? { format, kernel, lanes, elements: 0, ulps: 0 };
  rows.set(key, row);
  const got = answerTo(c, kernels as Required<Kernels<FloatTensor>>);
  row.elements += got.length;
  row.ulps = Math.max(row.ulps, ulpsOf(c, got));
}

type Draw = (random: RandomSource, format: HalfFormat) => number;

/** Any finite number of the format, each as likely. */
const anyOf: Draw = (random, format) => {
  const value = decodedHalves([drawInt(random, 2 ** 16)], format)[0]!;
  return Number.isFinite(value) ? value : anyOf(random, format);
};
const nearOf =
  (size: number): Draw =>
  (random, format) =>
    roundTo(format, drawSigned(random) * size);

/** A case of each kernel: lanes of `width`, their values drawn by one of the ways. */
interface Drawing {
  readonly seed: number;
  readonly format: HalfFormat;
  readonly width: number;
  readonly isDominated: boolean;
}

function drawn(index: number, { seed, format, width, isDominated }: Drawing): readonly Case[] {
  const random = randomSourceFor({ seed: BigInt(seed), index });
  const [logit, other] = isDominated
    ? [nearOf(4), nearOf(2)]
    : ([
        [anyOf, anyOf],
        [nearOf(12), nearOf(2)],
        [nearOf(1), nearOf(2)],
        [nearOf(40), anyOf],
      ][index % 4] as [Draw, Draw]);
  const count = Math.floor((2 * rowsOfPairs) / width);
  const shape = [count, width];
  const filled = (of: readonly number[], draw: Draw): Tensor => ({
    shape: of,
    data: Float64Array.from({ length: of.reduce((a, b) => a * b, 1) }, () => draw(random, format)),
  });
  const logits = filled(shape, logit);
  if (isDominated)
    for (let row = 0; row < count; row++)
      logits.data[row * width + drawInt(random, width)] = roundTo(format, 6 + 60 * drawUnit(random));
  const indices = { shape: [count], data: Int32Array.from({ length: count }, () => drawInt(random, width)) };
  const likelihoods = filled(shape, (source) => roundTo(format, drawUnit(source)));
  return kernelTable.map(({ operation, direction }, at) => {
    const isPerLane = operation === 'crossEntropy' || operation === 'logSumExp';
    const isIndex = direction !== 'targetBackward' && (index + at) % 2 === 0;
    const loss = { target: isIndex ? indices : likelihoods, reduction: 'none', labelSmoothing: 0 } as const;
    return {
      operation,
      direction,
      format,
      axis: -1,
      logits,
      ...(operation === 'crossEntropy' ? { loss } : {}),
      ...(direction === 'forward' ? {} : { cotangent: filled(isPerLane ? [count] : shape, other) }),
      regimes: [],
      checks: [],
    };
  });
}

export interface Extent {
  /** How many pairs are drawn for each kernel and format. */
  readonly pairs: number;
  readonly seed: number;
  /** Every so many of the cases with all small lanes: 1 for all. */
  readonly step: number;
}

export function measureKernels({ pairs, seed, step }: Extent): readonly Row[] {
  const rows = new Map<string, Row>();
  const space = { operations, formats: halfFormats };
  for (let i = 0; i < exhaustiveCount(space); i += step) measure(rows, exhaustiveCase(i, space), 'all small');
  for (const format of halfFormats) {
    for (let index = 0; index * rowsOfPairs < pairs; index++) {
      const measureDrawn = (width: number, isDominated: boolean, lanes: string): void => {
        for (const c of drawn(index, { seed, format, width, isDominated })) measure(rows, c, lanes);
      };
      measureDrawn(2, false, 'drawn pairs');
      const width = 3 + (index % 62);
      if (index % 4 === 0) measureDrawn(width, true, 'dominated');
      if (index % 4 === 2) measureDrawn(width, false, 'drawn wide');
    }
  }
  return [...rows.values()];
}

if (isMain(import.meta.url)) {
  const [pairs = 10_000_000, seed = 1] = process.argv.slice(2).map(Number);
  process.stdout.write('format\tkernel\tlanes\telements\tlargest error in ULPs\n');
  const rows = measureKernels({ pairs, seed, step: 1 });
  for (const { format, kernel, lanes, elements, ulps } of rows)
    process.stdout.write(`${[format, kernel, lanes, elements, ulps.toFixed(6)].join('\t')}\n`);
  process.exitCode = rows.some(({ ulps }) => ulps > ulpsMax) ? 1 : 0;
}
