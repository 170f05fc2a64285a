/**
 * All later mistakes: the held-out set that was written when the rules of the diagnosis were done and all
 * mutants had been looked at, and that was looked at once, at the end.
 */
import { laterMistakesOfCalls } from './of-calls.ts';
import { laterMistakesOfLanes } from './of-lanes.ts';
import { laterMistakesOfLosses } from './of-losses.ts';
import type { LaterMistake } from './later-mistake.ts';

export const laterMistakes: readonly LaterMistake[] = [
  ...laterMistakesOfLanes,
  ...laterMistakesOfLosses,
  ...laterMistakesOfCalls,
];
