/** `a/b`, made once for each pair: building and hashing a key again for every case would cost microseconds. */

const made = new Map<string, Map<string, string>>();

/** For pairs of which there are few: names, not values. */
export function joined(a: string, b: string): string {
  let own = made.get(a);
  if (own === undefined) made.set(a, (own = new Map()));
  let key = own.get(b);
  if (key === undefined) {
    key = `${a}/${b}`;
    // Interned, so that its hash is worked out once as well.
    key = Object.keys({ [key]: 0 })[0]!;
    own.set(b, key);
  }
  return key;
}
