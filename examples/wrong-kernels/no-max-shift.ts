/** Wrong: exp of the logits as they are, so that a logit above 88.7 (709 in float64) overflows. */
import { mapLanes, type Lane } from './lane-map.ts';
import type { AxisOptions, Tensor } from 'logitfuzz';

export const name = 'no-max-shift';

export function softmax(x: Tensor, { axis = -1 }: AxisOptions): Tensor {
  return mapLanes(x, axis, (lane: Lane) => {
    const round = x.data instanceof Float32Array ? Math.fround : (value: number) => value;
    const powers = lane.map((value) => round(Math.exp(value)));
    const sum = powers.reduce((a, b) => a + b, 0);
    return powers.map((power) => power / sum);
  });
}
