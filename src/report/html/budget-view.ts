/** What one element is allowed and what of it is used, made ready to be shown. Pure. */
import type { ToleranceTerm } from '../../case/verdict.ts';
import { roundedText } from '../../text/number-text.ts';
import type { BudgetView } from './finding-view.ts';

/** The terms sum to what is allowed; the largest comes first, and one of 0 is left out. */
export function budgetView({
  terms,
  allowed,
  error,
}: {
  readonly terms: readonly ToleranceTerm[];
  /** Null where there is none. */
  readonly allowed: number | null;
  /** Null where there is none. */
  readonly error: number | null;
}): BudgetView {
  const shares = terms
    .filter(({ value }) => value !== 0)
    .map(({ name, value }) => {
      const share = value / (allowed ?? 0);
      return { name, value: roundedText(value), share: share >= 0 && share <= 1 ? share : 0 };
    });
  const used = error === null || allowed === null || !(allowed > 0) ? Number.NaN : error / allowed;
  const isUsed = Number.isFinite(used);
  return {
    terms: shares.sort((a, b) => b.share - a.share),
    allowed: allowed === null ? '' : roundedText(allowed),
    error: isUsed ? roundedText(error!) : error === null || Number.isFinite(error) ? '' : 'not finite',
    used: isUsed ? used : null,
  };
}
