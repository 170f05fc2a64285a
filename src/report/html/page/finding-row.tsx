/** One finding: a line, and what is known of it once it is opened. */
import type { RefObject, VNode } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { FindingView } from '../finding-view.ts';
import { Mark } from '../mark.tsx';
import { FindingDetail } from './finding-detail.tsx';
import type { Target } from './target.ts';

export function FindingRow({
  finding,
  target,
}: {
  readonly finding: FindingView;
  readonly target: Target | null;
}): VNode {
  const { isOpen, setOpen, element } = useTarget(target);
  return (
    <details
      id={finding.id}
      class={`finding ${finding.severity}`}
      ref={element}
      open={isOpen}
      onToggle={(event) => setOpen(event.currentTarget.open)}
    >
      <RowSummary
        finding={finding}
        story={finding.story}
        implementation={finding.implementation}
        cases={finding.count}
        kinds={1}
      />
      {isOpen ? <FindingDetail finding={finding} /> : null}
    </details>
  );
}

/** Whether a row is open. Where a link has led to it, `target` is not null: it opens and takes the focus. */
export function useTarget(target: Target | null): {
  readonly isOpen: boolean;
  readonly setOpen: (isOpen: boolean) => void;
  readonly element: RefObject<HTMLDetailsElement | null>;
} {
  const [isOpen, setOpen] = useState(false);
  const element = useRef<HTMLDetailsElement>(null);
  useEffect(() => {
    if (target === null) return;
    setOpen(true);
    element.current!.scrollIntoView();
    element.current!.querySelector('summary')!.focus({ preventScroll: true });
  }, [target]);
  return { isOpen, setOpen, element };
}

export function RowSummary({
  finding: { severity, deviation, isKnown, ledger, case: summary },
  story,
  implementation,
  cases,
  kinds,
}: {
  readonly finding: FindingView;
  readonly story: string;
  readonly implementation: string;
  readonly cases: number;
  readonly kinds: number;
}): VNode {
  return (
    <summary>
      <Mark kind={severity} />
      <span class="what">
        <code>{summary}</code>
        <span class="story">{story}</span>
      </span>
      <span class="who">
        {implementation}
        <small>
          {severity}
          {isKnown ? `, known${ledger === '' ? '' : `: ${ledger}`}` : ''}
        </small>
      </span>
      <span class="off">
        {deviation}
        <small>
          {cases.toLocaleString('en-US')} {cases === 1 ? 'case' : 'cases'}
          {kinds > 1 ? `, ${kinds.toLocaleString('en-US')} kinds` : ''}
        </small>
      </span>
    </summary>
  );
}
