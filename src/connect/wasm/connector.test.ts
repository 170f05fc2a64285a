/**
 * How a .wasm file is called, and what is said of one that cannot be. Whether it is right:
 * series/foreign.test.ts.
 */
// @module-tag processes
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { UsageError } from '../../contract/failure.ts';
import type { SubjectModule } from '../../contract/subject.ts';
import { halfFormats } from '../../float/format.ts';
import type { FloatTensor } from '../../tensor/tensor.ts';
import { wasmModule } from './connector.ts';

const folder = mkdtempSync(join(tmpdir(), 'logitfuzz-wasm-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Each export doubles, where it does not fail. */
const source = `
  export function softmax(x: usize, y: usize, rows: i32, cols: i32): void {
    for (let k = 0; k < rows * cols; k++) store<f32>(y + (k << 2), load<f32>(x + (k << 2)) * 2);
  }
  export function logSoftmax(x: usize, y: usize, cols: i32): void {
    for (let k = 0; k < cols; k++) store<f32>(y + (k << 2), load<f32>(x + (k << 2)) * 2);
  }
  export function logSumExp(x: usize, y: usize, rows: i32, cols: i32): void {
    if (load<f32>(x) == 7) unreachable();
    for (let row = 0; row < rows; row++) store<f32>(y + (row << 2), load<f32>(x + ((row * cols) << 2)));
  }
  export function negated(x: usize, y: usize, n: i32): void {
    for (let k = 0; k < n; k++) store<u16>(y + (k << 1), load<u16>(x + (k << 1)) ^ 0x8000);
  }
  export function countInFloat(x: usize, target: usize, weight: usize, y: usize, rows: i32, cols: i32): void {
    store<f32>(y, <f32>(<i32>load<u16>(x) + load<i32>(target) + load<u16>(weight + ((cols - 1) << 1))) / 3);
  }
  export function twiceInPlace(x: usize, n: i32): i32 {
    if (load<f64>(x) == 7) return 3;
    for (let k = 0; k < n; k++) store<f64>(x + (k << 3), load<f64>(x + (k << 3)) * 2);
    return 0;
  }
`;
const path = join(folder, 'twice.wasm');
/** In a process of its own: the compiler puts its own `Array.prototype.sort` in place of the language's. */
const compiler = join(import.meta.dirname, '../../../node_modules/assemblyscript/bin/asc.js');

beforeAll(() => {
  writeFileSync(join(folder, 'twice.ts'), source);
  const args = ['twice.ts', '--outFile', 'twice.wasm', '--runtime', 'stub', '--optimize'];
  const ended = spawnSync(process.execPath, [compiler, ...args], { cwd: folder, encoding: 'utf8' });
  expect({ status: ended.status, stderr: ended.stderr }).toEqual({ status: 0, stderr: '' });
});

function load(manifest?: object): SubjectModule {
  const at = join(folder, 'manifest.json');
  writeFileSync(at, JSON.stringify(manifest ?? {}));
  return wasmModule(path, manifest === undefined ? {} : { manifest: at });
}

const matrix = { shape: [2, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6) };

test("an export of a kernel's name is called for all rows, or for each, by the number of its parameters", () => {
  const module = load();

  for (const axis of [0, 1]) {
    const expected = { shape: [2, 3], data: Float32Array.of(2, 4, 6, 8, 10, 12) };
    expect(module.softmax!(matrix, { axis })).toEqual(expected);
    expect(module.logSoftmax!(matrix, { axis })).toEqual(expected);
  }
});

test('rows lie along the axis: the first of each lane is the first of its row', () => {
  const module = load();

  expect(module.logSumExp!(matrix, { axis: 1 })).toEqual({ shape: [2], data: Float32Array.of(1, 4) });
  expect(module.logSumExp!(matrix, { axis: 0 })).toEqual({ shape: [3], data: Float32Array.of(1, 2, 3) });
});

test('without a word from the manifest no empty case is drawn, and only what is exported', () => {
  const module = load();

  expect(module.supports).toEqual({ formats: ['float32'], empty: 'none' });
  expect(Object.keys(module).sort()).toEqual(['logSoftmax', 'logSumExp', 'name', 'softmax', 'supports']);
});

test('a manifest names the symbol, the format and the arguments; a status that is not 0 throws', () => {
  const args = ['inout x', 'cols'];
  const call = { symbol: 'twiceInPlace', format: 'float64', args, each: 'row', returns: 'status' };
  const module = load({ name: 'twice', version: '3', kernels: { softmax: call } });
  const x = { shape: [2, 2], data: Float64Array.of(1, 2, 3, 4) };

  expect(module).toMatchObject({ name: 'twice', version: '3', supports: { formats: ['float64'] } });
  expect(module.softmax!(x, {})).toEqual({ shape: [2, 2], data: Float64Array.of(2, 4, 6, 8) });
  expect(x.data).toEqual(Float64Array.of(1, 2, 3, 4));
  expect(() => module.softmax!({ shape: [1], data: Float64Array.of(7) }, {})).toThrow(
    'twiceInPlace returned the status 3',
  );
});

test('halves are handed over as words, brought into rows, and come back with their dtype', () => {
  const call = { symbol: 'negated', args: ['in x', 'out y', 'cols'], each: 'row' };
  const both = halfFormats.map((format) => ({ ...call, format }));
  const module = load({ kernels: { softmax: both } }) as unknown as SubjectModule<FloatTensor>;

  expect(module.supports).toEqual({ formats: ['float16', 'bfloat16'], empty: 'none' });
  for (const dtype of halfFormats) {
    const x = { shape: [2, 3], data: Uint16Array.of(1, 0x8000, 3, 0x7e55, 5, 0xfc00), dtype };
    const y = { ...x, data: Uint16Array.of(0x8001, 0, 0x8003, 0xfe55, 0x8005, 0x7c00) };
    for (const axis of [0, 1]) expect(module.softmax!(x, { axis })).toEqual(y);
  }
  expect(() => module.softmax!(matrix, {})).toThrow('no kernel for float32');
});

test('the loss of halves is read as float32 where the manifest declares it', () => {
  const args = ['in x', 'in target', 'in weight', 'out y', 'rows', 'cols'];
  const kernels = { crossEntropy: { symbol: 'countInFloat', format: 'float16', args } };
  const declared = { kernels, arithmetic: { lossDtype: 'float32' } };
  const module = load(declared) as unknown as SubjectModule<FloatTensor>;
  const half = (...words: readonly number[]): FloatTensor => ({
    shape: [words.length],
    data: Uint16Array.from(words),
    dtype: 'float16',
  });

  const target = { shape: [], data: Int32Array.of(1) };
  const loss = module.crossEntropy!(half(60_000, 7), target, { weight: half(5, 40_000) });

  expect(loss).toEqual({ shape: [], data: Float32Array.of((60_000 + 1 + 40_000) / 3) });
});

test('a format that no kernel has is declined', () => {
  const x = { shape: [1], data: Float64Array.of(1) };

  expect(() => load().softmax!(x, {})).toThrow(expect.objectContaining({ code: 'ERR_UNSUPPORTED' }));
});

test('a trap throws, and the next call finds an instance that works', () => {
  const module = load();

  expect(() => module.logSumExp!({ shape: [1], data: Float32Array.of(7) }, {})).toThrow(/unreachable/);
  expect(module.logSumExp!({ shape: [1], data: Float32Array.of(8) }, {})).toMatchObject({ shape: [] });
});

test('more than its memory holds is room for more: 1 MiB', () => {
  const data = new Float32Array(2 ** 18).fill(1);

  const result = load().softmax!({ shape: [2 ** 18], data }, {});

  expect(result).toEqual({ shape: [2 ** 18], data: data.map(() => 2) });
});

test.each([
  [
    'no such symbol',
    { softmax: { symbol: 'gone', args: ['in x', 'out y'] } },
    'exports no function gone for',
  ],
  [
    'too few arguments',
    { softmax: { args: ['in x', 'out y'] } },
    'softmax has 4 parameters, and 2 arguments',
  ],
  ['no result', { softmax: { args: ['in x', 'rows'] } }, 'leave no place for the result'],
  ['no x', { softmax: { args: ['out y', 'rows'] } }, 'hand over no x'],
  ['a word that is none', { softmax: { args: ['in z'] } }, 'kernels.softmax'],
  ['a kernel that is none', { softmin: { args: ['in x'] } }, 'softmin'],
])('a manifest with %s is refused in a sentence', (_, kernels, sentence) => {
  const loading = (): SubjectModule => load({ kernels });

  expect(loading).toThrow(UsageError);
  expect(loading).toThrow(sentence);
});

test('a file that is no module, or is not there, is named', () => {
  const text = join(folder, 'text.wasm');
  writeFileSync(text, 'not a module');

  expect(() => wasmModule(text)).toThrow(/text.wasm" is no WebAssembly module that can be run: /);
  expect(() => wasmModule(join(folder, 'gone.wasm'))).toThrow(
    /gone.wasm" is not there: no file .*gone.wasm$/,
  );
});
