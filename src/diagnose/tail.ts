/** Whether what is wrong goes by the width as a loop's ends do: from one width on, or by its remainder. */
import { isWrong, type Pattern, type Probed } from './pattern.ts';

/** What speaks for it, as the end of a sentence; null where nothing does. */
export function tailOf(pattern: Pattern): string | null {
  // What is wrong of four logits is no matter of blocks, but where it goes by the remainder.
  const isPlain = pattern
    .tagged('plain')
    .concat(pattern.tagged('plain', 'tie'))
    .every(({ answered }) => !isWrong(answered));
  const plain = saidOf(pattern.tagged('width'), isPlain);
  if (plain !== null) return plain;
  const high = saidOf(pattern.tagged('width', 'high tail'), isPlain);
  if (high !== null) return `${high}, where the last logit is the largest`;
  const wide = pattern.tagged('rows', 'width').some(({ answered }) => isWrong(answered));
  const narrow = pattern.tagged('rows').some(({ answered }) => isWrong(answered));
  const isWide = pattern.tagged('width').some(({ answered }) => isWrong(answered));
  return wide && !narrow && !isWide ? 'wide rows are wrong, narrow ones and wide ones alone are not' : null;
}

const blockMin = 5;
/** Blocks are powers of two: the remainder by another number may fit by chance. */
const moduli = [2, 4, 8, 16, 32, 64];

function saidOf(probed: readonly Probed[], isPlain: boolean): string | null {
  const known = probed.filter(
    ({ answered }) => answered.verdict !== 'unsure' && answered.divergence?.severity !== 'inaccurate',
  );
  const widths = (isOnes: boolean): readonly number[] =>
    known.filter(({ answered }) => isWrong(answered) === isOnes).map(({ probe }) => probe.at!);
  const [wrong, right] = [widths(true), widths(false)];
  const first = wrong[0];
  if (first === undefined || right.length === 0) return null;
  if (right.every((width) => width < first))
    return isPlain && first >= blockMin ? `it is wrong from a width of ${first} on` : null;
  const last = wrong.at(-1)!;
  const isRange = right.every((width) => width < first || width > last);
  if (isRange) return isPlain && first >= blockMin ? `it is wrong at widths from ${first} to ${last}` : null;
  for (const modulus of moduli) {
    const residues = new Set(wrong.map((width) => width % modulus));
    if (residues.size === modulus || right.some((width) => width > first && residues.has(width % modulus)))
      continue;
    return residues.size === 1
      ? `it is wrong where the width leaves ${[...residues][0]} when divided by ${modulus}`
      : `it goes by what the width leaves when divided by ${modulus}`;
  }
  return null;
}
