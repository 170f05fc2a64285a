/**
 * Hill-climbing for the worst case: a chain of cases, each tried
 * case a small change of the best so far. Runs nothing itself.
 */
import type { Case } from '../case/case.ts';
import { generateCase, type CampaignSpace } from '../generate/generate-case.ts';
import { kernelsOf } from '../generate/case-draw.ts';
import { randomSourceFor } from '../generate/random-source.ts';
import { varyCase } from './vary-case.ts';

/** Cases of a chain. */
export const chainLength = 1024;
/** Its first cases are drawn, as a campaign draws them, and the best of them is climbed from. */
const startsPerChain = 384;
/** The chain's own draws come from a stream that no case is drawn from. */
const chainSalt = 0x9e37_79b9_7f4a_7c15n;

interface Best {
  readonly case: Case;
  readonly worth: number;
}

/**
 * What an evaluated case is worth; the chain keeps a case that is worth more.
 * Null ends it: there is a finding.
 */
export type Evaluate = (c: Case, step: number) => number | null | Promise<number | null>;

export interface ChainPlan {
  readonly seed: bigint;
  readonly chain: number;
  readonly space: CampaignSpace;
}

/**
 * Tries `chainLength` cases. Which ones is a function of the plan and of what `evaluate` answers, so of
 * (seed, chain, subject). Chains take the kernels of the space in turn: what is worth most of one says
 * nothing of another.
 */
export async function climb(plan: ChainPlan, evaluate: Evaluate): Promise<void> {
  const random = randomSourceFor({ seed: plan.seed ^ chainSalt, index: plan.chain });
  let best = null as Best | null;
  for (let step = 0; step < chainLength; step++) {
    const c = best === null || step < startsPerChain ? startOf(plan, step) : varyCase(random, best.case);
    const pending = evaluate(c, step);
    const worth = pending instanceof Promise ? await pending : pending;
    if (worth === null) return;
    // Sideways moves are taken: roundings lie on plateaus.
    if (best === null || worth >= best.worth) best = { case: c, worth };
  }
}

function startOf({ seed, chain, space }: ChainPlan, step: number): Case {
  const kernels = kernelsOf(space);
  const { operation, direction } = kernels[chain % kernels.length]!;
  const own = { ...space, operations: [operation], directions: [direction] };
  return generateCase({ seed, index: chain * startsPerChain + step }, own);
}
