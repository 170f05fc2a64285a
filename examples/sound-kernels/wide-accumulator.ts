/** Sound: every step in float32 but sums and Σ a·b, which are kept in float64 and rounded once. */
import type { SubjectModule } from 'logitfuzz';
import { kernelSet } from './kernel-set.ts';
import { recipeOf, sequential } from './recipe.ts';

const exactly = sequential((value) => value);

const kernels: SubjectModule = kernelSet({
  name: 'wide-accumulator',
  float32Only: 'it has no wider accumulator for float64 data',
  recipe: (round) =>
    recipeOf(round, {
      sum: (terms) => round(exactly(terms)),
      dot: (a, b) => round(exactly(a.map((value, k) => value * b[k]!))),
    }),
});
export default kernels;
