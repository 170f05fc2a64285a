/** The regimes: named regions of inputs chosen because they are hard, as a literal table. */
import type { Lanes } from '../tensor/lanes.ts';
import {
  fillAllNegative,
  fillBits,
  fillCommonOffset,
  fillDominant,
  fillHuge,
  fillLaneLevel,
  fillPlain,
  fillSubnormal,
  fillTies,
  fillUnderflowEdge,
  fillWide,
  type LaneFill,
} from './lane-fills.ts';
import { overlayMask, overlayNonFinite, overlaySignedZeros } from './lane-overlays.ts';

interface RegimeFacts {
  /** Stands in Case.regimes, run.json and docs. */
  readonly name: string;
  /** What goes wrong there. One sentence. */
  readonly why: string;
  /** Whether lanes of this geometry can show it. */
  readonly applies: (lanes: Lanes) => boolean;
}

/** Fills a lane; each lane has one base. `weight` is its share among the bases. */
export interface BaseRegime extends RegimeFacts {
  readonly kind: 'base';
  readonly weight: number;
  readonly fill: LaneFill;
}

/** Laid over a filled lane; a lane has at most one. */
export interface OverlayRegime extends RegimeFacts {
  readonly kind: 'overlay';
  /** Probability that a case may use it. */
  readonly caseShare: number;
  /** Probability that a lane of such a case has it, beside the one lane that has it for certain. */
  readonly laneShare: number;
  readonly fill: LaneFill;
}

/** No element at all: nothing to fill. */
export interface EmptyRegime extends RegimeFacts {
  readonly kind: 'empty';
}

export type RegimeRow = BaseRegime | OverlayRegime | EmptyRegime;

const hasElements = ({ length, count }: Lanes): boolean => length * count > 0;
const hasNeighbours = ({ length, count }: Lanes): boolean => length >= 2 && count > 0;
const hasTwoLanes = ({ length, count }: Lanes): boolean => length > 0 && count >= 2;

export const baseRegimes: readonly BaseRegime[] = [
  {
    kind: 'base',
    name: 'plain',
    why: 'Logits within ±10 as a trained network gives them: what fails here fails everybody.',
    weight: 1.3,
    applies: hasElements,
    fill: fillPlain,
  },
  {
    kind: 'base',
    name: 'wide',
    why: 'Spread over ±40 to ±100, where the rounding of x − max reaches the result multiplied by the gap.',
    weight: 1,
    applies: hasElements,
    fill: fillWide,
  },
  {
    kind: 'base',
    name: 'ties',
    why: 'Equal logits, the maximum among them: nothing may single one of them out.',
    weight: 1.1,
    applies: hasNeighbours,
    fill: fillTies,
  },
  {
    kind: 'base',
    name: 'dominant',
    why: 'One class far above all others: log of a sum near 1 cancels, and 1 − p vanishes.',
    weight: 1.1,
    applies: hasNeighbours,
    fill: fillDominant,
  },
  {
    kind: 'base',
    name: 'common-offset',
    why: 'All logits near one large number, a few of its ULPs apart: lost without a shift by the maximum.',
    weight: 1.1,
    applies: hasNeighbours,
    fill: fillCommonOffset,
  },
  {
    kind: 'base',
    name: 'underflow-edge',
    why: 'Gaps where exp turns subnormal, or zero, or too small to be felt in the sum.',
    weight: 1.1,
    applies: hasNeighbours,
    fill: fillUnderflowEdge,
  },
  {
    kind: 'base',
    name: 'all-negative',
    why: 'No logit above zero: a maximum that starts at 0 instead of −∞ is wrong.',
    weight: 1,
    applies: hasElements,
    fill: fillAllNegative,
  },
  {
    kind: 'base',
    name: 'subnormal',
    why: 'Logits below the smallest normal number, which kernels may flush to zero, but not misread.',
    weight: 1,
    applies: hasElements,
    fill: fillSubnormal,
  },
  {
    kind: 'base',
    name: 'huge',
    why: 'Logits up to the largest finite number: x − max overflows to −∞ and has to stay harmless.',
    weight: 1,
    applies: hasElements,
    fill: fillHuge,
  },
  {
    kind: 'base',
    name: 'lane-levels',
    why: 'Neighbouring lanes of very different level: a maximum or a sum shared between lanes shows.',
    weight: 1.1,
    applies: hasTwoLanes,
    fill: fillLaneLevel,
  },
  {
    kind: 'base',
    name: 'bits',
    why: 'Any finite bit pattern as likely as any other: what no list of regimes thought of.',
    weight: 1,
    applies: hasElements,
    fill: fillBits,
  },
];

export const overlayRegimes: readonly OverlayRegime[] = [
  {
    kind: 'overlay',
    name: 'mask',
    why: 'Positions masked by −1e9, in halves −1e4, the lowest finite number or −∞, in part or whole: padding.',
    caseShare: 0.16,
    laneShare: 0.4,
    applies: hasElements,
    fill: overlayMask,
  },
  {
    kind: 'overlay',
    name: 'signed-zeros',
    why: 'Zeros of both signs, which are equal and must be treated so, whatever their bits.',
    caseShare: 0.16,
    laneShare: 0.4,
    applies: hasElements,
    fill: overlaySignedZeros,
  },
  {
    kind: 'overlay',
    name: 'non-finite',
    why: 'NaN, +∞ or −∞ first, last, in the middle or all over a lane, which must not leak into other lanes.',
    caseShare: 0.16,
    laneShare: 0.1, // such a lane hides every other mistake in it
    applies: hasElements,
    fill: overlayNonFinite,
  },
];

const emptyRegime: EmptyRegime = {
  kind: 'empty',
  name: 'empty',
  why: 'No elements, because a size is 0: an empty answer, −∞, 0 or NaN, as the contract says, and no crash.',
  applies: (lanes) => !hasElements(lanes),
};

export const regimes: readonly RegimeRow[] = [...baseRegimes, ...overlayRegimes, emptyRegime];
