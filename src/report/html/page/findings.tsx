/**
 * The list of findings by their causes: the subject's, the references', and
 * apart those that the ledger knows; filtered and linked to.
 */
import type { VNode } from 'preact';
import { useEffect, useMemo, useState } from 'preact/hooks';
import type { CauseView, FindingView } from '../finding-view.ts';
import { printedMax } from '../printed.ts';
import { CauseRow } from './cause-row.tsx';
import { shownCauses, type ShownCause } from './causes.ts';
import { FilterBar } from './filter-bar.tsx';
import { noFilter, parseAddress, passes, type Filter } from './filter.ts';
import type { Target } from './target.ts';

export function Findings({
  findings,
  causes,
}: {
  readonly findings: readonly FindingView[];
  readonly causes: readonly CauseView[];
}): VNode {
  const [filter, setFilter] = useState<Filter>(noFilter);
  const [target, setTarget] = useState<Target | null>(null);
  useEffect(() => {
    const follow = (): void => {
      const address = parseAddress(location.hash);
      if (address?.kind === 'filter') {
        setFilter(address.filter);
        document.getElementById('findings')!.scrollIntoView();
      }
      const linked = address?.kind === 'finding' ? findings.find(({ id }) => id === address.id) : undefined;
      if (linked === undefined) return;
      setFilter((current) => (passes(linked, current) ? current : noFilter));
      setTarget({ id: linked.id });
    };
    follow();
    addEventListener('hashchange', follow);
    return () => removeEventListener('hashchange', follow);
  }, [findings]);
  useEffect(openForPrinter, []);
  const shown = useMemo(() => shownCauses(causes, findings, filter), [causes, findings, filter]);
  const known = shown.filter(({ first }) => first.ledger !== '');
  const own = shown.filter(({ first }) => first.blame === 'subject');
  const ofReferences = shown.filter(({ first }) => first.blame !== 'subject' && first.ledger === '');
  return (
    <>
      <FilterBar
        findings={findings}
        filter={filter}
        shown={shown.length}
        all={causes.length}
        onChange={setFilter}
      />
      <Group title="Of the subject" causes={own} target={target} />
      <Group title="Of the references" causes={ofReferences} target={target} />
      <Group title="Known, by the ledger" causes={known} target={target} />
      {shown.length === 0 ? <p class="empty">Nothing passes the filter.</p> : null}
    </>
  );
}

/** The first causes are printed open, and closed again after. */
function openForPrinter(): () => void {
  let opened: readonly HTMLDetailsElement[] = [];
  const open = (): void => {
    opened = [...document.querySelectorAll<HTMLDetailsElement>('details.cause:not([open])')].slice(
      0,
      printedMax,
    );
    for (const row of opened) row.open = true;
  };
  const close = (): void => {
    for (const row of opened) row.open = false;
  };
  addEventListener('beforeprint', open);
  addEventListener('afterprint', close);
  return () => {
    removeEventListener('beforeprint', open);
    removeEventListener('afterprint', close);
  };
}

const rowsAtOnce = 50;

function Group({
  title,
  causes,
  target,
}: {
  readonly title: string;
  readonly causes: readonly ShownCause[];
  readonly target: Target | null;
}): VNode | null {
  const [limit, setLimit] = useState(rowsAtOnce);
  if (causes.length === 0) return null;
  const isLinked = ({ first, kinds }: ShownCause): boolean =>
    target !== null && [first, ...kinds].some(({ id }) => id === target.id);
  const rows = causes.slice(0, limit);
  const linked = causes.find(isLinked);
  if (linked !== undefined && !rows.includes(linked)) rows.unshift(linked);
  const rest = causes.length - Math.min(limit, causes.length);
  return (
    <div class="group">
      <h3>
        {title} <small>{causes.length.toLocaleString('en-US')}</small>
      </h3>
      {rows.map((shown) => (
        <CauseRow key={shown.cause.id} shown={shown} target={shown === linked ? target : null} />
      ))}
      {rest === 0 ? null : (
        <button type="button" class="more" onClick={() => setLimit(limit + 4 * rowsAtOnce)}>
          Show {Math.min(rest, 4 * rowsAtOnce).toLocaleString('en-US')} more of {rest.toLocaleString('en-US')}
        </button>
      )}
    </div>
  );
}
