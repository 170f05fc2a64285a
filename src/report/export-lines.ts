/**
 * Where a module's text exports a name: by a scan for the forms that people write, not by a parser. A form
 * that it does not know is not found, and nothing worse. Pure.
 */

/** Where to go on: the declaration is in this text, or in the module of that specifier. */
export type ExportPlace =
  | { readonly kind: 'here'; readonly line: number; readonly column: number }
  | {
      readonly kind: 'elsewhere';
      readonly specifier: string;
      readonly name: string;
      readonly line: number;
      readonly column: number;
    };

/** The places that may be meant, the surest first: `export *` says of no name that it is there. */
export function exportPlaces(source: string, name: string): readonly ExportPlace[] {
  const text = withoutComments(source);
  return [
    ...declared(text, name),
    ...listed(text, name),
    ...assigned(text, name),
    ...[...text.matchAll(/^[ \t]*export\s*\*\s*from\s*(['"])(.*?)\1/gm)].map((match) =>
      elsewhere(text, match.index, match[2]!, name),
    ),
  ];
}

const declaration = String.raw`(?:async\s+)?function\b\s*\*?\s*|(?:const|let|var|class)\s+(?:\{[^}]*?\b)?`;

/** `export function softmax`, `export const softmax =`, `export const { softmax } =` */
function declared(text: string, name: string): readonly ExportPlace[] {
  return found(text, new RegExp(`^[ \\t]*export\\s+(?:declare\\s+)?(?:${declaration})${name}\\b`, 'm'));
}

/** `export { softmax }`, `export { mine as softmax }`, and the same `from` elsewhere */
function listed(text: string, name: string): readonly ExportPlace[] {
  const lists = [...text.matchAll(/^[ \t]*export\s*\{([^}]*)\}(?:\s*from\s*(['"])(.*?)\2)?/gm)];
  return lists.flatMap((match) => {
    const item = new RegExp(`(?:^|[,{\\s])(?:(\\w+)\\s+as\\s+)?${name}\\s*(?:,|$)`).exec(match[1]!);
    if (item === null) return [];
    const own = item[1] ?? name;
    const at = match.index + match[0].indexOf('{') + 1 + item.index + item[0].search(/\w/);
    return match[3] === undefined ? localPlaces(text, own, at) : [elsewhere(text, at, match[3], own)];
  });
}

/** `exports.softmax =`, `module.exports = { softmax }`, `export default { softmax: mine }` */
function assigned(text: string, name: string): readonly ExportPlace[] {
  const single = new RegExp(`^[ \\t]*(?:module\\.)?exports\\.${name}\\s*=\\s*(\\w+)?`, 'm').exec(text);
  if (single !== null) return localPlaces(text, single[1] ?? name, single.index);
  const whole = /^[ \t]*(?:module\.exports\s*=|export\s+default)\s*\{/m.exec(text);
  if (whole === null) return [];
  const body = text.slice(whole.index);
  const item = new RegExp(`[{,]\\s*(?:async\\s+)?(${name})\\s*(?::\\s*(\\w+)\\s*[,}]|[,}(:])`).exec(body);
  if (item === null) return [];
  return localPlaces(text, item[2] ?? name, whole.index + item.index + item[0].indexOf(name));
}

/** The declaration of a local name, or where it is imported from; where neither is seen, the place given. */
function localPlaces(text: string, name: string, at: number): readonly ExportPlace[] {
  const own = found(text, new RegExp(`^[ \\t]*(?:export\\s+)?(?:${declaration})${name}\\b`, 'm'));
  if (own.length > 0) return own;
  const imports = [...text.matchAll(/^[ \t]*import\s*\{([^}]*)\}\s*from\s*(['"])(.*?)\2/gm)];
  for (const match of imports) {
    const item = new RegExp(`(?:^|[,{\\s])(?:(\\w+)\\s+as\\s+)?${name}\\s*(?:,|$)`).exec(match[1]!);
    if (item !== null) return [elsewhere(text, at, match[3]!, item[1] ?? name)];
  }
  return [here(text, at)];
}

function found(text: string, pattern: RegExp): readonly ExportPlace[] {
  const match = pattern.exec(text);
  return match === null ? [] : [here(text, match.index + match[0].search(/\S/))];
}

function here(text: string, at: number): ExportPlace {
  const before = text.slice(0, at).split('\n');
  return { kind: 'here', line: before.length, column: before.at(-1)!.length };
}

function elsewhere(text: string, at: number, specifier: string, name: string): ExportPlace {
  return { ...here(text, at), kind: 'elsewhere', specifier, name };
}

/**
 * The text with each comment and template made blank, so that places stay what they are: code that is quoted
 * there exports nothing.
 */
function withoutComments(source: string): string {
  const parts =
    /\/\*[^]*?(?:\*\/|$)|\/\/[^\n]*|`(?:\\[^]|[^\\`])*(?:`|$)|'(?:\\.|[^\\'\n])*'|"(?:\\.|[^\\"\n])*"|(?<=[=(,:[!&|?{};\n]\s*)\/(?![*/])(?:\\.|\[(?:\\.|[^\\\]\n])*\]|[^\\/\n[])+\//g;
  return source.replaceAll(parts, (part) =>
    part.startsWith("'") || part.startsWith('"') ? part : part.replaceAll(/[^\n]/g, ' '),
  );
}
