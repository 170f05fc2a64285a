/** What a campaign counts to know that it looked everywhere: regime × operation × direction × axis class. */
import type { Case } from '../case/case.ts';
import { axisClassOf } from '../case/signature.ts';
import { joined } from './joined.ts';

/**
 * `regime/operation/direction/axis class`, one for each regime of the case: a case counts for all that it
 * holds. Of 20,000 cases over all operations each key gets at least 100 (0.5 %); only those of `empty` get
 * fewer, about 20, since an empty case has one answer for each kernel, which a hundred of them do not show
 * any better.
 */
export function coverageKeys(c: Case): readonly string[] {
  const rest = joined(joined(c.operation, c.direction), axisClassOf(c));
  return c.regimes.map((regime) => joined(regime, rest));
}
