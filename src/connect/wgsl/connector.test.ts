/** How a shader is dispatched, and what is said of one that cannot be. On SwiftShader. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { SubjectModule } from '../../contract/subject.ts';
import type { FloatTensor } from '../../tensor/tensor.ts';
import { needs } from '../fixtures/needs.ts';
import { wgslModule } from './connector.ts';
import { enablesHalves, entryPointsOf, isOfHalves } from './shader.ts';

const { isSkipped, reason } = needs('webgpu', 'chromium');
const folder = mkdtempSync(join(tmpdir(), 'logitfuzz-wgsl-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const head = `
struct Sizes { rows: u32, cols: u32 }
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<uniform> sizes: Sizes;
`;
/** Each row's first element, once for each element, and once for the row. */
const firsts = `${head}
@compute @workgroup_size(4)
fn softmax(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= sizes.rows) { return; }
  for (var k = 0u; k < sizes.cols; k++) { y[id.x * sizes.cols + k] = x[id.x * sizes.cols]; }
}
@compute @workgroup_size(4)
fn logSumExp(@builtin(global_invocation_id) id: vec3u) {
  if (id.x < sizes.rows) { y[id.x] = x[id.x * sizes.cols]; }
}
@compute @workgroup_size(2)
fn doubled(@builtin(global_invocation_id) id: vec3u) {
  if (id.x < sizes.rows * sizes.cols) { y[id.x] = 2 * x[id.x]; }
}
`;

function load(source: string, manifest?: object): Promise<SubjectModule> {
  const path = join(folder, 'shader.wgsl');
  writeFileSync(path, source);
  if (manifest === undefined) return wgslModule(path, { engine: 'swiftshader' });
  writeFileSync(join(folder, 'shader.json'), JSON.stringify(manifest));
  return wgslModule(path, { engine: 'swiftshader', manifest: join(folder, 'shader.json') });
}

const matrix = { shape: [5, 2], data: Float32Array.of(0, 1, 2, 3, 4, 5, 6, 7, 8, 9) };

test.skipIf(isSkipped)(
  `entry points of a kernel's name are run, for each row along any axis${reason}`,
  async () => {
    const module = await load(firsts);

    expect(await module.softmax!(matrix, { axis: 1 })).toEqual({
      shape: [5, 2],
      data: Float32Array.of(0, 0, 2, 2, 4, 4, 6, 6, 8, 8),
    });
    expect(await module.logSumExp!(matrix, { axis: 0 })).toEqual({ shape: [2], data: Float32Array.of(0, 1) });
    expect(Object.keys(module)).toEqual([
      'name',
      'version',
      'arithmetic',
      'supports',
      'softmax',
      'logSumExp',
    ]);
    expect(module.supports).toEqual({ formats: ['float32'], empty: 'none' });
  },
);

test.skipIf(isSkipped)(`a manifest names another entry point, for each element${reason}`, async () => {
  const module = await load(firsts, {
    kernels: { logSoftmax: { entry: 'doubled', invocations: 'elements' } },
  });

  const { data } = await module.logSoftmax!(matrix, {});

  expect(data).toEqual(matrix.data.map((value) => 2 * value));
});

/** Takes the numbers by two: their signs change, and the last bit of the first. */
const signs =
  head.replaceAll('array<f32>', 'array<u32>') +
  `
@compute @workgroup_size(4)
fn signs(@builtin(global_invocation_id) id: vec3u) {
  if (id.x < arrayLength(&x)) { y[id.x] = x[id.x] ^ select(0x80008000u, 0x80008001u, id.x == 0); }
}
`;

test.skipIf(isSkipped)(`halves are words in a buffer, also an odd number of them${reason}`, async () => {
  const kernels = { softmax: { entry: 'signs', invocations: 'elements', format: 'float16' } };
  const module = (await load(signs, { kernels })) as unknown as SubjectModule<FloatTensor>;
  const x = { shape: [5], data: Uint16Array.of(2, 0x8000, 3, 0x7e55, 0xfc00), dtype: 'float16' } as const;

  expect(module.supports).toEqual({ formats: ['float16'], empty: 'none' });
  expect(await module.softmax!(x, {})).toEqual({
    ...x,
    data: Uint16Array.of(0x8003, 0, 0x8003, 0xfe55, 0x7c00),
  });
});

