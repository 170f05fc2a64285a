/**
 * Lanes of 10^4 to 10^6 elements, which a campaign's budget of elements hardly ever draws:
 * every kernel, four fillings.
 */
import { forwardShape, type Case, type Loss } from '../src/case/case.ts';
import { kernelTable } from '../src/contract/subject.ts';
import { drawInt, randomSourceFor, type RandomSource } from '../src/generate/random-source.ts';

const widths = [10_000, 100_000, 1_000_000];

const fills: readonly ((random: RandomSource, k: number) => number)[] = [
  (random) => unit(random) * 20 - 10, // plain
  () => 0, // ties
  (_, k) => (k === 7 ? 20 : 0), // one above the others
  (random) => unit(random), // near uniform
];

export function* wideCases(): Generator<Case> {
  let index = 0;
  for (const width of widths)
    for (const fill of fills)
      for (const { operation, direction } of kernelTable) {
        const random = randomSourceFor({ seed: 0n, index: index++ });
        const values = (valueOf: (k: number) => number): Float32Array =>
          Float32Array.from({ length: width }, (_, k) => valueOf(k));
        const logits = { shape: [1, width], data: values((k) => fill(random, k)) };
        const base = {
          operation,
          direction,
          format: 'float32',
          axis: 1,
          logits,
          regimes: [],
          checks: [],
        } as const;
        const loss: { loss?: Loss } =
          operation === 'crossEntropy' ? { loss: lossFor(random, width, values, direction) } : {};
        const shape = forwardShape({ ...base, ...loss });
        const dy = shape.length === 2 ? values(() => unit(random) - 0.5) : Float32Array.of(1);
        yield { ...base, ...loss, ...(direction === 'forward' ? {} : { cotangent: { shape, data: dy } }) };
      }
}

function lossFor(
  random: RandomSource,
  width: number,
  values: (valueOf: (k: number) => number) => Float32Array,
  direction: Case['direction'],
): Loss {
  const reduction = 'none';
  const labelSmoothing = direction === 'forward' ? 0.1 : 0;
  if (direction === 'backward')
    return { reduction, labelSmoothing, target: { shape: [1], data: Int32Array.of(drawInt(random, width)) } };
  return { reduction, labelSmoothing, target: { shape: [1, width], data: values(() => 1 / width) } };
}

function unit(random: RandomSource): number {
  return drawInt(random, 2 ** 24) / 2 ** 24;
}
