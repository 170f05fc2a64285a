/**
 * The mark of an implementation in the plots. The subject's is a disc, and nobody else's; the references
 * have six other shapes in five colours, so that thirty of them are told apart.
 */
import {
  symbol,
  symbolCircle,
  symbolCross,
  symbolDiamond,
  symbolSquare,
  symbolStar,
  symbolTriangle,
  symbolWye,
  type SymbolType,
} from 'd3-shape';
import type { VNode } from 'preact';

const ofReferences: readonly SymbolType[] = [
  symbolSquare,
  symbolTriangle,
  symbolDiamond,
  symbolCross,
  symbolStar,
  symbolWye,
];
const colours = 5;

/** An implementation by its place among the columns: 0 is the subject. */
export interface ImplementationMark {
  /** Id of its shape, which `MarkShapes` draws once for all. */
  readonly shape: string;
  /** The class that gives its colour. */
  readonly colour: string;
}

export function implementationMark(place: number): ImplementationMark {
  if (place === 0) return { shape: 'shape-subject', colour: 'series-subject' };
  const reference = place - 1;
  return {
    shape: `shape-${reference % ofReferences.length}`,
    colour: `series-${reference % colours}`,
  };
}

/** All shapes, once: what is drawn refers to them. */
export function MarkShapes(): VNode {
  return (
    <svg class="hidden" aria-hidden="true">
      <defs>
        <path id="shape-subject" d={symbol(symbolCircle, 38)()!} />
        {ofReferences.map((type, i) => (
          <path id={`shape-${i}`} d={symbol(type, 26)()!} />
        ))}
      </defs>
    </svg>
  );
}

export function Swatch({ place }: { readonly place: number }): VNode {
  const { shape, colour } = implementationMark(place);
  return (
    <svg class={`swatch ${colour}`} viewBox="-7 -7 14 14" aria-hidden="true">
      <use class="marker outside" href={`#${shape}`} />
    </svg>
  );
}
