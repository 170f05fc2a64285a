/** Cases for fast-check: it draws which one, the generator fills it, and src/shrink makes it small. */
import * as fc from 'fast-check';
import type { Case } from '../case/case.ts';
import type { Operation } from '../contract/subject.ts';
import type { Format } from '../float/format.ts';
import { generateCase } from '../generate/generate-case.ts';
import { shrinkCandidates } from './shrink-case.ts';

export interface CaseSpace {
  readonly operations: readonly Operation[];
  readonly formats: readonly Format[];
}

/**
 * A fast-check arbitrary of the cases of every campaign over the space: (seed, index) uniform over [0, 2^64)
 * × [0, 2^31).
 */
export function caseArbitrary(space: CaseSpace): fc.Arbitrary<Case> {
  return new CaseArbitrary(space);
}

/** A class, because fast-check knows an arbitrary by its class. */
class CaseArbitrary extends fc.Arbitrary<Case> {
  readonly #space: CaseSpace;

  constructor(space: CaseSpace) {
    super();
    this.#space = space;
  }

  override generate(random: fc.Random): fc.Value<Case> {
    const seed = BigInt.asUintN(
      64,
      (BigInt(random.nextInt()) << 32n) ^ BigInt.asUintN(32, BigInt(random.nextInt())),
    );
    const index = random.nextInt(0, 2 ** 31 - 1);
    return new fc.Value(generateCase({ seed, index }, this.#space), undefined);
  }

  override canShrinkWithoutContext(value: unknown): value is Case {
    return typeof value === 'object' && value !== null && 'logits' in value && 'operation' in value;
  }

  override shrink(value: Case): fc.Stream<fc.Value<Case>> {
    return fc.stream(shrinkCandidates(value)).map((candidate) => new fc.Value(candidate, undefined));
  }
}
