/** Which outputs of a forward depend on which inputs, and how strongly and how smoothly at most. */
import { forwardKind, type Case } from '../../case/case.ts';
import { laneStart, type Lanes } from '../../tensor/lanes.ts';
import { contractionOf, denominatorOf, factorOf, isIgnored, type Contraction } from './contraction.ts';
import { shiftLane, type ShiftedLane } from './shifted-lane.ts';

/** What has nothing to do with the rest: a lane, or everything where the loss is reduced. */
export interface Group {
  /** Flat positions in the forward output; those of the cotangent too. */
  readonly outputs: readonly number[];
  /** Flat positions in the logits, or targets. */
  readonly inputs: readonly number[];
  /** Bound on |∂φ/∂x_j|, where φ is the outputs contracted with the cotangent. */
  readonly slopeMax: number;
  /** Bound on |φ − what is linear in it| at z + t·v, |v_j| ≤ 1, over the complex unit disc of t. */
  readonly discMax: number;
  /** Σ|q_i|, and how many terms the longest sum of the forward has. */
  readonly cotangents: number;
  readonly terms: number;
}

/** True where each lane has outputs of its own. */
export function isSeparable(c: Case): boolean {
  return forwardKind(c) !== 'reduced';
}

/** The groups without a non-finite logit, ignored positions aside; `c` is the backward case. */
export function groupsOf(c: Case, lanes: Lanes): readonly Group[] {
  const parts: Group[] = [];
  const denominator = c.loss === undefined ? 1 : denominatorOf(c, lanes);
  for (let lane = 0; lane < lanes.count; lane++) {
    const part = laneGroup(c, lanes, lane, denominator);
    if (part !== null) parts.push(part);
    else if (!isSeparable(c)) return [];
  }
  return isSeparable(c) || parts.length === 0 ? parts : [merge(parts)];
}

function merge(parts: readonly Group[]): Group {
  const sum = (of: (part: Group) => number): number => parts.reduce((total, part) => total + of(part), 0);
  return {
    outputs: [0],
    inputs: parts.flatMap(({ inputs }) => inputs),
    slopeMax: Math.max(...parts.map(({ slopeMax }) => slopeMax)),
    discMax: sum(({ discMax }) => discMax),
    cotangents: sum(({ cotangents }) => cotangents),
    terms: parts[0]!.terms + parts.length,
  };
}

function laneGroup(c: Case, lanes: Lanes, lane: number, denominator: number): Group | null {
  const start = laneStart(lanes, lane);
  const inputs: number[] = [];
  for (let k = 0; k < lanes.length; k++) inputs.push(start + k * lanes.stride);
  const outputs = forwardKind(c) === 'like logits' ? inputs : [lane];
  const terms = lanes.length;
  if (c.loss !== undefined && isIgnored(c, lane))
    return { inputs, outputs, terms, slopeMax: 0, discMax: 0, cotangents: 0 };
  const shifted = shiftLane(c.logits.data, lanes, lane);
  if (shifted === null) return null;
  const factor = c.loss === undefined ? 1 : factorOf(c, lane, denominator);
  const contraction = contractionOf(c, lanes, lane, factor)!;
  const cotangents = contraction.q.reduce((total, q) => total + Math.abs(q), 0);
  const discMax = discMaxOf(contraction, shifted);
  return { inputs, outputs, terms, slopeMax: 2 * cotangents, discMax, cotangents };
}

/**
 * With X the direction's entry of a class drawn by softmax, |X| ≤ 1, the moved softmax is s_i·e^(t·v_i) ÷ E
 * e^(tX), and the moved log S is log S + log E e^(tX). On |t| = 1: |E e^(tX)| ≤ e and ≥ Re ≥ e^−1·cos 1 =
 * 0.1987, its argument at most 1; so |log E e^(tX)| ≤ √(1.616² + 1) < 1.91, and |softmax_i| ≤ s_i·e ÷ 0.1987
 * < 13.7·s_i.
 */
function discMaxOf({ form, q }: Contraction, { e, sum }: ShiftedLane): number {
  if (form === 'softmax')
    return 13.7 * q.reduce((total, cotangent, i) => total + Math.abs(cotangent) * (e[i]! / sum), 0);
  return 1.91 * Math.abs(q.reduce((total, cotangent) => total + cotangent, 0));
}
