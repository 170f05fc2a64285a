import { expect, test } from 'vitest';
import { withIgnored, withScripts } from './init-project.ts';

const wanted = 'node_modules/\nreports/\n';
const scripts = { fuzz: 'logitfuzz fuzz', gate: 'logitfuzz gate' };

test.each([
  ['', 'node_modules/\nreports/\n'],
  ['dist', 'dist\nnode_modules/\nreports/\n'],
  ['/node_modules\r\ndist\n', '/node_modules\r\ndist\nreports/\n'],
])('what is ignored already is not ignored again: %j', (before, after) => {
  expect(withIgnored(before, wanted).text).toBe(after);
});

test('a project that ignores all of it keeps its file as it is', () => {
  expect(withIgnored('reports\nnode_modules\n', wanted)).toMatchObject({ text: null, added: [] });
});

test('scripts are added to those that are there, in the indentation of the file', () => {
  const { text, added } = withScripts('{\n    "name": "mine",\n    "scripts": { "test": "vitest" }\n}\n', {
    force: false,
  });

  expect(text).toBe(
    '{\n    "name": "mine",\n    "scripts": {\n        "test": "vitest",\n        "fuzz": "logitfuzz fuzz",\n' +
      '        "gate": "logitfuzz gate"\n    }\n}\n',
  );
  expect(added).toEqual(['script fuzz', 'script gate']);
});

test('a script of the same name stays, and is named; with force it is written over', () => {
  const manifest = JSON.stringify({ scripts: { fuzz: 'cargo fuzz' } });

  const kept = withScripts(manifest, { force: false });
  const forced = withScripts(manifest, { force: true });

  expect(JSON.parse(kept.text!)).toEqual({ scripts: { ...scripts, fuzz: 'cargo fuzz' } });
  expect(kept.kept).toEqual([expect.stringContaining('another script fuzz')]);
  expect(JSON.parse(forced.text!)).toEqual({ scripts });
});

test.each(['', 'no JSON', '[]', '{"scripts": []}'])(
  'a package.json that npm does not read is left alone: %j',
  (text) => {
    expect(withScripts(text, { force: true })).toEqual({
      text: null,
      added: [],
      kept: ['it is not what npm reads'],
    });
  },
);

test('a project that has the scripts keeps its file to the byte', () => {
  expect(withScripts(JSON.stringify({ scripts }), { force: false }).text).toBeNull();
});
