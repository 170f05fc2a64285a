import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { UsageError } from '../contract/failure.ts';
import { digestOfFiles } from './digest.ts';
import { importsOfModule, importsOfPython } from './imports.ts';
import { subjectContentOf, type SubjectContent } from './subject-content.ts';

const folder = mkdtempSync(join(tmpdir(), 'logitfuzz-test-'));
afterAll(() => rmSync(folder, { recursive: true }));

let roots = 0;
type Files = Readonly<Record<string, string | Uint8Array>>;

/** A folder of its own with these files. */
function rootWith(files: Files): string {
  const root = join(folder, `root-${++roots}`);
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), content);
  }
  return root;
}

function contentOf(files: Files, subject = 'src/kernels.ts'): Promise<SubjectContent> {
  return subjectContentOf(join(rootWith(files), subject));
}

const project = {
  'src/kernels.ts': "import { lane } from './lane.ts';\nexport const softmax = lane;\n",
  'src/lane.ts': "import { exp } from 'fast-exp';\nexport { lane } from '../shared/lane.js';\n",
  'shared/lane.ts': 'export const lane = 1;\n',
  'src/beside.ts': 'export const unrelated = 1;\n',
  'node_modules/fast-exp/package.json': '{ "name": "fast-exp", "main": "index.js" }',
  'node_modules/fast-exp/index.js': 'exports.exp = Math.exp;\n',
  'package-lock.json': '{ "lockfileVersion": 3 }\n',
} satisfies Files;

describe('what a subject of JavaScript or TypeScript consists of', () => {
  test('the same files below another root are the same', async () => {
    const [one, other] = [await contentOf(project), await contentOf(project)];

    expect(other).toEqual(one);
    expect(one).toEqual({
      files: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
      native: null,
      lock: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
    });
  });

  test.each(['src/kernels.ts', 'src/lane.ts', 'shared/lane.ts'])('%s is of it', async (name) => {
    const changed = await contentOf({
      ...project,
      [name]: `${project[name as keyof typeof project]}// other\n`,
    });

    expect(changed.files).not.toBe((await contentOf(project)).files);
  });

  test.each(['src/beside.ts', 'node_modules/fast-exp/index.js'])('%s is not', async (name) => {
    const changed = await contentOf({ ...project, [name]: 'exports.other = 1;\n' });

    expect(changed).toEqual(await contentOf(project));
  });

  test('the lock file tells of what is in node_modules, and a nearer one is taken', async () => {
    const sound = await contentOf(project);
    const changed = await contentOf({ ...project, 'package-lock.json': '{ "lockfileVersion": 4 }\n' });
    const nearer = await contentOf({ ...project, 'src/pnpm-lock.yaml': 'lockfileVersion: 9\n' });

    expect(changed.files).toBe(sound.files);
    expect(new Set([sound.lock, changed.lock, nearer.lock]).size).toBe(3);
  });

  test('line ends as Git writes them on Windows are the same, of text alone', async () => {
    const withReturns = Object.fromEntries(
      Object.entries(project).map(([name, text]) => [name, text.replaceAll('\n', '\r\n')]),
    );

    expect(await contentOf(withReturns)).toEqual(await contentOf(project));
    const [unix, windows] = ['\n', '\r\n'].map((end) => contentOf({ 'k.wasm': `\0asm${end}` }, 'k.wasm'));
    expect((await windows)!.files).not.toBe((await unix)!.files);
  });

  test('files that import each other in a circle end, and one of them is the subject', async () => {
    const circle = { 'a.mjs': "import './b.mjs';", 'b.mjs': "import './a.mjs';" };
    const [a, b] = [await contentOf(circle, 'a.mjs'), await contentOf(circle, 'b.mjs')];

    expect(a.files).not.toBeNull();
    expect(b.files).not.toBe(a.files);
  });

  test('a package that is linked into node_modules is hashed where it lies', async () => {
    const linked = async (text: string): Promise<SubjectContent> => {
      const root = rootWith({ ...project, 'packages/fast-exp/index.js': text });
      rmSync(join(root, 'node_modules/fast-exp'), { recursive: true });
      writeFileSync(
        join(root, 'packages/fast-exp/package.json'),
        '{ "name": "fast-exp", "main": "index.js" }',
      );
      symlinkSync(join(root, 'packages/fast-exp'), join(root, 'node_modules/fast-exp'), 'dir');
      return subjectContentOf(join(root, 'src/kernels.ts'));
    };

    expect((await linked('exports.exp = 1;')).files).not.toBe((await linked('exports.exp = 2;')).files);
  });

  test('a subject that is a package in node_modules is of its own files', async () => {
    const inPackage = (text: string): Promise<SubjectContent> =>
      contentOf(
        {
          'node_modules/@me/kernels/index.js': "require('./lane.js'); require('other');",
          'node_modules/@me/kernels/lane.js': text,
          'node_modules/other/index.js': text,
        },
        'node_modules/@me/kernels/index.js',
      );

    expect((await inPackage('1;')).files).not.toBe((await inPackage('2;')).files);
  });

  test('our own subjects are in the digest of our code', async () => {
    for (const subject of [null, 'from-scratch', 'textbook'])
      expect(await subjectContentOf(subject)).toEqual({ files: null, native: null, lock: null });
  });
});

