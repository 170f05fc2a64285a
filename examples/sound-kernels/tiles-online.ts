/**
 * Sound: tiles of 16 classes. Where a tile has a new maximum, the running sum is
 * rescaled, and so is every power that is kept already, as attention does it.
 */
import type { SubjectModule } from 'logitfuzz';
import { kernelSet } from './kernel-set.ts';
import { maximumOf, recipeOf, type Recipe, type WorkedLane } from './recipe.ts';

const tile = 16;

function inTiles(x: Float64Array, { round, exp, log, sum, divide }: Recipe): WorkedLane {
  const n = x.length;
  const powers = new Float64Array(n);
  let [max, total] = [-Infinity, 0];
  for (let start = 0; start < n; start += tile) {
    const own = x.subarray(start, start + tile);
    const above = Math.max(max, maximumOf(own));
    if (above === -Infinity) continue; // nothing but masked classes yet
    const factor = max === above ? 1 : exp(round(max - above), start, n);
    for (let k = 0; k < start; k++) powers[k] = round(powers[k]! * factor);
    own.forEach((value, k) => (powers[start + k] = exp(round(value - above), start + k, n)));
    total = round(round(total * factor) + sum(powers.subarray(start, start + tile)));
    max = above;
  }
  const logTotal = log(total);
  return {
    p: powers.map((power) => divide(power, total)),
    logP: x.map((value) => round(round(value - max) - logTotal)),
    logSumExp: round(max + logTotal),
  };
}

const kernels: SubjectModule = kernelSet({
  name: 'tiles-online',
  recipe: (round) => recipeOf(round, { workLane: inTiles }),
});
export default kernels;
