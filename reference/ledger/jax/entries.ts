/** What JAX gets wrong on the CPU: sums that are stored in float16, and overflow. */
import type { CaseJson } from '../../../src/case/case-json.ts';
import type { Case } from '../../../src/case/case.ts';
import type { LedgerEntry } from '../entry.ts';
import { hasOverflowingPowers, mayOverflow, sumOfPowers } from '../half-sums.ts';
import { gives, laneKernels } from '../in-common.ts';
import { laneOf, lanesBehind, maximumOf } from '../lanes-behind.ts';
import { wrongValue } from '../library-entries.ts';
import { valueDivergence } from '../near-miss.ts';
import { smallCase } from '../small-case.ts';

const version = '0.10.2';
const affects = { jax: [version] };
const inFloat16 = { ...wrongValue, formats: ['float16'] } as const;

const widest = 65_520;

const powersSum: LedgerEntry = {
  id: 'jax-half-sum-of-powers',
  stage: 'sum',
  title:
    'softmax of 65,520 equal logits is 0 in float16, log_softmax −∞, logsumexp ∞: their sum is stored in it',
  affects,
  covers: {
    ...inFloat16,
    kernels: laneKernels,
    symptoms: ['zero', 'inf', 'nan', 'ulps'],
  },
  when: 'In float16 the sum of e^(x − max) over the lane is 65,520 or more.',
  concerns: (c, element) => element !== null && hasOverflowingPowers(c, element),
  gives(c, element) {
    const isOfLog = c.operation === 'logSoftmax';
    if (c.direction === 'backward') return { value: isOfLog ? c.cotangent!.data[element]! : 0, slack: 0 };
    return {
      value: { softmax: 0, logSoftmax: -Infinity, logSumExp: Infinity, crossEntropy: NaN }[c.operation],
      slack: 0,
    };
  },
  get smallest(): CaseJson {
    return smallCase({
      kernel: 'softmax/forward',
      format: 'float16',
      shape: [widest],
      logits: new Float64Array(widest),
    });
  },
  shown: { element: 0, exact: 1 / widest },
  given: { jax: gives(0) },
  cause:
    '`_softmax_deprecated` and `log_softmax` in `jax/_src/nn/functions.py`, and `logsumexp` in `jax/_src/ops/special.py`, take `jnp.sum`, which adds float16 in float32 ' +
    '(`_upcast_f16` in `jax/_src/numpy/reductions.py`), and rounds the sum to float16: ∞. Of the gradient of log_softmax: jax-ml/jax#40409, for ' +
    'which #40474 is open. Of the forwards it was looked for and not found.',
  workaround: 'Ask in float32: `jax.nn.softmax(x.astype(jnp.float32)).astype(x.dtype)`.',
  snippet: {
    on: 'jax',
    code: `got = float(jax.nn.softmax(jax.numpy.zeros(65520, jax.numpy.float16))[0])
print(got)  # 1.52587890625e-05
sys.exit(0 if got == 2**-16 else 1)`,
    prints: '0.0',
  },
  nearMiss: {
    get case(): CaseJson {
      return smallCase({
        kernel: 'softmax/forward',
        format: 'float16',
        shape: [60_000],
        logits: new Float64Array(60_000),
      });
    },
    blame: 'jax',
    version,
    divergence: valueDivergence('zero', { got: 0, exact: 1 / 60_000 }),
    because: 'the sum is 60,000, which float16 holds',
  },
};

const squareOfSum: LedgerEntry = {
  id: 'jax-half-square-of-sum',
  stage: 'product',
  title:
    'The gradient of softmax is dy·s in float16, and not (dy − Σ dy·s)·s, where the sum of the powers is 256 or more',
  affects,
  covers: { ...inFloat16, kernels: ['softmax/backward'], symptoms: ['zero', 'ulps', 'sign', 'inf'] },
  when:
    'In float16 the sum S of e^(x − max) over the lane is 255.9 or more: 256 classes that are equal. Below that some |dy|/S² is no ' +
    'normal number, and the answer is no further off than what the roundings of these to multiples of 2^-24 add up to.',
  concerns: (c, element) => element !== null && (isLost(c, element) || smallestTerm(c, element) < 2 ** -14),
  gives(c, element, { exact }) {
    const lane = laneOf(c, lanesBehind(c, element)[0]!);
    const gap = maximumOf(lane) - c.logits.data[element]!;
    const power = Math.exp(-gap);
    // Two roundings of each term: where it is divided, and where it is multiplied by its power.
    if (!isLost(c, element)) return { value: exact, slack: power * (lane.length + 4) * 2 ** -24 };
    // Σ dy·s is lost; of the share and the product that are left there are 8 roundings.
    const dy = c.cotangent!.data[element]!;
    const value = (dy * power) / sumOfPowers(lane);
    return {
      value,
      slack: Math.abs(value) * Math.expm1(2 ** -11 * (8 + gap)) + (1 + Math.abs(dy)) * 2 ** -23,
    };
  },
  smallest: smallCase({
    kernel: 'softmax/backward',
    format: 'float16',
    shape: [256],
    logits: new Float64Array(256),
    dy: new Float64Array(256).fill(1),
  }),
  shown: { element: 0, exact: 0 },
  given: { jax: gives(2 ** -8) },
  cause:
    'Of `unnormalized / sum` in `_softmax_deprecated` (`jax/_src/nn/functions.py`), which is taken unless `jax_softmax_custom_jvp` is set, the gradient is by the rule of `div` in ' +
    '`jax/_src/lax/lax.py`: `mul(mul(neg(g), x), integer_pow(y, -2))`. In float16 that power is 1/(y·y), and y·y is ∞ from 256 on, so that the whole ' +
    'second term, −s·Σ dy·s, is 0; before that it is lost in part, as what dy/S² is below the normal numbers. The gradient does not sum to 0 then. Looked for, and not found reported; jax-ml/jax#15677 made the ' +
    'other rule, which is right.',
  workaround: "`jax.config.update('jax_softmax_custom_jvp', True)`, or ask in float32.",
  snippet: {
    on: 'jax',
    code: `jnp = jax.numpy
x, dy = jnp.zeros(256, jnp.float16), jnp.ones(256, jnp.float16)
got = float(jax.vjp(jax.nn.softmax, x)[1](dy)[0][0])
print(got)  # 0.0
sys.exit(0 if abs(got) < 1e-4 else 1)`,
    prints: '0.00390625',
  },
  nearMiss: {
    case: smallCase({
      kernel: 'softmax/backward',
      format: 'float16',
      shape: [250],
      logits: new Float64Array(250),
      dy: new Float64Array(250).fill(1),
    }),
    blame: 'jax',
    version,
    divergence: valueDivergence('ulps', { got: 1 / 250, exact: 0 }),
    because: 'the sum is 250, and its square 62,500: roundings of dy/62,500 come to no more than 2e-5',
  },
};

