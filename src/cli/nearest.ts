/** The word that was probably meant: for a flag that does not exist. */

/** Null where none is near: more than a third of its letters would have to change. */
export function nearestOf(word: string, known: readonly string[]): string | null {
  let nearest: string | null = null;
  let least = Infinity;
  for (const candidate of known) {
    const distance = editDistance(word, candidate);
    if (distance < least && distance <= Math.ceil(Math.max(word.length, candidate.length) / 3)) {
      nearest = candidate;
      least = distance;
    }
  }
  return nearest;
}

/** Levenshtein's: letters put in, left out or exchanged. */
function editDistance(a: string, b: string): number {
  let above = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const exchanged = above[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min(exchanged, above[j]! + 1, row[j - 1]! + 1));
    }
    above = row;
  }
  return above[b.length]!;
}
