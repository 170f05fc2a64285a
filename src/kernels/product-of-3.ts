/** A product of three numbers of any size. */

const smallestNormal = 2 ** -1022;

/** a·b·c without an overflow or underflow that the result does not have. */
export function productOf3(a: number, b: number, c: number): number {
  const ab = a * b;
  const size = Math.abs(ab);
  return size >= smallestNormal && size < Infinity ? ab * c : productBySize(a, b, c);
}

/**
 * The smallest by the largest first, so that the first product lies
 * between the factors or is beyond 1 on the result's own side.
 */
function productBySize(a: number, b: number, c: number): number {
  if (a === 0 || b === 0) return a * b * c;
  const x = Math.abs(a);
  const y = Math.abs(b);
  const z = Math.abs(c);
  if (x >= y && x >= z) return y <= z ? a * b * c : a * c * b;
  if (y >= z) return x <= z ? b * a * c : b * c * a;
  return x <= y ? c * a * b : c * b * a;
}
