/**
 * Simulated float32 machines: what becomes of every value that is read, of every result, and of exp far below
 * 0.
 */

export interface Machine {
  readonly name: string;
  /** What becomes of an element of an array as it is read. */
  readonly load: (value: number) => number;
  /** The result of one operation, of which `value` is the exact one. */
  readonly round: (value: number) => number;
  readonly exp: (x: number) => number;
}

const smallestNormal = 2 ** -126;

function flushed(value: number): number {
  return Math.abs(value) < smallestNormal ? 0 : value;
}

/**
 * x86 rounds and then flushes, ARM flushes before it rounds. With DAZ alone a subnormal result is 0 as soon
 * as it is an operand, which is FTZ but for the last result.
 */
const arithmetics: readonly Pick<Machine, 'name' | 'load' | 'round'>[] = [
  { name: 'gradual underflow', load: (value) => value, round: Math.fround },
  { name: 'FTZ', load: (value) => value, round: (value) => flushed(Math.fround(value)) },
  { name: 'FTZ before rounding', load: (value) => value, round: (value) => Math.fround(flushed(value)) },
  { name: 'FTZ and DAZ', load: flushed, round: (value) => flushed(Math.fround(value)) },
];

/** XNNPACK's exp is 0 below the first, TensorFlow's below the second. */
const cutOffs: readonly { readonly name: string; readonly below: number }[] = [
  { name: '', below: -Infinity },
  { name: ', exp 0 below −87.33654', below: -87.33654 },
  { name: ', exp 0 below ln 2^-125', below: -125 * Math.LN2 },
];

export const machines: readonly Machine[] = arithmetics.flatMap(({ name, load, round }) =>
  cutOffs.map((cutOff) => ({
    name: name + cutOff.name,
    load,
    round,
    exp: (x: number) => (x < cutOff.below ? 0 : round(Math.exp(x))),
  })),
);
