/**
 * Label smoothing as tfjs-core computes it (`softmaxCrossEntropy_`),
 * each step rounded to float32 as every backend rounds it.
 */

export interface Smoothing {
  /** What a label is multiplied by, and so the gradient to it. */
  readonly kept: number;
  /** What is added to each. */
  readonly spread: number;
}

export function smoothingOf(labelSmoothing: number, classes: number): Smoothing {
  const share = Math.fround(labelSmoothing);
  return { kept: Math.fround(1 - share), spread: Math.fround(share / classes) };
}

export function smoothLabel(label: number, { kept, spread }: Smoothing): number {
  return Math.fround(Math.fround(label * kept) + spread);
}
