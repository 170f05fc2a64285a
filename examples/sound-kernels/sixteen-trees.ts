/** Sound: sixteen lanes of a vector, each added in pairs, and then the sixteen sums in pairs. */
import type { SubjectModule } from 'logitfuzz';
import { kernelSet } from './kernel-set.ts';
import { pairwise, recipeOf, type Round, type Sum } from './recipe.ts';

const width = 16;

function inTrees(round: Round): Sum {
  const tree = pairwise(round, 1);
  return (terms) => {
    const sums = new Float64Array(width);
    for (let lane = 0; lane < width; lane++) sums[lane] = tree(terms.filter((_, k) => k % width === lane));
    return tree(sums);
  };
}

const kernels: SubjectModule = kernelSet({
  name: 'sixteen-trees',
  recipe: (round) => recipeOf(round, { sum: inTrees(round) }),
});
export default kernels;
