/** The filter's controls, and how many findings pass it. */
import type { VNode } from 'preact';
import type { FindingView } from '../finding-view.ts';
import { choicesOf, noFilter, type Filter } from './filter.ts';

const selects = [
  ['blame', 'blamed'],
  ['severity', 'severity'],
  ['operation', 'operation'],
  ['direction', 'direction'],
  ['symptom', 'symptom'],
] as const;

export function FilterBar({
  findings,
  filter,
  shown,
  all,
  onChange,
}: {
  readonly findings: readonly FindingView[];
  readonly filter: Filter;
  /** How many causes are shown, and how many there are. */
  readonly shown: number;
  readonly all: number;
  readonly onChange: (filter: Filter) => void;
}): VNode {
  const isFiltered = Object.values(filter).some((value) => value !== '');
  return (
    <form class="filters" role="search" aria-label="Findings" onSubmit={(event) => event.preventDefault()}>
      {selects.map(([name, label]) => (
        <label>
          <span>{label}</span>
          <select
            name={name}
            value={filter[name]}
            onChange={(event) => onChange({ ...filter, [name]: event.currentTarget.value })}
          >
            <option value="">any</option>
            {choicesOf(findings, name).map((choice) => (
              <option value={choice}>{choice}</option>
            ))}
          </select>
        </label>
      ))}
      <label class="text">
        <span>text</span>
        <input
          type="search"
          name="text"
          placeholder="weight, axis 0 …"
          value={filter.text}
          onInput={(event) => onChange({ ...filter, text: event.currentTarget.value })}
        />
      </label>
      <p class="count" aria-live="polite">
        {shown.toLocaleString('en-US')} of {all.toLocaleString('en-US')}
        {isFiltered ? (
          <button type="button" onClick={() => onChange(noFilter)}>
            Show all
          </button>
        ) : null}
      </p>
    </form>
  );
}
