/** Sound: rounds to the format after every operation, and adds a lane from its first class to its last. */
import type { SubjectModule } from 'logitfuzz';
import { kernelSet } from './kernel-set.ts';
import { recipeOf } from './recipe.ts';

const kernels: SubjectModule = kernelSet({ name: 'naive-sequential', recipe: (round) => recipeOf(round) });
export default kernels;
