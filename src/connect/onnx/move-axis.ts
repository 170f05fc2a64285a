/** A tensor with one axis in another place. */
import { createFloatData, type FloatData, type Format } from '../../float/format.ts';
import { sizeOf } from '../../tensor/tensor.ts';

/** Its numbers as a kernel is given them: those of a half as their bits. */
export interface Moved {
  readonly shape: readonly number[];
  readonly data: FloatData;
}

/** The same data where the place stays; both are counted from the front. */
export function moveAxis(
  { shape, data }: Moved,
  { from, to, format }: { readonly from: number; readonly to: number; readonly format: Format },
): Moved {
  if (from === to) return { shape, data };
  const others = shape.map((_, axis) => axis).filter((axis) => axis !== from);
  const order = [...others.slice(0, to), from, ...others.slice(to)];
  const moved = order.map((axis) => shape[axis]!);
  const strides = shape.map((_, axis) => sizeOf(shape.slice(axis + 1)));
  const result = createFloatData(format, data.length);
  const index = moved.map(() => 0);
  for (let at = 0, source = 0; at < data.length; at++) {
    result[at] = data[source]!;
    for (let k = moved.length - 1; k >= 0; k--) {
      source += strides[order[k]!]!;
      if (++index[k]! < moved[k]!) break;
      source -= moved[k]! * strides[order[k]!]!;
      index[k] = 0;
    }
  }
  return { shape: moved, data: result };
}
