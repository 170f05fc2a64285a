/** The protection of numerics, in a process of its own: what is protected stays so. */
// @module-tag processes
import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';

const compiled = new URL('../../dist/src/subjects/protect-numerics.js', import.meta.url).href;

/** @returns what the script prints after the numerics are protected, as JSON. */
function afterwards(script: string): unknown {
  const code = `import { protectNumerics } from ${JSON.stringify(compiled)}; protectNumerics(); ${script}`;
  const args = ['--allow-natives-syntax', '--input-type=module', '--eval', code];
  const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  expect(stderr).toBe('');
  return JSON.parse(stdout) as unknown;
}

test('nothing that the judges compute with can be replaced, and what is missing can be added', () => {
  const attempts = {
    'Math.exp': 'Math.exp = () => 1',
    'Number.isFinite': 'Number.isFinite = () => true',
    'Object.is': 'Object.is = () => true',
    'Reflect.get': 'Reflect.get = () => 1',
    Math: 'globalThis.Math = {}',
    'a definition': 'Object.defineProperty(Math, "log", { value: () => 1 })',
    'Math.missing': 'Math.missing = 1',
    'Object.missing': 'Object.missing = 1',
  };
  const lines = Object.entries(attempts).map(
    ([name, act]) =>
      `try { ${act}; told[${JSON.stringify(name)}] = true } catch { told[${JSON.stringify(name)}] = false }`,
  );

  const told = afterwards(`const told = {}; ${lines.join(';')}; console.log(JSON.stringify(told))`);

  expect(told).toEqual({
    'Math.exp': false,
    'Number.isFinite': false,
    'Object.is': false,
    'Reflect.get': false,
    Math: false,
    'a definition': false,
    'Math.missing': true,
    'Object.missing': true,
  });
});

test('V8 keeps what is held as fast as it was', () => {
  const owners = '[Math, Number, Object, Reflect, Float64Array, Float64Array.prototype]';

  const fast = afterwards(`console.log(JSON.stringify(${owners}.map((o) => %HasFastProperties(o))))`);

  expect(fast).toEqual([true, true, true, true, true, true]);
});
