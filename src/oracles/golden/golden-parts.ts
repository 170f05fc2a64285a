/** Reads the values of golden files: sums of up to three float64 in hexadecimal, or words. */

export function partsOf(text: string): number[] {
  const words: Record<string, number> = { nan: NaN, inf: Infinity, '-inf': -Infinity };
  return text.split(' ').map((word) => words[word] ?? fromHex(word));
}

/** Python's float.hex: [-]0x1.hhhhp±e. */
function fromHex(text: string): number {
  const match = /^(-?)0x([01])\.?([0-9a-f]*)p([+-]\d+)$/.exec(text)!;
  const digits = match[3]!;
  const significand = Number.parseInt(match[2]! + digits, 16);
  const exponent = Number(match[4]) - 4 * digits.length;
  // in two steps: the scale of a subnormal number is below the smallest one
  const half = Math.trunc(exponent / 2);
  return (match[1] === '-' ? -1 : 1) * significand * 2 ** half * 2 ** (exponent - half);
}
