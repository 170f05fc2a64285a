/** The causes as they are shown under a filter: which rows, and which findings of each. Pure. */
import type { CauseView, FindingView } from '../finding-view.ts';
import { passes, type Filter } from './filter.ts';

/** One row: the finding that stands for the cause, and its other kinds. */
export interface ShownCause {
  readonly cause: CauseView;
  readonly first: FindingView;
  readonly kinds: readonly FindingView[];
  /** Its place among the page's causes. */
  readonly place: number;
}

/** Those with a finding that passes; where the first does not, the next one stands for the cause. */
export function shownCauses(
  causes: readonly CauseView[],
  findings: readonly FindingView[],
  filter: Filter,
): readonly ShownCause[] {
  return causes.flatMap((cause, place) => {
    const shown = cause.places.map((one) => findings[one]!).filter((finding) => passes(finding, filter));
    const [first, ...kinds] = shown;
    return first === undefined ? [] : [{ cause, first, kinds, place }];
  });
}
