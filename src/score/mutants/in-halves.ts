/** The mutants that are wrong in halves alone, in one table; and which of all are planted in a format. */
import { halfFormats, isHalf, type Format, type HalfFormat } from '../../float/format.ts';
import { halfConversionMutants } from './half-conversions.ts';
import { halfDeclaredMutants } from './half-declared.ts';
import { halfLaneMutants } from './half-lanes.ts';
import { halfLossMutants } from './half-losses.ts';
import { halfSumMutants } from './half-sums.ts';
import type { Mutant } from './mutant.ts';
import { mutants } from './mutants.ts';

export const mutantsOfHalves: readonly Mutant[] = [
  ...halfConversionMutants,
  ...halfSumMutants,
  ...halfLaneMutants,
  ...halfLossMutants,
  ...halfDeclaredMutants,
];

/** All that there are, by name. */
export const everyMutant: readonly Mutant[] = [...mutants, ...mutantsOfHalves];

/** Why a mutant of native formats is not asked in some of the halves. */
interface Unseen {
  readonly formats: readonly HalfFormat[];
  readonly why: string;
}

function unseen(
  formats: readonly HalfFormat[],
  why: string,
  names: readonly string[],
): Record<string, Unseen> {
  return Object.fromEntries(names.map((name) => [name, { formats, why }]));
}

export const unseenInHalves: Readonly<Record<string, Unseen>> = {
  ...unseen(halfFormats, 'it is of float64', ['odd-float64', 'float64-through-float32']),
  ...unseen(halfFormats, 'it is of memory, which the conversion to float32 makes anew', [
    'weights-from-the-start-of-the-buffer',
    'aligned-down-to-8',
    'offset-lost-above-8-kib',
    'reads-whole-vectors',
    'pads-behind-the-input',
    'sentinel-before-the-input',
    'answer-kept-by-array',
    'classes-kept-by-array',
    'memory-given-back',
  ]),
  ...unseen(halfFormats, 'what it does is finer than a half shows', [
    'logs-added-one-by-one',
    'epsilon-in-the-sum',
    'exp-coarse-far-out',
    'exp-with-short-ln2',
    'order-of-summation-alternates',
    'last-bit-of-every-seventh-call',
  ]),
  ...unseen(['float16'], 'the numbers that it is wrong of are beyond float16', [
    'clamped-exponent',
    'exp2-of-scaled-logits',
    'low-values-are-masked',
    'saturated-gradient',
    'masked-class-keeps-a-share',
    'masked-class-moves',
    'light-classes-zeroed',
    'light-classes-turned',
    'weight-of-zero-kept-normal',
    'early-zero',
  ]),
  ...unseen(['bfloat16'], 'what it rounds is rounded so already', [
    'maximum-in-bfloat16',
    'weights-in-bfloat16',
  ]),
  ...unseen(['bfloat16'], 'what it does is finer than bfloat16 shows', ['log-of-18-bits']),
};

function isSeenIn(format: Format, { name, formats }: Mutant): boolean {
  if (formats !== undefined) return formats.includes(format);
  return !isHalf(format) || !unseenInHalves[name]?.formats.includes(format);
}

/** Those that are wrong in one of the formats. */
export function mutantsIn(formats: readonly Format[]): readonly Mutant[] {
  return everyMutant.filter((mutant) => formats.some((format) => isSeenIn(format, mutant)));
}

/** Whether it has to be asked by way of float32: its kernels know no halves. */
export function isOfNative({ formats }: Mutant): boolean {
  return formats === undefined || !formats.some(isHalf);
}
