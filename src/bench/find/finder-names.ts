/** Who looks for planted mutants, by name. */
import { loopTolerances } from './loop-tolerances.ts';

export const toolName = 'logitfuzz';
/** The loops of fast-check, which draw the same cases. */
export const loopNames: readonly string[] = loopTolerances.map(({ name }) => name);
export const pythonName = 'hypothesis, allclose';
/** This tool first. */
export const finderNames: readonly string[] = [toolName, ...loopNames, pythonName];
