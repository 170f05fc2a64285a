/**
 * `logitfuzz/vitest`: kernels fuzzed inside vitest, and matchers for tests written by hand.
 * Importing it adds the matchers.
 */
import { expect } from 'vitest';
import type { MatchOptions } from './matchers.ts';
import { matchers } from './matchers.ts';
import type { Case } from '../case/case.ts';

export { fuzzKernels, type FuzzKernelsOptions } from './fuzz-kernels.ts';
export { kernelCase, type GivenCase, type GivenTensor, type Numbers } from './kernel-case.ts';
export type { MatchOptions } from './matchers.ts';
export type { Case } from '../case/case.ts';
export { toHalfTensor } from '../tensor/half-tensor.ts';

expect.extend(matchers);

/** The two matchers that importing `logitfuzz/vitest` adds to `expect`. */
declare module 'vitest' {
  interface Matchers<T = any> {
    /**
     * A tensor of the shape and format that the case's kernel returns, each value within its own tolerance.
     */
    toMatchExact(c: Case, options?: MatchOptions): T;
    /**
     * Values alone, whatever holds them: as many as the case's kernel returns, each within its own tolerance.
     */
    toBeWithinTolerance(c: Case, options?: MatchOptions): T;
  }
}
