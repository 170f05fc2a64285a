/** Fewer dimensions: sizes of 1 squeezed out and neighbours merged, so that no element moves. */
import { moveAxis } from '../../properties/transform-case.ts';
import type { Case } from '../case/case.ts';
import { axisClassOf } from '../case/signature.ts';
import { mapTensors } from '../case/case-tensors.ts';
import { resolveAxis } from '../tensor/lanes.ts';
import { attempt, type Attempts } from './attempt.ts';

/** The dimensions before the axis and after it, each a list of sizes. */
interface Dimensions {
  readonly before: readonly number[];
  readonly after: readonly number[];
}

/**
 * The axis becomes the last first, which is the plain path through most kernels; one that has to stay before
 * others stays there.
 */
export function* dropRank(c: Case): Attempts {
  if (c.logits.shape.length === 0) return yield* attempt(c, { ...c, axis: 0 });
  let current = yield* attempt(c, axisLast(c));
  current = yield* attempt(current, reshaped(current, mostMerged(dimensionsOf(current))));
  for (let hasShrunk = true; hasShrunk;) {
    const from: Case = current;
    for (const dimensions of smallSteps(dimensionsOf(from))) {
      current = yield* attempt(from, reshaped(from, dimensions));
      if (current !== from) break;
    }
    hasShrunk = current !== from;
  }
  current = yield* attempt(current, asScalar(current));
  return yield* attempt(current, {
    ...current,
    axis: resolveAxis(current.axis, current.logits.shape.length),
  });
}

/** The axis moved last, and what it leaves of sizes of 1 dropped; null where it is. */
function axisLast(c: Case): Case | null {
  if (axisClassOf(c) === 'last') return null;
  const moved = moveAxis(c, 'last');
  return c.axis < 0 ? { ...moved, axis: -1 } : moved;
}

function dimensionsOf({ logits, axis }: Case): Dimensions {
  const at = resolveAxis(axis, logits.shape.length);
  return { before: logits.shape.slice(0, at), after: logits.shape.slice(at + 1) };
}

function mostMerged({ before, after }: Dimensions): Dimensions {
  const [lead, trail] = [productOf(before), productOf(after)];
  return { before: lead === 1 ? [] : [lead], after: after.length === 0 ? [] : [trail] };
}

function productOf(sizes: readonly number[]): number {
  return sizes.reduce((product, size) => product * size, 1);
}

/** One squeeze or one merge each. */
function* smallSteps({ before, after }: Dimensions): Generator<Dimensions> {
  for (const fewer of fewerSizes(before)) yield { before: fewer, after };
  for (const fewer of fewerSizes(after)) if (fewer.length > 0) yield { before, after: fewer };
}

function* fewerSizes(sizes: readonly number[]): Generator<readonly number[]> {
  for (const [i, size] of sizes.entries()) if (size === 1) yield sizes.toSpliced(i, 1);
  for (let i = 0; i + 1 < sizes.length; i++) yield sizes.toSpliced(i, 2, sizes[i]! * sizes[i + 1]!);
}

/** One class alone, as rank 0; null where there is more. */
function asScalar(c: Case): Case | null {
  const { shape } = c.logits;
  return shape.length === 1 && shape[0] === 1 ? withShapes(c, { shape: [], outerShape: [], axis: 0 }) : null;
}

/** An axis counted from the end stays so counted. */
function reshaped(c: Case, { before, after }: Dimensions): Case {
  const rank = c.logits.shape.length;
  const length = c.logits.shape[resolveAxis(c.axis, rank)]!;
  const axis = c.axis < 0 ? -1 - after.length : before.length;
  return withShapes(c, { shape: [...before, length, ...after], outerShape: [...before, ...after], axis });
}

/** The same data under other shapes. */
function withShapes(
  c: Case,
  { shape, outerShape, axis }: { shape: readonly number[]; outerShape: readonly number[]; axis: number },
): Case {
  const mapped = mapTensors(c, ({ kind, tensor }) => {
    switch (kind) {
      case 'like logits':
        return { shape, data: tensor.data };
      case 'per lane':
        return { shape: outerShape, data: tensor.data };
      case 'per class':
      case 'reduced':
        return tensor;
    }
  });
  return { ...mapped, axis };
}
