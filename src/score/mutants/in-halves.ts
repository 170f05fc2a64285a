/** The mutants that are wrong in halves alone, in one table; and which of all are planted in a format. */
import { isHalf, type Format } from '../../float/format.ts';
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

const ofFloat64 = 'it is of float64';
const ofMemory = 'it is of memory, which the conversion to float32 makes anew';
const fine = 'what it does is finer than a half shows';

/** Why mutants of native formats are not asked in halves. */
export const unseenInHalves: Readonly<Record<string, string>> = {
  'odd-float64': ofFloat64,
  'float64-through-float32': ofFloat64,
  'weights-from-the-start-of-the-buffer': ofMemory,
  'aligned-down-to-8': ofMemory,
  'offset-lost-above-8-kib': ofMemory,
  'reads-whole-vectors': ofMemory,
  'pads-behind-the-input': ofMemory,
  'sentinel-before-the-input': ofMemory,
  'answer-kept-by-array': ofMemory,
  'classes-kept-by-array': ofMemory,
  'memory-given-back': ofMemory,
  'logs-added-one-by-one': fine,
  'epsilon-in-the-sum': fine,
  'exp-coarse-far-out': fine,
  'exp-with-short-ln2': fine,
  'order-of-summation-alternates': fine,
  'last-bit-of-every-seventh-call': fine,
};

/** Those that are wrong in one of the formats. */
export function mutantsIn(formats: readonly Format[]): readonly Mutant[] {
  const areNative = formats.some((format) => !isHalf(format));
  return everyMutant.filter(
    ({ name, formats: own }) =>
      own?.some((format) => formats.includes(format)) ?? (areNative || unseenInHalves[name] === undefined),
  );
}

/** Whether it has to be asked by way of float32: its kernels know no halves. */
export function isOfNative({ formats }: Mutant): boolean {
  return formats === undefined || !formats.some(isHalf);
}