function sumBehind(c: Case, element: number): number {
  return sumOfPowers(laneOf(c, lanesBehind(c, element)[0]!));
}

/** Whether the square of the sum is ∞, and 1/(S·S) 0. */
function isLost(c: Case, element: number): boolean {
  return mayOverflow(sumBehind(c, element) ** 2);
}

/** The smallest |dy|/S² that is not 0. */
function smallestTerm(c: Case, element: number): number {
  const square = sumBehind(c, element) ** 2;
  const sizes = laneOf(c, lanesBehind(c, element)[0]!, c.cotangent!.data).map(Math.abs);
  return sizes.reduce((least, size) => (size > 0 ? Math.min(least, size / square) : least), Infinity);
}

const cotangentSum: LedgerEntry = {
  id: 'jax-half-cotangent-sum',
  stage: 'product',
  title: 'The gradient of log_softmax is ∓∞ in float16 where Σ dy is beyond 65,504',
  affects,
  covers: { ...inFloat16, kernels: ['logSoftmax/backward'], symptoms: ['inf', 'nan'] },
  when: 'In float16 |Σ dy| over the lane is 65,520 or more.',
  concerns: (c, element) => element !== null && mayOverflow(Math.abs(sumOfCotangent(c, element))),
  gives: (c, element, { exact }) => {
    const lane = laneOf(c, lanesBehind(c, element)[0]!);
    const isLost = c.logits.data[element]! - maximumOf(lane) < -17;
    // A power of 0 times ∞ is NaN.
    if (isLost) return { value: NaN, slack: 0 };
    return { value: -Math.sign(sumOfCotangent(c, element)) * Infinity, slack: Math.abs(exact) };
  },
  smallest: smallCase({
    kernel: 'logSoftmax/backward',
    format: 'float16',
    shape: [3],
    logits: [0, 0, 0],
    dy: [30000, 30000, 30000],
  }),
  shown: { element: 0, exact: 0 },
  given: { jax: gives('-Infinity') },
  cause:
    'The gradient of `log(sum(exp(shifted)))` in `log_softmax` (`jax/_src/nn/functions.py`) is multiplied by Σ dy, which is stored in float16: ∞. ' +
    'Reported, with 65,536 classes, as jax-ml/jax#40409; #40474, which computes in float32, is open.',
  workaround: 'Ask in float32: `jax.nn.log_softmax(x.astype(jnp.float32))`.',
  snippet: {
    on: 'jax',
    code: `jnp = jax.numpy
x, dy = jnp.zeros(3, jnp.float16), jnp.full(3, 30000, jnp.float16)
got = float(jax.vjp(jax.nn.log_softmax, x)[1](dy)[0][0])
print(got)  # 0.0
sys.exit(0 if abs(got) < 100 else 1)`,
    prints: '-inf',
  },
  nearMiss: {
    case: smallCase({
      kernel: 'logSoftmax/backward',
      format: 'float16',
      shape: [2],
      logits: [0, 0],
      dy: [30000, 30000],
    }),
    blame: 'jax',
    version,
    divergence: valueDivergence('inf', { got: -Infinity, exact: 0 }),
    because: 'Σ dy is 60,000, which float16 holds',
  },
};

function sumOfCotangent(c: Case, element: number): number {
  return laneOf(c, lanesBehind(c, element)[0]!, c.cotangent!.data).reduce((sum, dy) => sum + dy, 0);
}

export const jaxEntries: readonly LedgerEntry[] = [powersSum, squareOfSum, cotangentSum];
