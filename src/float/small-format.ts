/**
 * Formats of at most 16 bits, from two numbers: how many bits the exponent and the significand have. Decodes
 * bits and encodes float64 values; JavaScript has no such arrays of its own wherever it runs.
 */

/** What a small format is: IEEE 754's layout, with infinities and NaNs at the largest exponent. */
export interface SmallLayout {
  readonly exponentBits: number;
  /** With the implicit one: p. At most 12. */
  readonly significandBits: number;
}

/** Bits of a small format stand in the low bits of a number, 16 at most. */
export interface SmallCodec {
  /** The value of the bits, exactly; a NaN carries its sign and payload in the high bits of float64's. */
  decode(bits: number): number;
  /**
   * The bits of the nearest value, ties to even: once, from the float64 itself. By way of float32
   * 1 + 2^-11 + 2^-40 would come to be a tie, and then 1. NaN keeps its sign and the high bits of its
   * payload.
   */
  encode(value: number): number;
  /** The nearest value, ties to even, overflowing to ±∞. */
  round(value: number): number;
}

const view = new DataView(new ArrayBuffer(8));
/** Added to a magnitude below 2^51 and taken away again, it rounds to a whole number, ties to even. */
const toWhole = 2 ** 52;

export function smallCodec({ exponentBits, significandBits }: SmallLayout): SmallCodec {
  const stored = significandBits - 1;
  const bias = 2 ** (exponentBits - 1) - 1;
  const totalBits = exponentBits + significandBits;
  const signBit = 2 ** (totalBits - 1);
  const infinityBits = (2 ** exponentBits - 1) << stored;
  const largestFinite = (2 - 2 ** -stored) * 2 ** bias;
  const smallestNormal = 2 ** (1 - bias);
  const smallestSubnormal = 2 ** (1 - bias - stored);
  const beyond = 2 ** (bias + 1);
  /** The high word of a float64 has its 11 exponent bits and the first 20 of its significand. */
  const unused = 20 - stored;
  const biasGap = (1023 - bias) << stored;

  const round = (value: number): number => {
    const magnitude = Math.abs(value);
    if (!(magnitude < beyond)) return magnitude >= beyond ? value * Infinity : value;
    const step = magnitude < smallestNormal ? smallestSubnormal : stepAt(magnitude, stored);
    const nearest = (magnitude / step + toWhole - toWhole) * step;
    const finite = nearest > largestFinite ? Infinity : nearest;
    return value < 0 || Object.is(value, -0) ? -finite : finite;
  };

  const encode = (value: number): number => {
    if (Number.isNaN(value)) {
      view.setFloat64(0, value);
      const high = view.getUint32(0);
      const payload = (high & 0xf_ffff) >>> unused;
      return (high >>> 31) * signBit + infinityBits + (payload === 0 ? 1 << (stored - 1) : payload);
    }
    const nearest = round(value);
    view.setFloat64(0, nearest);
    const high = view.getUint32(0);
    const sign = (high >>> 31) * signBit;
    const magnitude = Math.abs(nearest);
    if (magnitude === Infinity) return sign + infinityBits;
    if (magnitude < smallestNormal) return sign + magnitude / smallestSubnormal;
    return sign + ((high & 0x7fff_ffff) >>> unused) - biasGap;
  };

  /** 512 KB for 16 bits, made when it is first asked for. */
  let table: Float64Array | null = null;
  const makeTable = (): Float64Array => {
    const values = new Float64Array(2 * signBit);
    const words = new DataView(values.buffer);
    const isLittle = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;
    for (let bits = 0; bits < values.length; bits++) {
      const magnitude = bits & (signBit - 1);
      const sign = bits & signBit ? -1 : 1;
      const payload = magnitude & ((1 << stored) - 1);
      if (magnitude < infinityBits) {
        const exponent = Math.max(1, magnitude >>> stored);
        const significand = magnitude >>> stored === 0 ? payload : payload + (1 << stored);
        values[bits] = sign * significand * 2 ** (exponent - bias - stored);
      } else if (payload === 0) values[bits] = sign * Infinity;
      else {
        // Written as bits: a NaN that passes through a number may lose its payload.
        const high = (sign < 0 ? 0x8000_0000 : 0) + 0x7ff0_0000 + (payload << unused);
        words.setUint32(8 * bits + (isLittle ? 4 : 0), high, isLittle);
      }
    }
    return values;
  };

  return { decode: (bits) => (table ??= makeTable())[bits]!, encode, round };
}

/** The step between values with so many stored bits at a float64 that is normal. */
function stepAt(magnitude: number, stored: number): number {
  view.setFloat64(0, magnitude);
  const exponent = view.getUint32(0) & 0x7ff0_0000;
  view.setUint32(0, exponent - stored * 2 ** 20);
  view.setUint32(4, 0);
  return view.getFloat64(0);
}
