/** The sound kernels, in one table. */
import type { SubjectModule } from 'logitfuzz';
import exp2 from './exp2.ts';
import float64Inside from './float64-inside.ts';
import flushToZero from './flush-to-zero.ts';
import guardBit from './guard-bit.ts';
import kahan from './kahan.ts';
import mantissaExponent from './mantissa-exponent.ts';
import naiveSequential from './naive-sequential.ts';
import onlineOnePass from './online-one-pass.ts';
import pairwise from './pairwise.ts';
import reciprocal from './reciprocal.ts';
import simdLanes from './simd-lanes.ts';
import tableExp from './table-exp.ts';
import throughTheLog from './through-the-log.ts';
import transposedCopy from './transposed-copy.ts';

export const soundKernels: readonly SubjectModule[] = [
  naiveSequential,
  pairwise,
  kahan,
  simdLanes,
  onlineOnePass,
  mantissaExponent,
  float64Inside,
  tableExp,
  flushToZero,
  reciprocal,
  transposedCopy,
  exp2,
  throughTheLog,
  guardBit,
];
