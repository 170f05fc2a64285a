/** The tolerances that such loops compare with. */
import { formatFacts, type NativeFormat } from '../../float/format.ts';
import type { Answer } from './loop-call.ts';

export interface LoopTolerance {
  /** The name of the finder. */
  readonly name: string;
  readonly definition: string;
  isClose(got: number, expected: number, format: NativeFormat): boolean;
}

export const loopTolerances: readonly LoopTolerance[] = [
  {
    name: 'fast-check, tfjs',
    definition:
      "TensorFlow.js's own, areClose of tfjs-core/src/test_util.ts: absolute 1e-3 (TEST_EPSILON_FLOAT32), two values that are not finite are equal",
    isClose(got, expected) {
      if (!Number.isFinite(got) && !Number.isFinite(expected)) return true;
      return Math.abs(got - expected) <= 1e-3;
    },
  },
  {
    name: 'fast-check, 1e-6',
    definition: 'absolute 1e-6, NaN equals NaN',
    isClose: (got, expected) => areSame(got, expected) || Math.abs(got - expected) <= 1e-6,
  },
  {
    name: 'fast-check, 4 ULPs',
    definition: "4 ULPs of the format, as GoogleTest's EXPECT_FLOAT_EQ, NaN equals NaN",
    isClose: (got, expected, format) =>
      areSame(got, expected) || Math.abs(got - expected) <= ulpsMax * ulpOf(expected, format),
  },
];

const ulpsMax = 4;

function areSame(got: number, expected: number): boolean {
  return got === expected || (Number.isNaN(got) && Number.isNaN(expected));
}

/** NaN of what is not finite. */
function ulpOf(value: number, format: NativeFormat): number {
  const { significandBits, smallestSubnormal } = formatFacts(format);
  return Math.max(2 ** (Math.floor(Math.log2(Math.abs(value))) - significandBits + 1), smallestSubnormal);
}

/** np.allclose(got, expected, equal_nan=True), with NumPy's own rtol and atol. */
export function isNumpyClose(got: number, expected: number): boolean {
  return areSame(got, expected) || Math.abs(got - expected) <= 1e-8 + 1e-5 * Math.abs(expected);
}

/** A loop has no opinion on what is no tensor but that it is not what was asked for. */
export function isAccepted(
  answer: unknown,
  expected: Answer,
  isClose: (got: number, expected: number) => boolean,
): boolean {
  const { shape, data } = (answer ?? {}) as Partial<Answer>;
  if (!Array.isArray(shape) || data === undefined || data.length !== expected.data.length) return false;
  if (shape.length !== expected.shape.length || shape.some((size, i) => size !== expected.shape[i]))
    return false;
  for (let i = 0; i < data.length; i++) if (!isClose(data[i]!, expected.data[i]!)) return false;
  return true;
}
