/** The source of a kernel, where the page was written with it: text, with the numbers of its lines. */
import type { VNode } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { SourceView } from '../finding-view.ts';
import { packedLine } from './data.ts';

export function KernelSource({ place }: { readonly place: number }): VNode | null {
  const [source, setSource] = useState<SourceView | null>(null);
  useEffect(
    () => void packedLine('sources-data', place).then((line) => setSource(line as SourceView)),
    [place],
  );
  if (source === null) return null;
  const { title, line, text, isCut } = source;
  return (
    <>
      <h4>Its source</h4>
      <details class="source">
        <summary>{title}</summary>
        <pre class="scroller" tabIndex={0}>
          {text.split('\n').map((row, i) => (
            <>
              <span class="number">{line + i}</span>
              <code>{row}</code>
              {'\n'}
            </>
          ))}
        </pre>
        {isCut ? <p class="note">… and more of it in the file.</p> : null}
      </details>
    </>
  );
}
