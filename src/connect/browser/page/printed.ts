/** What is written to the console of the page, kept from anybody who reads it: a call must not print. */

const quotedMax = 80;

let calls = 0;
let text = '';

for (const method of ['log', 'info', 'warn', 'error', 'debug', 'trace', 'dir', 'table'] as const) {
  console[method] = (...values: readonly unknown[]): void => {
    calls++;
    if (text.length < quotedMax) text += `${values.map(textOf).join(' ')}\n`;
  };
}

/** What a value that is printed says of itself: it may refuse to. */
function textOf(value: unknown): string {
  try {
    return String(value);
  } catch {
    return 'something that cannot be printed';
  }
}

/** Listens from now on: what has been printed until the answer is called, shortened; null for nothing. */
export function printedSince(): () => string | null {
  const before = calls;
  text = '';
  return () => (calls === before ? null : text.slice(0, quotedMax));
}
