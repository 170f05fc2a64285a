/** How the tests run. `--mode embedded` leaves native TensorFlow out, as named skips. */
import { defineConfig, type ViteUserConfigFnObject } from 'vitest/config';

const config: ViteUserConfigFnObject = defineConfig(({ mode }) => ({
  test: {
    include: [
      'src/**/*.test.ts',
      'reference/**/*.test.ts',
      'properties/**/*.test.ts',
      'examples/**/*.test.ts',
      'series/**/*.test.ts',
    ],
    exclude: ['examples/user-project/**'], // a project of its own: see series/packed.ts
    env: mode === 'embedded' ? { LOGITFUZZ_EMBEDDED: '1' } : {},
    pool: 'forks',
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
}));

export default config;
