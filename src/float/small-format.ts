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
  /** The same of each value, several times as fast; `bits` is as long as `values`. */
  encodeAll(values: Float64Array, bits: Uint16Array): void;
  /** The values of all the bits; float32 holds them exactly, too, but for what a NaN carries. */
  decodeAll(bits: Uint16Array, values: Float32Array | Float64Array): void;
  /** The nearest value, ties to even, overflowing to ±∞. */
  round(value: number): number;
}

const cell = new Float64Array(1);
const cellWords = new Uint32Array(cell.buffer);
const isLittle = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;
/** Which of the two words of a float64 has its sign and its exponent. */
const highAt = isLittle ? 1 : 0;
/** Added to a magnitude below 2^51 and taken away again, it rounds to a whole number, ties to even. */
const toWhole = 2 ** 52;

export function smallCodec({ exponentBits, significandBits }: SmallLayout): SmallCodec {
  const stored = significandBits - 1;
  const bias = 2 ** (exponentBits - 1) - 1;
  const totalBits = exponentBits + significandBits;
  const signBit = 2 ** (totalBits - 1);
  const infinityBits = (2 ** exponentBits - 1) << stored;
  const largestFinite = (2 - 2 ** -stored) * 2 ** bias;
  const smallestSubnormal = 2 ** (1 - bias - stored);
  const beyond = 2 ** (bias + 1);
  /** The high word of a float64 has its 11 exponent bits and the first 20 of its significand. */
  const unused = 20 - stored;
  const biasGap = (1023 - bias) << stored;

  /**
   * 2^52 steps of the format, by the exponent bits of a float64. Added to a magnitude with that exponent and
   * taken away again, they round it to a whole number of steps, ties to even.
   */
  const toSteps = Float64Array.from(
    { length: 2 ** 11 },
    (_, exponent) => 2 ** (52 + Math.min(bias, Math.max(exponent - 1023, 1 - bias)) - stored),
  );

  const round = (value: number): number => {
    const magnitude = Math.abs(value);
    if (!(magnitude < beyond)) return magnitude >= beyond ? value * Infinity : value;
    cell[0] = value;
    const word = cellWords[highAt]!;
    const steps = toSteps[(word >>> 20) & 0x7ff]!;
    const nearest = magnitude + steps - steps;
    const finite = nearest > largestFinite ? Infinity : nearest;
    return word >>> 31 === 0 ? finite : -finite;
  };

  const normalHigh = (1024 - bias) << 20;
  const beyondHigh = (1024 + bias) << 20;
  const belowHalf = 2 ** (unused - 1) - 1;
  const perSubnormal = 1 / smallestSubnormal;

  /** The bits of values[i], whose two words are `words`[2i] and [2i + 1]. */
  const bitsAt = (values: Float64Array, words: Uint32Array, i: number): number => {
    const word = words[2 * i + highAt]!;
    const high = word & 0x7fff_ffff;
    const sign = word >>> 31 === 0 ? 0 : signBit;
    if (high < normalHigh) return sign + (Math.abs(values[i]!) * perSubnormal + toWhole - toWhole);
    if (high < beyondHigh) {
      // Carries into the last bit that stays where what goes is more than half of it, or half and that bit
      // is 1; from there on into the exponent, up to that of infinity.
      const low = words[2 * i + 1 - highAt]!;
      const carried = high + belowHalf + (low === 0 ? (high >>> unused) & 1 : 1);
      return sign + (carried >>> unused) - biasGap;
    }
    if (!Number.isNaN(values[i]!)) return sign + infinityBits;
    const payload = (high & 0xf_ffff) >>> unused;
    return sign + infinityBits + (payload === 0 ? 1 << (stored - 1) : payload);
  };

  const encode = (value: number): number => {
    cell[0] = value;
    return bitsAt(cell, cellWords, 0);
  };

  const encodeAll = (values: Float64Array, bits: Uint16Array): void => {
    const words = new Uint32Array(values.buffer, values.byteOffset, 2 * values.length);
    for (let i = 0; i < values.length; i++) bits[i] = bitsAt(values, words, i);
  };

  /** 512 KB for 16 bits, made when it is first asked for. */
  let table: Float64Array | null = null;
  const makeTable = (): Float64Array => {
    const values = new Float64Array(2 * signBit);
    const words = new DataView(values.buffer);
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
        words.setUint32(8 * bits + 4 * highAt, high, isLittle);
      }
    }
    return values;
  };

  const decodeAll = (bits: Uint16Array, values: Float32Array | Float64Array): void => {
    table ??= makeTable();
    for (let i = 0; i < values.length; i++) values[i] = table[bits[i]!]!;
  };

  return { decode: (bits) => (table ??= makeTable())[bits]!, encode, encodeAll, decodeAll, round };
}