test.skipIf(isSkipped)(`a shader that enables f16 needs an adapter that has it${reason}`, async () => {
  const source = `enable f16;\n${firsts.replaceAll('array<f32>', 'array<f16>')}`;

  await expect(load(source)).rejects.toThrow(
    /^the subject ".*shader.wgsl" needs the feature shader-f16 of WebGPU, which SwiftShader.* does not have$/,
  );
});

test('whether a buffer is one of halves is read from its declaration', () => {
  const source = `enable f16; // enable nothing else
    @binding(0) @group(0) var<storage, read> x : array<f16>;
    @group(0) @binding(1) var<storage, read_write> y: array<f32>;
    @group(0) @binding(2u) var<storage> z: array<vec4h>;
    @group(1) @binding(1) var<storage> other: array<f16>;`;

  expect(enablesHalves(source)).toBe(true);
  expect(enablesHalves('enable subgroups; // enable f16;')).toBe(false);
  expect([0, 1, 2, 3].map((binding) => isOfHalves(source, binding))).toEqual([true, false, true, false]);
});

test.skipIf(isSkipped)(`calls in flight do not disturb each other${reason}`, async () => {
  const module = await load(firsts);
  const inputs = Array.from({ length: 8 }, (_, i) => ({ shape: [1], data: Float32Array.of(i) }));

  const results = await Promise.all(inputs.map(async (x) => module.softmax!(x, {})));

  expect(results.map(({ data }) => data[0])).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
});

test.skipIf(isSkipped)(
  `a device that is lost fails that very call, and the next has another${reason}`,
  async () => {
    const module = await load(firsts);
    const { GPUDevice } = await devices();
    const submit = GPUDevice.prototype.createCommandEncoder;
    GPUDevice.prototype.createCommandEncoder = function (this: { destroy(): void }) {
      this.destroy();
      return submit.call(this);
    };
    const lost = Promise.resolve(module.softmax!(matrix, {})).finally(() => {
      GPUDevice.prototype.createCommandEncoder = submit;
    });

    await expect(lost).rejects.toThrow(/the device was lost \(destroyed\)/);
    expect(await module.softmax!(matrix, {})).toMatchObject({ shape: [5, 2] });
  },
);

async function devices(): Promise<{
  GPUDevice: { prototype: { createCommandEncoder: (this: { destroy(): void }) => unknown } };
}> {
  const { loadPart } = await import('../part.ts');
  return ((await loadPart('webgpu', { user: 'a test' })) as { globals: never }).globals;
}

test.skipIf(isSkipped).each([
  [
    'does not compile',
    '@compute @workgroup_size(1) fn softmax() { nonsense }',
    undefined,
    /does not compile: line 1: /,
  ],
  [
    'has no kernel',
    `${head} @compute @workgroup_size(1) fn main() {}`,
    undefined,
    /no entry point of a kernel's name \(it has: main\)/,
  ],
  [
    'has not the entry point of its manifest',
    firsts,
    { kernels: { softmax: { entry: 'gone' } } },
    /no entry point gone for softmax/,
  ],
  [
    'binds otherwise',
    firsts,
    { kernels: { softmax: { bindings: ['out y', 'in x'] } } },
    /cannot be run as softmax: /,
  ],
])(`a shader that %s is refused in a sentence${reason}`, async (_, source, manifest, sentence) => {
  await expect(load(source, manifest)).rejects.toThrow(sentence);
});

test('entry points are read from the source with their workgroups, and comments are not', () => {
  const source = `
    // @compute @workgroup_size(1) fn commented() {}
    fn helper() {}
    @compute @workgroup_size(8, 1) fn a() {}
    @workgroup_size(16u) @compute
    fn b() {}
    @compute @workgroup_size(size) fn c() {}
    @vertex fn d() {}`;

  expect(entryPointsOf(source)).toEqual([
    { name: 'a', workgroup: 8 },
    { name: 'b', workgroup: 16 },
    { name: 'c', workgroup: null },
  ]);
});
