/** What a campaign counts to know that it looked everywhere: regime × operation × direction × axis class. */
import type { Case } from '../case/case.ts';
import { resolveAxis } from '../tensor/lanes.ts';

/**
 * `last`: the elements of a lane are neighbours in memory (rank 0 and 1 among them); `inner`: another axis
 * follows. The two take different code in every kernel, and the signature of a divergence tells the same two
 * apart.
 */
export type AxisClass = 'last' | 'inner';
export const axisClasses: readonly AxisClass[] = ['last', 'inner'];

export function axisClassOf(c: Pick<Case, 'axis' | 'logits'>): AxisClass {
  const rank = c.logits.shape.length;
  return resolveAxis(c.axis, rank) === Math.max(rank, 1) - 1 ? 'last' : 'inner';
}

/**
 * `regime/operation/direction/axis class`, one for each regime of the case: a case counts for all that it
 * holds. Of 20,000 cases over all operations each key gets at least 100 (0.5 %); only those of `empty` get
 * fewer, about 20, since an empty case has one answer for each kernel, which a hundred of them do not show
 * any better.
 */
export function coverageKeys(c: Case): readonly string[] {
  const rest = `/${c.operation}/${c.direction}/${axisClassOf(c)}`;
  return c.regimes.map((regime) => regime + rest);
}
