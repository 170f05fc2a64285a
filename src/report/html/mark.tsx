/**
 * The mark of a verdict: a shape of its own beside the colour, for whoever does not see the one or the other.
 */
import type { VNode } from 'preact';

export type MarkKind = 'wrong' | 'inaccurate' | 'agree' | 'inconclusive' | 'skip';

const shapes: Readonly<Record<MarkKind, VNode>> = {
  wrong: (
    <>
      <circle cx="8" cy="8" r="7.5" />
      <path class="stroke" d="M5.2 5.2 10.8 10.8 M10.8 5.2 5.2 10.8" />
    </>
  ),
  inaccurate: (
    <>
      <path d="M8 .8 15.6 14.4H.4Z" />
      <path class="stroke" d="M8 5.6V9.4 M8 11.6V12" />
    </>
  ),
  agree: (
    <>
      <circle cx="8" cy="8" r="7.5" />
      <path class="stroke" d="M4.6 8.3 7 10.7 11.4 5.7" />
    </>
  ),
  inconclusive: (
    <>
      <rect x="1" y="1" width="14" height="14" rx="3" />
      <path class="stroke" d="M5 8.6Q6.5 6.2 8 8T11 7.4" />
    </>
  ),
  skip: <path class="stroke" d="M4 8H12" />,
};

export function Mark({ kind }: { readonly kind: MarkKind }): VNode {
  return (
    <svg class={`mark ${kind}`} viewBox="0 0 16 16" aria-hidden="true">
      {shapes[kind]}
    </svg>
  );
}
