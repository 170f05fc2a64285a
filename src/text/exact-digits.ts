/** The decimal digits of a value that is known beyond a float64: rounded once, from all of its bits. */

const digitsShown = 17;

/**
 * hi + lo to 17 significant digits, without zeros at the end: the value rounded to the nearest, a tie to
 * even. NaN, ±∞ and zeros as JavaScript has them.
 */
export function exactDigits(hi: number, lo = 0): string {
  if (!Number.isFinite(hi) || (hi === 0 && lo === 0)) return Object.is(hi, -0) ? '-0' : String(hi);
  const [a, b] = [dyadicOf(hi), dyadicOf(lo)];
  const exponent = Math.min(a.exponent, b.exponent);
  const units = aligned(a, exponent) + aligned(b, exponent);
  const sign = units < 0n ? '-' : '';
  const { digits, pointAt } = roundedDecimal(units < 0n ? -units : units, exponent);
  return sign + written(digits.replace(/0+$/, ''), pointAt);
}

/** units · 2^exponent */
interface Dyadic {
  readonly units: bigint;
  readonly exponent: number;
}

const bytes = new DataView(new ArrayBuffer(8));

function dyadicOf(value: number): Dyadic {
  bytes.setFloat64(0, value);
  const bits = bytes.getBigUint64(0);
  const biased = Number((bits >> 52n) & 0x7ffn);
  const fraction = bits & 0xfffffffffffffn;
  const units = biased === 0 ? fraction : fraction | 0x10000000000000n;
  return { units: bits >> 63n === 1n ? -units : units, exponent: Math.max(biased, 1) - 1075 };
}

function aligned({ units, exponent }: Dyadic, to: number): bigint {
  return units << BigInt(exponent - to);
}

/** 0.digits · 10^pointAt */
function roundedDecimal(units: bigint, exponent: number): { digits: string; pointAt: number } {
  // A fraction whose denominator is a power of two, times a power of ten that leaves more digits than shown.
  const shift = exponent < 0 ? -exponent : 0;
  const whole = exponent < 0 ? units : units << BigInt(exponent);
  const tens = shift + digitsShown + 1;
  const all = (whole * 10n ** BigInt(tens)) >> BigInt(shift); // exact: 10^shift holds 2^shift
  const length = all.toString().length;
  const dropped = 10n ** BigInt(length - digitsShown);
  const [kept, rest] = [all / dropped, all % dropped];
  const isUp = 2n * rest > dropped || (2n * rest === dropped && kept % 2n === 1n);
  const digits = (kept + (isUp ? 1n : 0n)).toString();
  return { digits, pointAt: length - tens + (digits.length - digitsShown) };
}

function written(digits: string, pointAt: number): string {
  if (pointAt > 21 || pointAt < -5) {
    const [first, rest] = [digits.slice(0, 1), digits.slice(1)];
    return `${first}${rest === '' ? '' : `.${rest}`}e${pointAt - 1 < 0 ? '' : '+'}${pointAt - 1}`;
  }
  if (pointAt <= 0) return `0.${'0'.repeat(-pointAt)}${digits}`;
  if (digits.length <= pointAt) return digits.padEnd(pointAt, '0');
  return `${digits.slice(0, pointAt)}.${digits.slice(pointAt)}`;
}
