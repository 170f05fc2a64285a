/** The table of mutants: each one small change to the sound host, class by class. */
import type { Mutant } from './mutant.ts';
import { axisMutants } from './axis-and-stride.ts';
import { besideLargeFactorsMutants } from './beside-large-factors.ts';
import { blockMutants } from './blocks-and-tiles.ts';
import { callAndMemoryMutants } from './call-and-memory.ts';
import { conductMutants } from './conduct.ts';
import { gradientMutants } from './gradient.ts';
import { invalidArgumentMutants } from './invalid-arguments.ts';
import { laneFormulaMutants } from './lane-formulas.ts';
import { largeShapeMutants } from './large-shapes.ts';
import { lossOptionMutants } from './loss-options.ts';
import { nondeterminismMutants } from './nondeterminism.ts';
import { optionValueMutants } from './option-values.ts';
import { positionMutants } from './positions.ts';
import { precisionMutants } from './precision.ts';
import { reductionMutants } from './reduction.ts';
import { specialValueMutants } from './special-values.ts';
import { stabilityMutants } from './stability.ts';
import { stateMutants } from './state.ts';
import { targetMutants } from './targets.ts';
import { widthMutants } from './width-and-tail.ts';

export const mutants: readonly Mutant[] = [
  ...stabilityMutants,
  ...axisMutants,
  ...widthMutants,
  ...largeShapeMutants,
  ...blockMutants,
  ...laneFormulaMutants,
  ...specialValueMutants,
  ...gradientMutants,
  ...besideLargeFactorsMutants,
  ...lossOptionMutants,
  ...optionValueMutants,
  ...reductionMutants,
  ...targetMutants,
  ...positionMutants,
  ...precisionMutants,
  ...nondeterminismMutants,
  ...stateMutants,
  ...conductMutants,
  ...invalidArgumentMutants,
  ...callAndMemoryMutants,
];
