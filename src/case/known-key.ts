/**
 * What a divergence that the ledger knows is counted under: the reference and the entry, whatever else its
 * signature says.
 */

/** `tfjs-cpu/known=infinite-maximum`. */
export function knownKey(reference: string, entry: string): string {
  return `${encodeURIComponent(reference)}/known=${entry}`;
}

/** How it was counted once: each signature apart, with the entry behind it. */
const keyOfOld = /^1:[^/]*\/[^/]*\/[^/]*\/([^/]*)\/.*\/known=([a-z0-9-]+)$/;

/** The key of today for the key of a file, which may be of old; any other text is a key as it is. */
export function currentKey(text: string): string {
  const parts = keyOfOld.exec(text);
  return parts === null ? text : `${parts[1]}/known=${parts[2]}`;
}

/** What was counted or found under a key of old, under the key of today. */
export function underCurrentKey<T extends { readonly signature: string }>(one: T): T {
  const signature = currentKey(one.signature);
  return signature === one.signature ? one : { ...one, signature };
}
