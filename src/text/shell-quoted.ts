/** Text from outside as one word of a command that is pasted into a shell. */

/** The text as it is where a shell reads it so; else the text in single quotes, on one line. */
export function shellQuoted(text: string): string {
  if (/^[\w./@:+=-]+$/.test(text) && !text.startsWith('-')) return text;
  return `'${text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '?').replaceAll("'", String.raw`'\''`)}'`;
}
