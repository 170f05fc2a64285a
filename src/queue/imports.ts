/**
 * What a source names as imported, by its text alone: too much rather than too little, since a file more in a
 * digest does no harm. What only running it tells, `import(name)`, is not seen.
 */

/** Bounded, and each piece read in one way only, so that no source takes long. */
const gap = String.raw`(?:\s|\(|/\*(?:[^*]|\*(?!/)){0,1000}\*/|//[^\n]{0,1000}\n){0,1000}`;
const literal = String.raw`(?:'([^'\n\\]*)'|"([^"\n\\]*)"|${'`'}([^${'`'}$\n\\]*)${'`'})`;
const ofModule = new RegExp(String.raw`\b(?:from|import|require|resolve)${gap}${literal}`, 'g');
/** A call of what `createRequire` makes, by whatever name. */
const ofRequire = new RegExp(String.raw`\(\s*${literal}`, 'g');
/** A file named from the module's own folder: `new URL('a', import.meta.url)`, `join(__dirname, 'a')`. */
const besideModule: readonly RegExp[] = [
  new RegExp(String.raw`\bnew\s+URL${gap}${literal}\s*,\s*import\.meta\.url`, 'g'),
  new RegExp(String.raw`(?:__dirname|import\.meta\.(?:dirname|url)[\s)]*)\s*,\s*${literal}`, 'g'),
];

/** A file beside the module: `new URL('a', import.meta.url)`, `join(__dirname, 'a')`. */
export function importsOfModule(source: string): readonly string[] {
  const patterns = source.includes('createRequire') ? [ofModule, ofRequire] : [ofModule];
  const imported = patterns.flatMap((pattern) => literalsIn(source, pattern));
  const beside = besideModule
    .flatMap((pattern) => literalsIn(source, pattern))
    .map((name) => (name.startsWith('.') ? name : `./${name}`));
  return [...new Set([...imported, ...beside])];
}

function literalsIn(source: string, pattern: RegExp): readonly string[] {
  return [...source.matchAll(pattern)].map(([, single, double, template]) => single ?? double ?? template!);
}

/** A module of Python that is imported: its name in parts, and how many folders up it is looked for. */
export interface PythonImport {
  readonly parts: readonly string[];
  /** 0 for an absolute name; 1 for the module's own folder. */
  readonly dots: number;
}

const dotted = String.raw`[\p{L}_][\p{L}\p{N}_]*(?:[ \t]*\.[ \t]*[\p{L}_][\p{L}\p{N}_]*)*`;
const importLine = new RegExp(String.raw`(?:^|;|:)[ \t]*import[ \t]+((?:[^;\n\\]|\\\r?\n)*)`, 'gmu');
const fromLine = new RegExp(
  String.raw`(?:^|;|:)[ \t]*from[ \t]*((?:\.[ \t]*)*)(${dotted})?[ \t]+import\b[ \t]*(\([^)]*\)|(?:[^;\n\\]|\\\r?\n)*)`,
  'gmu',
);
const importModule = /\b(?:import_module|__import__)\s*\(\s*['"](\.*)([^'"]*)['"]/g;

/** What a module of Python imports; a name that is taken out of a package may be a module of it. */
export function importsOfPython(source: string): readonly PythonImport[] {
  const plain = [...source.matchAll(importLine)].flatMap(([, list]) =>
    namesIn(list!).map((name) => ({ parts: partsOf(name), dots: 0 })),
  );
  const taken = [...source.matchAll(fromLine)].flatMap(([, dots, module = '', list]) => {
    const parts = partsOf(module);
    const up = dots!.replaceAll(/\s/g, '').length;
    const names = namesIn(list!).map((name) => ({ parts: [...parts, name], dots: up }));
    return [{ parts, dots: up }, ...names];
  });
  const called = [...source.matchAll(importModule)].map(([, dots, name]) => ({
    parts: partsOf(name!),
    dots: dots!.length,
  }));
  return [...plain, ...taken, ...called];
}

/** `a.b as c, d` without what comes after `as`, and without comments. */
function namesIn(list: string): readonly string[] {
  return list
    .replaceAll(/#[^\n]*/g, '')
    .replaceAll(/[()\\]/g, ' ')
    .split(',')
    .map((item) =>
      item
        .trim()
        .split(/\s+as\s+/)[0]!
        .replaceAll(/\s/g, ''),
    )
    .filter((name) => /^[\p{L}_][\p{L}\p{N}_.]*$/u.test(name));
}

function partsOf(name: string): readonly string[] {
  return name
    .replaceAll(/\s/g, '')
    .split('.')
    .filter((part) => part !== '');
}
