/** The Stage: the step of a calculation in which a mistake is made. Names and what they take in only. */

export const stageNames = [
  'shift',
  'exponent',
  'sum',
  'tail',
  'logarithm',
  'flushing',
  'product',
  'target',
  'weight',
  'ignoreIndex',
  'smoothing',
  'reduction',
  'strides',
  'special values',
  'state',
  'arguments',
  'conduct',
] as const;
/** The step of a kernel's calculation in which the first value, or the first deed, is wrong. */
export type StageName = (typeof stageNames)[number];

/** What each stage takes in. Where a mistake is of two of them, it has none. */
export const stageMeanings: Readonly<Record<StageName, string>> = {
  shift: 'what is subtracted from the logits before exp: the maximum of the lane, or what stands for it',
  exponent: 'exp, of an argument that is right',
  sum: 'the sum over a lane and the division by it, where each element of the lane is in it once',
  tail: 'which elements of a lane are read, added or multiplied: ends of blocks, first so many, padding',
  logarithm: 'the logarithm of the sum, or of a probability that is taken for it',
  flushing: 'results next to 0, which become 0',
  product: 'the formula of a gradient: how the cotangent and the shares are multiplied',
  target: 'what is read from the class indices or the probabilities',
  weight: 'the class weights',
  ignoreIndex: 'which positions are ignored, and what is left of them',
  smoothing: 'label smoothing',
  reduction: 'sum and mean over the positions: numerator, denominator, and the same in the gradient',
  strides: 'where the elements of a lane lie, and which lanes are written: axis, strides, rows',
  'special values': 'NaN, ±∞, lanes of −∞ alone, lanes of nothing, 0 times ∞',
  state: 'what was in memory before the call: kept from earlier calls, or never written',
  arguments: 'how arguments are read, filled in and refused',
  conduct: 'what the call does beside the values: memory of the caller, shape, format, throwing, printing',
};
