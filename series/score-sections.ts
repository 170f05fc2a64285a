/** docs/score.md has two writers: series:score writes it but for one section, which series:find writes. */

const heading = '## Time to find';
/** What the section stands before. */
const next = '## By class';

/** The section as it stands; null where there is none. */
export function sectionIn(document: string): string | null {
  const from = document.indexOf(`${heading}\n`);
  if (from < 0) return null;
  const to = document.indexOf('\n## ', from);
  return to < 0 ? document.slice(from) : document.slice(from, to + 1);
}

/** The document with the section in its place; as it is for none. */
export function withSection(document: string, section: string | null): string {
  const before = sectionIn(document);
  const rest = before === null ? document : document.replace(before, () => '');
  if (section === null) return rest;
  return rest.replace(`${next}\n`, () => `${section.trimEnd()}\n\n${next}\n`);
}
