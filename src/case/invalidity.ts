/**
 * What a call may have against the contract. An invalid case is a valid one with the name of what is made
 * wrong of it, so that it is drawn, shrunk and stored as any other. What that does: invalid-arguments.ts.
 */
export const invalidities = [
  'axis-above',
  'axis-below',
  'axis-fraction',
  'dy-shape',
  'dy-format',
  'class-above',
  'class-below',
  'class-gradient',
  'target-shape',
  'target-format',
  'weight-negative',
  'weight-nan',
  'weight-infinite',
  'weight-shape',
  'weight-format',
  'smoothing-above',
  'smoothing-below',
  'ignored-probabilities',
] as const;
/** What is wrong with the arguments of an invalid case. */
export type Invalidity = (typeof invalidities)[number];
