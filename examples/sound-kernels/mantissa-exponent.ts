/**
 * Sound: two passes, without a maximum to begin with. Each e^x is m·2^n with an integer n that no format
 * limits, and so is the sum. x is taken apart in float64; mantissas are float32.
 */
import type { SubjectModule } from 'logitfuzz';
import { kernelSet } from './kernel-set.ts';
import { recipeOf, type Recipe, type WorkedLane } from './recipe.ts';

interface Scaled {
  readonly mantissa: number;
  readonly exponent: number;
}

/** ln 2 in two parts, the first of 21 bits, so that its product with an exponent is exact. */
const ln2High = Math.round(Math.LN2 * 2 ** 21) / 2 ** 21;
const ln2Low = Math.LN2 - ln2High;
/**
 * Above it neighbours are 256 apart or more: of unequal
 * logits one is nothing to the other, whatever the mantissas.
 */
const largest = 2 ** 31;

function scaledExp(x: number): Scaled {
  if (x === -Infinity) return { mantissa: 0, exponent: -Infinity };
  const exponent = Math.round(x * Math.LOG2E);
  const rest = Math.abs(x) >= largest ? 0 : x - exponent * ln2High - exponent * ln2Low;
  return { mantissa: Math.fround(Math.exp(rest)), exponent };
}

function inTwoPasses(x: Float64Array, { round, log, divide }: Recipe): WorkedLane {
  let [total, exponent, max, ofMax] = [0, -Infinity, -Infinity, 1];
  for (const value of x) {
    const power = scaledExp(value);
    if (power.mantissa === 0) continue;
    const to = Math.max(exponent, power.exponent);
    total = round(round(total * 2 ** (exponent - to)) + round(power.mantissa * 2 ** (power.exponent - to)));
    exponent = to;
    if (value > max) [max, ofMax] = [value, power.mantissa];
  }
  const logTotal = log(divide(total, ofMax));
  return {
    p: x.map((value) => {
      const power = scaledExp(value);
      return round(divide(power.mantissa, total) * 2 ** (power.exponent - exponent));
    }),
    logP: x.map((value) => round(round(value - max) - logTotal)),
    logSumExp: round(max + logTotal),
  };
}

const kernels: SubjectModule = kernelSet({
  name: 'mantissa-exponent',
  float32Only: 'it takes float32 apart in float64',
  recipe: (round) => recipeOf(round, { workLane: inTwoPasses }),
});
export default kernels;
