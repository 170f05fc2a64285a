/**
 * The mutants that `bench --sections find` looks for. From each stage of a kernel and each of what is around
 * one (state, conduct, arguments) come one or two, so that there is an easy one of each kind, and of the
 * larger kinds also one that takes this tool hundreds or thousands of cases.
 */
export const twentyMutants: readonly string[] = [
  'no-shift', // shift, at once
  'maximum-of-the-first-block', // tail, wide lanes
  'exp-coarse-far-out', // exponent, small errors
  'log-of-18-bits', // logarithm
  'epsilon-in-the-sum', // sum
  'dot-in-float16', // product, small errors
  'diagonal-jacobian', // product, at once
  'stride-of-the-first-axis', // strides, of some ranks
  'second-block-of-lanes', // strides and tail, many lanes
  'odd-float64', // tail, of one format
  'nan-at-the-end-unseen', // special values
  'empty-log-sum-exp-is-zero', // special values, of nothing
  'targets-sum-to-one', // target
  'index-in-a-byte', // target, wide lanes
  'smoothing-of-a-tenth-or-half', // smoothing, of some values
  'ignored-counted-in-mean', // ignoreIndex and reduction
  'weights-in-bfloat16', // weight, small errors
  'axis-kept-by-shape', // state
  'pads-behind-the-input', // conduct, by how it is called
  'undefined-axis-is-first', // arguments
];
