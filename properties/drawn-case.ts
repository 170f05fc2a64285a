/**
 * Draws for fast-check: which case of which campaign.
 * The generator fills it, so that a counterexample is two numbers.
 */
import * as fc from 'fast-check';
import { plainly } from '../src/case/call-form.ts';
import type { Case } from '../src/case/case.ts';
import { operations } from '../src/contract/subject.ts';
import { generateCase, type CampaignSpace } from '../src/generate/generate-case.ts';

export interface DrawnCase {
  readonly seed: bigint;
  readonly index: number;
}

export const drawnCase: fc.Arbitrary<DrawnCase> = fc.record({
  seed: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  index: fc.integer({ min: 0, max: 2 ** 31 - 1 }),
});

/** Small enough that every law can be judged on it. Laws are about the plain call. */
export function fillDrawnCase(drawn: DrawnCase, space: Partial<CampaignSpace> = {}): Case {
  const small = { operations, formats: ['float32', 'float64'], maxElements: 300 } as const;
  return plainly(generateCase(drawn, { ...small, ...space }));
}
