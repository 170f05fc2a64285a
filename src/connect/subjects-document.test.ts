/** The manifests that docs/subjects.md shows are such, and all that it says of words is about all of them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parseData } from '../case/parse-data.ts';
import { connectorOf } from './connect.ts';
import { argumentWords, callsOf, manifestSchema } from './manifest.ts';
import { shaderManifestSchema } from './wgsl/manifest.ts';

const text = readFileSync(join(import.meta.dirname, '../../docs/subjects.md'), 'utf8');
const name = 'docs/subjects.md';

test('its manifests are read, the first for libraries, the second for shaders', () => {
  const [library, shader, ...others] = [...text.matchAll(/```json\n(.*?)```/gs)].map(
    ([, json]) => JSON.parse(json!) as unknown,
  );

  expect(callsOf(parseData(manifestSchema, library, { name }), { name })).toHaveLength(3);
  expect(parseData(shaderManifestSchema, shader, { name }).kernels).toHaveProperty('softmax');
  expect(others).toEqual([]);
});

test('it explains every word of a manifest', () => {
  expect(argumentWords.filter((word) => !text.includes(`\`${word}\``))).toEqual([]);
});

test('each of its commands is for a kind of its own', () => {
  const subjects = [...text.matchAll(/^npx logitfuzz fuzz --subject ('[^']*'|\S+)/gm)].map(([, subject]) =>
    subject!.replaceAll("'", ''),
  );

  expect(subjects.map((subject) => connectorOf(subject).kind)).toEqual([
    'module',
    'python',
    'onnx',
    'wasm',
    'library',
    'wgsl',
    'browser',
    'command',
  ]);
});
