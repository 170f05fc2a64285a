/**
 * What `logitfuzz init` adds to files that a project has already: what has to be ignored, and npm scripts.
 * Pure text.
 */

/** A file with what was added to it; `text` is null where it stays as it is. */
export interface Addition {
  readonly text: string | null;
  /** What was added, each in a word or two. */
  readonly added: readonly string[];
  /** Why something was not, each as the end of a sentence. */
  readonly kept: readonly string[];
}

/** The lines of `wanted` that are missing, after those of the file. */
export function withIgnored(text: string, wanted: string): Addition {
  const linesOf = (of: string): readonly string[] => of.split(/\r?\n/).map((line) => line.trim());
  const nameOf = (line: string): string => line.replace(/^\/|\/$/g, '');
  const there = new Set(linesOf(text).map(nameOf));
  const added = linesOf(wanted).filter((line) => line !== '' && !there.has(nameOf(line)));
  if (added.length === 0) return { text: null, added, kept: ['it has all its lines already'] };
  const before = text === '' || text.endsWith('\n') ? text : `${text}\n`;
  return { text: `${before}${added.join('\n')}\n`, added, kept: [] };
}

/** The scripts that it gives to a project. */
export const initScripts: Readonly<Record<string, string>> = {
  fuzz: 'logitfuzz fuzz',
  gate: 'logitfuzz gate',
};

/** The text of a package.json with the scripts that it lacks; `force`: in place of others of their names. */
export function withScripts(text: string, { force }: { readonly force: boolean }): Addition {
  const manifest = manifestOf(text);
  if (manifest === null) return { text: null, added: [], kept: ['it is not what npm reads'] };
  const scripts = manifest.scripts ?? {};
  const others = Object.entries(initScripts).filter(
    ([name, command]) => scripts[name] !== undefined && scripts[name] !== command && !force,
  );
  const missing = Object.entries(initScripts).filter(
    ([name, command]) => scripts[name] !== command && !others.some(([other]) => other === name),
  );
  const kept = others.map(([name]) => `it has another script ${name} already (--force writes over it)`);
  if (missing.length === 0)
    return { text: null, added: [], kept: kept.length > 0 ? kept : ['it has the scripts already'] };
  const whole = { ...manifest, scripts: { ...scripts, ...Object.fromEntries(missing) } };
  const indent = /^[{]\r?\n([ \t]+)/.exec(text)?.[1] ?? 2;
  return {
    text: `${JSON.stringify(whole, null, indent)}\n`,
    added: missing.map(([name]) => `script ${name}`),
    kept,
  };
}

interface Manifest {
  readonly scripts?: Readonly<Record<string, string>>;
}

/** Null for what is no manifest. */
function manifestOf(text: string): Manifest | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  const isObject = (of: unknown): boolean => typeof of === 'object' && of !== null && !Array.isArray(of);
  if (!isObject(value)) return null;
  const { scripts } = value as Manifest;
  return scripts === undefined || isObject(scripts) ? (value as Manifest) : null;
}
