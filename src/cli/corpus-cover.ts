/** Which cases of a corpus show nothing that another one, no larger, does not show as well. Pure. */

/** A case of the corpus, and what it shows. */
export interface Shown {
  readonly name: string;
  /** Put there by a person: it may cover another, and is never covered. */
  readonly byHand: boolean;
  /** The implementation that it was found in; '' of one by hand. */
  readonly blamed: string;
  /** Elements of the logits. */
  readonly size: number;
  /** The signature of version 2 under which it was found; null of version 1, and of one by hand. */
  readonly foundAs: string | null;
  /** What each implementation shows on it today, by name, as signatures; null where that is not known. */
  readonly today: ReadonlyMap<string, readonly string[]> | null;
}

/** By the name of each case that is covered the name of the one that covers it, which is none of those. */
export function coversOf(cases: readonly Shown[]): ReadonlyMap<string, string> {
  const kept: Shown[] = [];
  const covers = new Map<string, string>();
  for (const one of [...cases].sort(bySize)) {
    const cover = kept.find((other) => isCovered(one, other));
    if (cover === undefined) kept.push(one);
    else covers.set(one.name, cover.name);
  }
  return covers;
}

/** The smallest first; of two of a size the one by hand, which stays whatever else is there. */
function bySize(a: Shown, b: Shown): number {
  return a.size - b.size || Number(b.byHand) - Number(a.byHand) || (a.name < b.name ? -1 : 1);
}

/**
 * Whether `other`, which is no larger, was found under the same signature, or shows the same today where not
 * both say under which they were found; and shows whatever the first shows today.
 */
function isCovered(one: Shown, other: Shown): boolean {
  const [mine, its] = [one, other].map(({ today }) => today?.get(one.blamed) ?? null);
  if (one.byHand || mine == null || its == null) return false;
  const areBothNamed = one.foundAs !== null && other.foundAs !== null;
  const isAlike = areBothNamed
    ? one.foundAs === other.foundAs && one.blamed === other.blamed
    : mine.length > 0;
  return isAlike && mine.every((signature) => its.includes(signature));
}
