/** Trouble that comes again and again, told once in a while. */

/** How long a kind of trouble that was told is not told again. */
const quietMs = 10_000;

/** A function that tells a sentence unless one of its kind was told in the last ten seconds. */
export function onceInAWhile(
  tell: (sentence: string) => void,
  { now = () => performance.now() }: { readonly now?: () => number } = {},
): (kind: string, sentence: string) => void {
  const toldAt = new Map<string, number>();
  return (kind, sentence) => {
    const before = toldAt.get(kind);
    if (before !== undefined && now() - before < quietMs) return;
    toldAt.set(kind, now());
    tell(sentence);
  };
}
