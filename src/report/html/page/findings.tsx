/**
 * The list of findings: the subject's, the references', and
 * apart those that the ledger knows; filtered and linked to.
 */
import type { VNode } from 'preact';
import { useEffect, useMemo, useState } from 'preact/hooks';
import type { FindingView } from '../finding-view.ts';
import { FilterBar } from './filter-bar.tsx';
import { noFilter, parseAddress, passes, type Filter } from './filter.ts';
import { FindingRow } from './finding-row.tsx';

/** A link to a finding: the same one twice is followed twice. */
interface Target {
  readonly id: string;
}

export function Findings({ findings }: { readonly findings: readonly FindingView[] }): VNode {
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
  const shown = useMemo(() => findings.filter((finding) => passes(finding, filter)), [findings, filter]);
  const ofSubject = shown.filter(({ blame, isKnown }) => blame === 'subject' && !isKnown);
  const ofReferences = shown.filter(({ blame, isKnown }) => blame !== 'subject' && !isKnown);
  const known = shown.filter(({ isKnown }) => isKnown);
  return (
    <>
      <FilterBar findings={findings} filter={filter} shown={shown.length} onChange={setFilter} />
      <Group title="Of the subject" findings={ofSubject} target={target} />
      <Group title="Of the references" findings={ofReferences} target={target} />
      <Group title="Known, by the ledger" findings={known} target={target} />
      {shown.length === 0 ? <p class="empty">Nothing passes the filter.</p> : null}
    </>
  );
}

const rowsAtOnce = 50;

function Group({
  title,
  findings,
  target,
}: {
  readonly title: string;
  readonly findings: readonly FindingView[];
  readonly target: Target | null;
}): VNode | null {
  const [limit, setLimit] = useState(rowsAtOnce);
  if (findings.length === 0) return null;
  const rows = findings.slice(0, limit);
  const linked = findings.find(({ id }) => id === target?.id);
  if (linked !== undefined && !rows.includes(linked)) rows.unshift(linked);
  const rest = findings.length - Math.min(limit, findings.length);
  return (
    <div class="group">
      <h3>
        {title} <small>{findings.length.toLocaleString('en-US')}</small>
      </h3>
      {rows.map((finding) => (
        <FindingRow key={finding.id} finding={finding} target={target?.id === finding.id ? target : null} />
      ))}
      {rest === 0 ? null : (
        <button type="button" class="more" onClick={() => setLimit(limit + 4 * rowsAtOnce)}>
          Show {Math.min(rest, 4 * rowsAtOnce).toLocaleString('en-US')} more of {rest.toLocaleString('en-US')}
        </button>
      )}
    </div>
  );
}
