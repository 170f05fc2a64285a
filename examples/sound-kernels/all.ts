/** The sound kernels that are written here, in one table. */
import type { SubjectModule } from 'logitfuzz';
import baseTwo from './base-two.ts';
import chained from './chained.ts';
import earlyCutOff from './early-cut-off.ts';
import exp2 from './exp2.ts';
import float32Inside from './float32-inside.ts';
import float64Inside from './float64-inside.ts';
import flushToZero from './flush-to-zero.ts';
import fused from './fused.ts';
import guardBit from './guard-bit.ts';
import kahan from './kahan.ts';
import log1p from './log1p.ts';
import mantissaExponent from './mantissa-exponent.ts';
import naiveSequential from './naive-sequential.ts';
import newtonReciprocal from './newton-reciprocal.ts';
import oneSigned from './one-signed.ts';
import onlineOnePass from './online-one-pass.ts';
import pairwise from './pairwise.ts';
import reciprocal from './reciprocal.ts';
import simdLanes from './simd-lanes.ts';
import sixteenTrees from './sixteen-trees.ts';
import tableExp from './table-exp.ts';
import throughTheLog from './through-the-log.ts';
import tilesOnline from './tiles-online.ts';
import transposedCopy from './transposed-copy.ts';
import twoSigned from './two-signed.ts';
import unnormalised from './unnormalised.ts';
import wideAccumulator from './wide-accumulator.ts';

export const soundKernels: readonly SubjectModule[] = [
  naiveSequential,
  pairwise,
  kahan,
  simdLanes,
  onlineOnePass,
  mantissaExponent,
  float64Inside,
  float32Inside,
  tableExp,
  flushToZero,
  reciprocal,
  transposedCopy,
  exp2,
  throughTheLog,
  guardBit,
  baseTwo,
  tilesOnline,
  newtonReciprocal,
  oneSigned,
  twoSigned,
  sixteenTrees,
  log1p,
  earlyCutOff,
  wideAccumulator,
  fused,
  unnormalised,
  chained,
];