describe('what other subjects consist of', () => {
  const python = {
    'kernels.py': 'import numpy as np\nfrom lanes import lane\nfrom pkg import deep as d, other\n',
    'lanes.py': 'x = 1\n',
    'pkg/__init__.py': 'from . import near\n',
    'pkg/deep.py': 'from ..lanes import x\n',
    'pkg/near.py': 'y = 1\n',
    'pkg/unused.py': 'z = 1\n',
    'uv.lock': 'version = 1\n',
  } satisfies Files;

  test.each(['kernels.py', 'lanes.py', 'pkg/__init__.py', 'pkg/deep.py', 'pkg/near.py'])(
    'of Python, %s is of it',
    async (name) => {
      const changed = await contentOf(
        { ...python, [name]: `${python[name as keyof typeof python]}# other\n` },
        'kernels.py',
      );

      expect(changed.files).not.toBe((await contentOf(python, 'kernels.py')).files);
    },
  );

  test('of Python, what is not imported is not, and the lock file is its own', async () => {
    const sound = await contentOf(python, 'kernels.py');

    expect(await contentOf({ ...python, 'pkg/unused.py': 'z = 2\n' }, 'kernels.py')).toEqual(sound);
    expect((await contentOf({ ...python, 'uv.lock': 'version = 2\n' }, 'kernels.py')).lock).not.toBe(
      sound.lock,
    );
  });

  test('of Python, a module that was compiled is of what was built for a processor', async () => {
    const compiled = {
      'k.py': 'import lane',
      'lane.cpython-311-x86_64-linux-gnu.so': '\x7fELF',
      'lanes.so': '',
    };
    const sound = await contentOf(compiled, 'k.py');
    const other = await contentOf({ ...compiled, 'lane.cpython-311-x86_64-linux-gnu.so': '\x7fELG' }, 'k.py');

    expect(other.files).toBe(sound.files);
    expect(other.native).not.toBe(sound.native);
    expect(await contentOf({ ...compiled, 'lanes.so': '1' }, 'k.py')).toEqual(sound);
  });

  test('data that a module names is no library: no other machine has other weights', async () => {
    const weighted = (bytes: string): Promise<SubjectContent> =>
      contentOf({ 'k.mjs': "new URL('./w.npy', import.meta.url)", 'w.npy': bytes }, 'k.mjs');

    expect((await weighted('1')).files).not.toBe((await weighted('2')).files);
    expect((await weighted('1')).native).toBeNull();
  });

  test('a subject or a manifest that is not there is for its loader to tell; what cannot be read is told', async () => {
    const root = rootWith({ 'k.so': '' });
    const none = { files: null, native: null, lock: null };

    expect(await subjectContentOf(join(root, 'missing.ts'))).toEqual(none);
    expect(await subjectContentOf(join(root, 'missing.py'))).toEqual(none);
    expect(await subjectContentOf(join(root, 'k.so'), { manifest: 'missing.json' })).toMatchObject({
      files: null,
    });
    await expect(subjectContentOf('file://somewhere/k.ts')).rejects.toThrow(UsageError);
  });

  test('a library is of what was built for a processor, and its manifest is no such thing', async () => {
    const root = rootWith({ 'libk.so': '\x7fELF', 'k.json': '{}', 'other/k.json': '{ }' });
    const of = (manifest: string): Promise<SubjectContent> =>
      subjectContentOf(join(root, 'libk.so'), { manifest: join(root, manifest) });

    const content = await of('k.json');
    expect(content.native).not.toBeNull();
    expect((await of('other/k.json')).files).not.toBe(content.files);
    expect((await of('other/k.json')).native).toBe(content.native);
  });

  test('a command is of the files that its words name, a program on the path of none', async () => {
    const root = rootWith({ 'kit.py': 'from lanes import x\n', 'lanes.py': 'x = 1\n', kit: '\x7fELF' });
    const of = (command: string): Promise<SubjectContent> => subjectContentOf(`cmd:${command}`);

    expect(await of('some-program-on-the-path --fast')).toEqual({ files: null, native: null, lock: null });
    const [script, program] = [await of(`python3 '${join(root, 'kit.py')}'`), await of(join(root, 'kit'))];
    writeFileSync(join(root, 'lanes.py'), 'x = 2\n');
    expect((await of(`python3 '${join(root, 'kit.py')}'`)).files).not.toBe(script.files);
    expect(program).toMatchObject({ files: null, native: expect.any(String) as string });
  });

  test('a module for a browser is of what it imports, too', async () => {
    const browser = (text: string): Promise<SubjectContent> =>
      subjectContentOf(
        `browser:${join(rootWith({ 'k.js': "import './lane.js';", 'lane.js': text }), 'k.js')}`,
      );

    expect((await browser('1;')).files).not.toBe((await browser('2;')).files);
  });
});

