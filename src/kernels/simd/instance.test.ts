/** What the kernels do where there is no instance, and that there is one here. */
import { afterEach, expect, test, vi } from 'vitest';

afterEach(() => {
  vi.unstubAllGlobals();
  vi.resetModules();
});

const x = {
  shape: [20, 30],
  data: Float32Array.from({ length: 600 }, (_, i) => 9 * (((i * 0.618) % 2) - 1)),
};

async function kernelsAnew(): Promise<typeof import('../index.ts') & typeof import('./instance.ts')> {
  vi.resetModules();
  return { ...(await import('../index.ts')), ...(await import('./instance.ts')) };
}

test('there is an instance here, and it is made once', async () => {
  const { kernelInstance } = await kernelsAnew();

  expect(kernelInstance()).not.toBeNull();
  expect(kernelInstance()).toBe(kernelInstance());
});

test.each([
  ['without WebAssembly', undefined],
  [
    'where WebAssembly has no SIMD, and refuses the module',
    {
      Module: class {
        constructor() {
          throw new SyntaxError('invalid opcode 0xfd');
        }
      },
    },
  ],
])('%s the kernels answer all the same, with the same bits', async (_, stub) => {
  const there = (await kernelsAnew()).softmax(x);
  vi.stubGlobal('WebAssembly', stub);

  const { softmax, kernelInstance } = await kernelsAnew();

  expect(softmax(x)).toEqual(there);
  expect(kernelInstance()).toBeNull();
});

test('nothing is compiled before a kernel needs it', async () => {
  const compiled = vi.fn();
  vi.stubGlobal('WebAssembly', {
    Module: class {
      constructor() {
        compiled();
      }
    },
  });

  const { softmax } = await kernelsAnew();
  softmax({ shape: [3], data: Float32Array.of(1, 2, 3) });
  expect(compiled).not.toHaveBeenCalled();
  softmax(x);

  expect(compiled).toHaveBeenCalledTimes(1);
});
