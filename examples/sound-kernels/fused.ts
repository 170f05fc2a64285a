/** Sound: a·b + c is rounded once, wherever a formula has one. */
import type { SubjectModule } from 'logitfuzz';
import { kernelSet } from './kernel-set.ts';
import { plainFormulas } from './formulas.ts';
import { recipeOf } from './recipe.ts';

/** The product of two float32 is exact in float64; the sum's own rounding to float64 hardly ever shows. */
const fma = (a: number, b: number, c: number): number => Math.fround(a * b + c);

const kernels: SubjectModule = kernelSet({
  name: 'fused',
  float32Only: 'it makes its fused products in float64',
  recipe: (round) =>
    recipeOf(round, {
      multiplyAdd: fma,
      dot: (a, b) => a.reduce((sum, value, k) => fma(value, b[k]!, sum), 0),
      formulas: {
        ...plainFormulas,
        softmaxGradient({ p }, dy, { dot }) {
          const mean = dot(p, dy);
          return p.map((share, k) => fma(share, dy[k]!, -round(share * mean)));
        },
      },
    }),
});
export default kernels;