test('every way to import a module is seen, with comments and line ends where they may stand', () => {
  const source = [
    "import a from './a';",
    'import * as b from "./b";',
    "export { c,\n  C } from\n  './c';",
    "export * from './d';",
    "import './e';",
    "const f = await import(/* @vite-ignore */ './f');",
    "const g = require('./g');",
    "import type { H } from './h';",
    "const i = new URL('i.wasm', import.meta.url);",
    'const j = await import(`./j`);',
    "const k = import.meta.resolve('./k');",
    "import l = require( // of old\n './l');",
    'import{m}from"./m";',
    "const n = readFileSync(join(__dirname, 'n.bin'));",
    "const o = readFileSync(join(dirname(fileURLToPath(import.meta.url)), 'o.bin'));",
  ].join('\n');

  expect(new Set(importsOfModule(source).map((specifier) => specifier.slice(0, 3)))).toEqual(
    new Set('abcdefghijklmno'.split('').map((letter) => `./${letter}`)),
  );
  expect(importsOfModule("const read = createRequire(import.meta.url);\nread('./n.cjs');")).toContain(
    './n.cjs',
  );
});

test('no source takes long to look through: comments in a row have one reading', () => {
  const began = performance.now();
  const sources = [`import ${'/**/'.repeat(30)}`, `import ${'/* '.repeat(1e5)}`, `from${' '.repeat(1e6)}`];

  expect(sources.flatMap(importsOfModule)).toEqual([]);
  expect(performance.now() - began).toBeLessThan(2_000);
});

test('every way to import a module of Python is seen', () => {
  const source = [
    'import a, b.c as d  # and e',
    'from f import (g,',
    '    h as i,  # j',
    ')',
    'from . import k; import l',
    'from ..m import n \\',
    '  , o',
    'if x: import p',
    "importlib.import_module('q.r')",
  ].join('\n');
  const names = importsOfPython(source).map(({ parts, dots }) => '.'.repeat(dots) + parts.join('.'));

  expect(new Set(names)).toEqual(
    new Set(['a', 'b.c', 'f', 'f.g', 'f.h', '.', '.k', 'l', '..m', '..m.n', '..m.o', 'p', 'q.r']),
  );
});

test('a digest is of names and contents, in whatever order they come', () => {
  const root = rootWith({ a: 'one', b: 'two', c: 'one' });
  const of = (...names: readonly (readonly [string, string])[]): string =>
    digestOfFiles(names.map(([name, file]) => ({ name, path: join(root, file) })));

  expect(of(['x', 'a'], ['y', 'b'])).toBe(of(['y', 'b'], ['x', 'a']));
  expect(of(['x', 'a'])).toBe(of(['x', 'c']));
  expect(of(['x', 'a'])).not.toBe(of(['y', 'a']));
  expect(of(['x', 'a'])).not.toBe(of(['x', 'b']));
});
