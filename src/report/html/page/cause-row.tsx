/** One cause: a line; opened, the finding that stands for it, and its other kinds folded below. */
import type { VNode } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { FindingView } from '../finding-view.ts';
import { printedMax } from '../printed.ts';
import type { ShownCause } from './causes.ts';
import { FindingDetail } from './finding-detail.tsx';
import { FindingRow, RowSummary, useTarget } from './finding-row.tsx';
import type { Target } from './target.ts';

export function CauseRow({
  shown: { cause, first, kinds, place },
  target,
}: {
  readonly shown: ShownCause;
  /** Not null where a link has led to one of its findings. */
  readonly target: Target | null;
}): VNode {
  const isFirst = target?.id === first.id;
  const { isOpen, setOpen, element } = useTarget(isFirst ? target : null);
  useEffect(() => {
    if (target !== null) setOpen(true);
  }, [target]);
  const all = [first, ...kinds];
  const cases = all.reduce((sum, { count }) => sum + count, 0);
  const others = cause.kernels.length > 1 ? `In ${cause.kernels.join(', ')}.` : '';
  return (
    <details
      id={first.id}
      class={`finding cause ${first.severity}`}
      ref={element}
      open={isOpen}
      onToggle={(event) => setOpen(event.currentTarget.open)}
    >
      <RowSummary
        finding={first}
        story={[cause.title === '' ? first.story : cause.title, cause.boundary, others]
          .filter(Boolean)
          .join(' ')}
        implementation={[...new Set(all.map(({ implementation }) => implementation))].join(', ')}
        cases={cases}
        kinds={all.length}
      />
      {isOpen || place < printedMax ? (
        <>
          <FindingDetail finding={first} />
          <Kinds kinds={kinds} target={isFirst ? null : target} />
        </>
      ) : null}
    </details>
  );
}

const kindsAtOnce = 50;

function Kinds({
  kinds,
  target,
}: {
  readonly kinds: readonly FindingView[];
  readonly target: Target | null;
}): VNode | null {
  const [isOpen, setOpen] = useState(false);
  const [limit, setLimit] = useState(kindsAtOnce);
  useEffect(() => {
    if (target !== null) setOpen(true);
  }, [target]);
  if (kinds.length === 0) return null;
  const rows = kinds.slice(0, limit);
  const linked = kinds.find(({ id }) => id === target?.id);
  if (linked !== undefined && !rows.includes(linked)) rows.unshift(linked);
  const rest = kinds.length - Math.min(limit, kinds.length);
  return (
    <details class="kinds" open={isOpen} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        {kinds.length.toLocaleString('en-US')} other {kinds.length === 1 ? 'kind' : 'kinds'} of the same cause
      </summary>
      {isOpen
        ? rows.map((finding) => (
            <FindingRow
              key={finding.id}
              finding={finding}
              target={target?.id === finding.id ? target : null}
            />
          ))
        : null}
      {rest === 0 || !isOpen ? null : (
        <button type="button" class="more" onClick={() => setLimit(limit + 4 * kindsAtOnce)}>
          Show {Math.min(rest, 4 * kindsAtOnce).toLocaleString('en-US')} more of{' '}
          {rest.toLocaleString('en-US')}
        </button>
      )}
    </details>
  );
}
