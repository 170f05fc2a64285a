/** Each form in which a module exports a kernel, and what only looks like one. */
import { expect, test } from 'vitest';
import { exportPlaces } from './export-lines.ts';

const lineOf = (source: string): number | undefined => exportPlaces(source, 'softmax')[0]?.line;

test.each([
  ['a function', '\nexport function softmax(x) {}', 2],
  ['an async generator, far in', '\n\n  export async function* softmax() {}', 3],
  ['a constant', '\nexport const softmax = (x) => x;', 2],
  ['a typed constant', '\nexport const softmax: Kernel = (x) => x;', 2],
  ['one of several that are unpacked', '\nexport const { name, softmax } = make();', 2],
  ['an overload', '\nexport function softmax(x: A): A;\nexport function softmax(x: B): B;', 2],
  ['a list behind it', 'const a = 1;\nfunction softmax() {}\nexport { softmax };', 2],
  ['another name in a list', 'let x;\n\nconst mine = () => 1;\nexport {\n  x,\n  mine as softmax,\n};', 3],
  ['a default export of functions', 'function softmax() {}\nexport default { softmax };', 1],
  ['a default export with the function in it', 'export default {\n  name: 1,\n  softmax(x) {},\n};', 3],
  ['a default export with an arrow in it', 'export default {\n  softmax: (x) => x,\n};', 2],
  ['CommonJS, one by one', '"use strict";\nexports.softmax = softmax;\n\nfunction softmax() {}', 4],
  ['CommonJS, an anonymous one', '\nmodule.exports.softmax = (x) => x;', 2],
  ['CommonJS, all at once', 'const mine = 1;\nmodule.exports = { softmax: mine };', 1],
  ['behind a comment that holds one', '/*\nexport function softmax() {}\n*/\nexport const softmax = 1;', 4],
  [
    'behind a template that holds one',
    'const s = `\nexport const softmax = 1;\n`;\nexport const softmax = 2;',
    4,
  ],
  ['behind an expression of quotes', 'const r = /[`\'"/]/g;\nexport const softmax = "//";', 2],
])('%s', (_form, source, line) => {
  expect(lineOf(source)).toBe(line);
});

test.each([
  ['another name', 'export function softmaxBackward() {}'],
  ['no export', 'function softmax() {}'],
  ['a comment', '// export function softmax() {}\n'],
  ['a type', 'export type { softmax as mine };'],
])('%s is none', (_form, source) => {
  expect(lineOf(source)).toBeUndefined();
});

test('what is exported from another module is there, under its name there', () => {
  const direct = exportPlaces("\nexport { mine as softmax } from './a.js';", 'softmax');
  const imported = exportPlaces("import { b as c } from './b.ts';\nexport { c as softmax };", 'softmax');
  const all = exportPlaces("export * from './c.js';\nexport * from './d.js';", 'softmax');

  expect(direct).toMatchObject([{ kind: 'elsewhere', specifier: './a.js', name: 'mine', line: 2 }]);
  expect(imported).toMatchObject([{ kind: 'elsewhere', specifier: './b.ts', name: 'b', line: 2 }]);
  expect(all).toMatchObject([{ specifier: './c.js' }, { specifier: './d.js' }]);
});
