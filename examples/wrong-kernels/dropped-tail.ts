/** Wrong: sums eight at a time and forgets the last element where the width leaves 7 when divided by 8. */
import { mapLanes } from './lane-map.ts';
import type { AxisOptions, Tensor } from 'logitfuzz';

export const name = 'dropped-tail';

export function softmax(x: Tensor, { axis = -1 }: AxisOptions): Tensor {
  return mapLanes(x, axis, (lane) => {
    const max = lane.reduce((a, b) => Math.max(a, b), -Infinity);
    const powers = lane.map((value) => Math.exp(value - max));
    const summed = lane.length % 8 === 7 ? powers.slice(0, -1) : powers;
    const sum = summed.reduce((a, b) => a + b, 0);
    return powers.map((power) => power / sum);
  });
}
