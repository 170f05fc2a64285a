/**
 * The tolerances in use elsewhere, as literally as they can be put:
 * see docs/numerics.md §17. They judge float32 only.
 */
import { ulpDistance } from '../float/ulp.ts';

/** What a test has before it: an answer, the correct one rounded to float32, and how long a lane is. */
export interface Comparison {
  readonly got: ArrayLike<number>;
  readonly expected: ArrayLike<number>;
  readonly width: number;
}

export interface FixedTolerance {
  readonly name: string;
  readonly definition: string;
  /** Where it stands. */
  readonly source: string;
  /** False: it compares the data alone, and never sees that the shape is another. */
  readonly seesShape: boolean;
  accepts(comparison: Comparison): boolean;
}

export const fixedTolerances: readonly FixedTolerance[] = [
  {
    name: 'tfjs',
    definition: 'absolute 1e-3; two values that are not finite are equal',
    source: 'tfjs-core/src/test_util.ts, expectArraysClose',
    seesShape: false,
    accepts: (comparison) =>
      every(comparison, (got, expected) =>
        !Number.isFinite(got) && !Number.isFinite(expected) ? true : Math.abs(got - expected) <= 1e-3,
      ),
  },
  {
    name: 'torch',
    definition: 'rtol 1.3e-6, atol 1e-5; NaN equals NaN',
    source: 'torch/testing/_comparison.py, assert_close',
    seesShape: true,
    accepts: (comparison) => isAllClose(comparison, { rtol: 1.3e-6, atol: 1e-5 }),
  },
  {
    name: 'ONNX',
    definition: 'rtol 1e-3, atol 1e-7',
    source: 'onnx/backend/test/runner, assert_similar_outputs',
    seesShape: true,
    accepts: (comparison) => isAllClose(comparison, { rtol: 1e-3, atol: 1e-7 }),
  },
  {
    name: 'WebNN',
    definition: '3n + 3 ULPs, n the length of the axis',
    source: 'web-platform-tests webnn/resources/utils.js, getSoftmaxPrecisionTolerance',
    seesShape: false,
    accepts: (comparison) =>
      every(comparison, (got, expected) =>
        Number.isNaN(got) || Number.isNaN(expected)
          ? Object.is(got, expected)
          : ulpDistance(got, expected, 'float32') <= 3 * comparison.width + 3,
      ),
  },
  {
    name: 'JAX',
    definition: 'rtol and atol 1e-6, each × the number of elements',
    source: 'jax/_src/public_test_util.py, check_close',
    seesShape: true,
    accepts(comparison) {
      const scaled = 1e-6 * comparison.expected.length;
      return isAllClose(comparison, { rtol: scaled, atol: scaled });
    },
  },
];

/**
 * Compares as numpy.allclose does: |got − expected| ≤ atol +
 * rtol·|expected|, an infinity equals only itself, NaN equals NaN.
 */
function isAllClose(
  comparison: Comparison,
  { rtol, atol }: { readonly rtol: number; readonly atol: number },
): boolean {
  return every(comparison, (got, expected) => {
    if (got === expected) return true;
    if (!Number.isFinite(got) || !Number.isFinite(expected))
      return Number.isNaN(got) && Number.isNaN(expected);
    return Math.abs(got - expected) <= atol + rtol * Math.abs(expected);
  });
}

function every({ got, expected }: Comparison, isClose: (got: number, expected: number) => boolean): boolean {
  if (got.length !== expected.length) return false;
  for (let i = 0; i < got.length; i++) if (!isClose(got[i]!, expected[i]!)) return false;
  return true;
}
