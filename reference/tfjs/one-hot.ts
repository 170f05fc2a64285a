/** Class indices as what TensorFlow.js takes instead: one-hot labels. Exact: no rounding. */
import { isIndexTarget, type Case, type Loss } from '../../src/case/case.ts';
import { lanesOf, laneStart } from '../../src/tensor/lanes.ts';

/**
 * float32 labels of the logits' shape: the target's own
 * probabilities, or its indices one-hot; all 0 where ignored.
 */
export function labelsOf(c: Case, { target, ignoreIndex }: Loss): Float32Array {
  if (!isIndexTarget(target))
    return c.format === 'float32' ? (target.data as Float32Array) : Float32Array.from(target.data);
  const lanes = lanesOf(c.logits.shape, c.axis);
  const labels = new Float32Array(c.logits.data.length);
  for (let lane = 0; lane < lanes.count; lane++) {
    const index = target.data[lane]!;
    if (index !== ignoreIndex) labels[laneStart(lanes, lane) + index * lanes.stride] = 1;
  }
  return labels;
}
