/** What the kernels do where there is no instance, and that there is one here. */
import { afterEach, expect, test, vi } from 'vitest';
import { softmax, softmaxBackward } from '../index.ts';
import { useForm } from './blocks.ts';

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

  const anew = await kernelsAnew();

  expect(anew.softmax(x)).toEqual(there);
  expect(anew.kernelInstance()).toBeNull();
});

test('a long lane has the same answer by either form, and one that is too long for the instance has one', () => {
  const lane = (length: number): typeof x => ({
    shape: [1, length],
    data: Float32Array.from({ length }, (_, i) => 9 * (((i * 0.618) % 2) - 1)),
  });
  const [long, tooLong] = [lane(200_003), lane(2 ** 20 + 1)];
  const either = (['JavaScript', 'WebAssembly'] as const).map((form) => {
    useForm(form);
    return softmaxBackward(long, long);
  });
  useForm('by size');

  expect(either[0]).toEqual(either[1]);
  let total = 0;
  for (const share of softmax(tooLong).data) total += share;
  expect(Math.abs(total - 1)).toBeLessThan(2 ** -20);
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

  const anew = await kernelsAnew();
  anew.softmax({ shape: [3], data: Float32Array.of(1, 2, 3) });
  expect(compiled).not.toHaveBeenCalled();
  anew.softmax(x);

  expect(compiled).toHaveBeenCalledTimes(1);
});
