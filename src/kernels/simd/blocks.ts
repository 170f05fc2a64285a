/** Which tensors go through the instance, and how: in blocks of whole rows, copied in and out. */
import { formatOf, type FloatArray } from '../../float/format.ts';
import type { Lanes } from '../../tensor/lanes.ts';
import { kernelInstance, type KernelInstance } from './instance.ts';

/** By size, or one of the two always: for tests, and for measuring them side by side. */
export type Form = 'by size' | 'JavaScript' | 'WebAssembly';

/** Below it the call and the copies cost more than they save: see docs/decisions/0020-fast-kernels.md. */
const elementsMinBySize = 24;
const elementsMinOf: Readonly<Record<Form, number>> = {
  'by size': elementsMinBySize,
  JavaScript: Infinity,
  WebAssembly: 1,
};
let elementsMin = elementsMinBySize;

export function useForm(form: Form): void {
  elementsMin = elementsMinOf[form];
}

/**
 * The instance for these lanes of `data`, whose results `output` is for; null where the JavaScript form is to
 * work them out, which halves have always: their outputs are kept in float64.
 */
export function instanceFor(data: FloatArray, output: FloatArray, lanes: Lanes): KernelInstance | null {
  const { length, stride, count } = lanes;
  if (stride !== 1 || formatOf(output) !== 'float32') return null;
  return instanceHolding(length, data, length * count);
}

/** The instance where it transposes matrices of so many elements of `data`; null where JavaScript does. */
export function transposerFor(data: FloatArray, elements: number): KernelInstance | null {
  return instanceHolding(elements, data, data.length);
}

/** Null where `data`, or a piece of so many elements that cannot be divided, is not for it. */
function instanceHolding(piece: number, data: FloatArray, elements: number): KernelInstance | null {
  if (elements < elementsMin || formatOf(data) !== 'float32') return null;
  const there = kernelInstance();
  return there !== null && piece <= there.x.length ? there : null;
}

/** So many elements of each tensor are copied in at a time: they stay in the second cache. */
export const blockElements: number = 1 << 14;

/** Calls `act` for each block of whole rows: its first, and how many they are. */
export function inBlocks(
  { maxima }: KernelInstance,
  { length, count }: Lanes,
  act: (first: number, rows: number) => void,
): void {
  const most = Math.max(1, Math.min(maxima.length, Math.floor(blockElements / length)));
  for (let first = 0; first < count; first += most) act(first, Math.min(most, count - first));
}

/** Copies `count` elements of `data` from `from` on. */
export function copyIn(to: Float32Array, data: FloatArray, from: number, count: number): void {
  to.set(count === data.length ? data : data.subarray(from, from + count));
}

/** Copies the first `count` of the instance's results to `output`, from `at` on. */
export function copyOut({ x }: KernelInstance, output: FloatArray, at: number, count: number): void {
  output.set(x.subarray(0, count), at);
}

/** What rows are worked out of, where to, and what each lane is multiplied by: null is 1 for all. */
export interface Scaled {
  readonly x: FloatArray;
  readonly y: FloatArray;
  readonly factorOf: ((lane: number) => number) | null;
}

/** Writes factor·log p. A factor of 0 gives 0, though log p be −∞; but NaN where it is NaN. */
export function writeLogs(there: KernelInstance, lanes: Lanes, { x, y, factorOf }: Scaled): void {
  const { factors, logs, rests } = there;
  const { length } = lanes;
  if (factorOf === null) factors.fill(1, 0, lanes.count);
  inBlocks(there, lanes, (first, rows) => {
    copyIn(there.x, x, first * length, rows * length);
    there.sumRows(rows, length);
    for (let r = 0; r < rows; r++) {
      logs[r] = Math.log1p(rests[r]!);
      if (factorOf !== null) factors[r] = factorOf(first + r);
    }
    there.logRows(rows, length);
    copyOut(there, y, first * length, rows * length);
    for (let r = 0; r < rows; r++)
      if (factors[r] === 0)
        y.fill(Number.isNaN(logs[r]) ? NaN : 0, (first + r) * length, (first + r + 1) * length);
  });
}

/** Writes the share of each element, times the factor of its lane. */
export function scaleShares(there: KernelInstance, lanes: Lanes, { x, y, factorOf }: Scaled): void {
  const { length } = lanes;
  if (factorOf === null) there.factors.fill(1, 0, lanes.count);
  inBlocks(there, lanes, (first, rows) => {
    copyIn(there.x, x, first * length, rows * length);
    if (factorOf !== null) for (let r = 0; r < rows; r++) there.factors[r] = factorOf(first + r);
    there.scaleRows(rows, length, false);
    copyOut(there, y, first * length, rows * length);
  });
}

/** What a gradient of lanes is worked out of, and where to. */
export interface GradientData {
  readonly x: FloatArray;
  readonly dy: FloatArray;
  readonly dx: FloatArray;
  readonly byInstance: (there: KernelInstance, rows: number, length: number) => void;
}

/** Writes a gradient of rows that have a row of dy beside them. */
export function gradientInBlocks(
  there: KernelInstance,
  lanes: Lanes,
  { x, dy, dx, byInstance }: GradientData,
): void {
  const { length } = lanes;
  inBlocks(there, lanes, (first, rows) => {
    copyIn(there.x, x, first * length, rows * length);
    copyIn(there.dy, dy, first * length, rows * length);
    byInstance(there, rows, length);
    copyOut(there, dx, first * length, rows * length);
  });
}
