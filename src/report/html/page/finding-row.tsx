/** One finding: a line, and what is known of it once it is opened. */
import type { VNode } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { FindingView } from '../finding-view.ts';
import { Mark } from '../mark.tsx';
import { FindingDetail } from './finding-detail.tsx';

export function FindingRow({
  finding,
  target,
}: {
  readonly finding: FindingView;
  /** Not null where a link has led here: it opens and takes the focus. */
  readonly target: object | null;
}): VNode {
  const [isOpen, setOpen] = useState(false);
  const element = useRef<HTMLDetailsElement>(null);
  useEffect(() => {
    if (target === null) return;
    setOpen(true);
    element.current!.scrollIntoView();
    element.current!.querySelector('summary')!.focus({ preventScroll: true });
  }, [target]);
  const { id, severity, implementation, deviation, count, story, isKnown, ledger } = finding;
  return (
    <details
      id={id}
      class={`finding ${severity}`}
      ref={element}
      open={isOpen}
      onToggle={(event) => setOpen(event.currentTarget.open)}
    >
      <summary>
        <Mark kind={severity} />
        <span class="what">
          <code>{finding.case}</code>
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
            {count.toLocaleString('en-US')} {count === 1 ? 'case' : 'cases'}
          </small>
        </span>
      </summary>
      {isOpen ? <FindingDetail finding={finding} /> : null}
    </details>
  );
}
