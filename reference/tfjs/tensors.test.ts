/** The tensors of tfjs live until they are freed: a reference leaves none. */
import { expect, test } from 'vitest';
import { generateCase } from '../../src/generate/generate-case.ts';
import { operations } from '../../src/contract/subject.ts';
import { loadTfjsCore } from './module.ts';
import { tfjsCpu } from './cpu.ts';
import { tfjsWasm } from './wasm.ts';

const cases = Array.from({ length: 600 }, (_, index) =>
  generateCase({ seed: 3n, index }, { operations, formats: ['float32'] }),
);

test.each([tfjsCpu, tfjsWasm])(
  '$name has as many tensors after each case as before the first',
  async (loader) => {
    const loaded = await loader.load();
    if (loaded.kind !== 'available') throw new Error(loaded.reason);
    const { implementation } = loaded;
    const asked = cases.filter((c) => implementation.declines(c) === null);
    const before = loadTfjsCore().memory().numTensors;

    const after = asked.map((c) => {
      void implementation.run(c);
      return loadTfjsCore().memory().numTensors;
    });

    expect(asked.length).toBeGreaterThan(100);
    expect(new Set(after)).toEqual(new Set([before]));
  },
);
