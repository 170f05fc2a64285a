/** A small valid case of any kernel: what the conformance run asks a kit that has no `echo`. */
import { forwardShape, type Case } from '../../case/case.ts';
import { kernelTable, type KernelName, type Supports } from '../../contract/subject.ts';
import { createFloatArray, type Format } from '../../float/format.ts';
import { lanesOf } from '../../tensor/lanes.ts';
import { sizeOf } from '../../tensor/tensor.ts';

/** Logits of 0, 1, 2, 3, 0, …; the first class is the target, and dy is 1. */
export function sampleCase(kernel: KernelName, shape: readonly number[], supports: Supports = {}): Case {
  const { operation, direction } = kernelTable.find((row) => row.kernel === kernel)!;
  const format = supports.formats?.[0] ?? 'float32';
  const { outerShape, count } = lanesOf(shape, -1);
  const { target = ['indices'], reduction = ['mean'] } = supports.crossEntropy ?? {};
  const isByIndices = target[0] === 'indices' && kernel !== 'crossEntropyTargetBackward';
  const loss =
    operation === 'crossEntropy'
      ? {
          target: isByIndices
            ? { shape: outerShape, data: new Int32Array(count) }
            : filled(format, shape, (i) => (i % (shape.at(-1) ?? 1) === 0 ? 1 : 0)),
          reduction: reduction[0]!,
          labelSmoothing: 0,
        }
      : undefined;
  const c: Case = {
    operation,
    direction,
    format,
    axis: -1,
    logits: filled(format, shape, (i) => i % 4),
    ...(loss === undefined ? {} : { loss }),
    regimes: [],
    checks: [],
  };
  return direction === 'forward' ? c : { ...c, cotangent: filled(format, forwardShape(c), () => 1) };
}

function filled(format: Format, shape: readonly number[], value: (i: number) => number): Case['logits'] {
  const data = createFloatArray(format, sizeOf(shape));
  for (let i = 0; i < data.length; i++) data[i] = value(i);
  return { shape, data };
}
