/**
 * A section of the page: a heading that can be linked to,
 * a sentence that says what is seen, and what is seen.
 */
import type { ComponentChildren, VNode } from 'preact';

export function Section({
  id,
  title,
  lead,
  children,
}: {
  readonly id: string;
  readonly title: string;
  readonly lead: ComponentChildren;
  readonly children?: ComponentChildren;
}): VNode {
  return (
    <section id={id} aria-labelledby={`${id}-title`}>
      <h2 id={`${id}-title`}>{title}</h2>
      <p class="lead">{lead}</p>
      {children}
    </section>
  );
}

/** What is wider than the page scrolls by itself, with the keyboard too. */
export function Scroller({
  label,
  children,
}: {
  readonly label: string;
  readonly children?: ComponentChildren;
}): VNode {
  return (
    <div class="scroller" role="region" aria-label={label} tabIndex={0}>
      {children}
    </div>
  );
}
