/** Text from outside (names, error messages) made harmless for a terminal and for Markdown. */

const unseen = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;

/** One line without control characters, invisible ones and changes of direction; cut at `max` characters. */
export function plainText(text: string, max = 300): string {
  const head = text.slice(0, 4 * max);
  const visible = (unseen.test(head) ? withoutUnseen(head) : head).replaceAll(/\s+/g, ' ').trim();
  if (visible.length <= max) return visible;
  const characters = Array.from(visible);
  return characters.length <= max ? visible : `${characters.slice(0, max - 1).join('')}…`;
}

function withoutUnseen(text: string): string {
  return Array.from(text, (character) => (unseen.test(character) ? ' ' : character)).join('');
}

/** Plain text as it is, in the middle of a Markdown line or in a cell of a table. */
export function markdownText(text: string, max?: number): string {
  return plainText(text, max)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll(/[\\`*_|~$]|^[#+-]|(?<=\])\(|(?<=!)\[/g, String.raw`\$&`);
}

/** A block of code that nothing in it can end. */
export function codeBlock(text: string, language = ''): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}${language}\n${text}\n${fence}`;
}

/** A table; the cells are Markdown already. */
export function markdownTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(header), line(header.map(() => '---')), ...rows.map(line)].join('\n');
}
