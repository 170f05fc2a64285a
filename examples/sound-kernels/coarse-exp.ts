/**
 * e^x in float32, up to 2 ULPs too large or too small. Among the subnormals it is rounded once, as every exp
 * is that multiplies by a power of two last (docs/numerics.md §12).
 */

const smallestNormal = 2 ** -126;
const float = new Float32Array(1);
const bits = new Int32Array(float.buffer);

/** The positive float32 so many steps above. */
export function stepped(value: number, steps: number): number {
  float[0] = value;
  bits[0] = bits[0]! + steps;
  return float[0];
}

/** From 1 to 2 ULPs above e^x. */
export function expAbove(x: number): number {
  const power = Math.exp(x);
  const rounded = Math.fround(power);
  return power < smallestNormal ? rounded : stepped(rounded, rounded >= power ? 1 : 2);
}

/** From 1 to 2 ULPs below it. */
export function expBelow(x: number): number {
  const power = Math.exp(x);
  const rounded = Math.fround(power);
  return power < smallestNormal ? rounded : stepped(rounded, rounded <= power ? -1 : -2);
}
