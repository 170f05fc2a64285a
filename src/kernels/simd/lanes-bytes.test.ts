/** The bytes are those of the source: a kernel whose source is not what runs proves nothing. */
// @module-tag processes
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { bytesModule, compiledKernels } from '../../../scripts/build-kernels.ts';

test('npm run build:kernels makes lanes-bytes.ts, byte for byte', () => {
  expect(compiledKernels()).toBe(readFileSync(bytesModule, 'utf8'));
});
