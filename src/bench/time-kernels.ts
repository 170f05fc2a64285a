/**
 * Times the from-scratch kernels and each reference call by call,
 * and measures how far their answers are from the exact ones.
 */
import { forwardShape, type Case } from '../case/case.ts';
import { kernelNameOf, kernelTable, type Direction, type Operation } from '../contract/subject.ts';
import { ulpError, ulpSize } from '../float/ulp.ts';
import { drawInt, drawSigned, randomSourceFor } from '../generate/random-source.ts';
import * as kernels from '../kernels/index.ts';
import type { Answer } from '../oracles/answer.ts';
import { CaseWork } from '../oracles/exact.ts';
import { defaultArithmetic, type Implementation } from '../subjects/implementation.ts';
import { argumentsOf } from '../subjects/kernel-arguments.ts';
import { lanesOf } from '../tensor/lanes.ts';
import { sizeOf, type Tensor } from '../tensor/tensor.ts';
import { timedFormat, type KernelShape, type KernelTiming } from './bench-job.ts';

/** Logits of ±10, as of a trained classifier. */
const logitsMax = 10;
const warmUpShare = 0.2;
const callsMin = 3;

/** Every operation and direction at every shape, each of them for at least `timeMs`. */
export async function timeKernels(
  references: readonly Implementation[],
  { shapes, timeMs }: { readonly shapes: readonly KernelShape[]; readonly timeMs: number },
): Promise<KernelTiming[]> {
  const timings: KernelTiming[] = [];
  for (const shape of shapes) {
    for (const { operation, direction } of kernelTable) {
      const c = caseFor(operation, direction, shape);
      const work = new CaseWork(c);
      const from = { ...shape, operation, direction };
      timings.push({ ...from, implementation: 'from-scratch', ...(await timeOne(work, ownCall(c), timeMs)) });
      for (const reference of references) {
        if (reference.declines(c) !== null) continue;
        const call = async (): Promise<Tensor | null> => {
          const outcome = await reference.run(c);
          return outcome.kind === 'values' ? outcome.tensor : null;
        };
        timings.push({ ...from, implementation: reference.name, ...(await timeOne(work, call, timeMs)) });
      }
    }
  }
  return timings;
}

function ownCall(c: Case): () => Tensor {
  const kernel = kernels[kernelNameOf(c.operation, c.direction)] as (...args: readonly unknown[]) => Tensor;
  const args = argumentsOf(c, ({ tensor }) => tensor);
  return () => kernel(...args);
}

async function timeOne(
  work: CaseWork,
  call: () => Tensor | null | Promise<Tensor | null>,
  timeMs: number,
): Promise<Pick<KernelTiming, 'microseconds' | 'calls' | 'ulpsMax'>> {
  const answer = await call();
  const start = performance.now();
  while (performance.now() - start < warmUpShare * timeMs) await settle(call());
  const times: number[] = [];
  for (let end = performance.now() + timeMs; performance.now() < end || times.length < callsMin;) {
    const before = performance.now();
    await settle(call());
    times.push(performance.now() - before);
  }
  times.sort((a, b) => a - b);
  const microseconds = 1000 * times[times.length >> 1]!;
  return { microseconds, calls: times.length, ulpsMax: answer === null ? null : ulpsMaxOf(work, answer) };
}

/** Awaiting what is no promise would cost a turn of the event loop's microtasks: as long as a small call. */
function settle(value: unknown): unknown {
  return value instanceof Promise ? value : undefined;
}

/** An answer that is known to so many ULPs tells an error of half an ULP from one of two thirds. */
const knownToUlps = 1 / 8;

/**
 * The largest distance, in ULPs of the exact answer, over the elements whose exact answer is known well
 * enough: the one in float64, and in double-double where that one cancels as a kernel does. Null where there
 * is none, or one that even double-double does not know, which might be the worst.
 */
export function ulpsMaxOf(work: CaseWork, { data }: Tensor): number | null {
  const { format } = work.case;
  const isUncertain = ({ exact, uncertainty }: Answer): boolean =>
    exact.some((value, i) => !(uncertainty[i]! <= knownToUlps * ulpSize(value, format)));
  const rough = work.answer(defaultArithmetic);
  const answer = isUncertain(rough) ? work.refined(defaultArithmetic) : rough;
  if (isUncertain(answer)) return null;
  let max: number | null = null;
  for (let i = 0; i < data.length; i++) {
    const ulps = ulpError(data[i]!, { exact: answer.exact[i]!, format });
    if (ulps !== null) max = Math.max(max ?? 0, ulps);
  }
  return max;
}

/** Class indices as the target; for its gradient, probabilities. */
function caseFor(operation: Operation, direction: Direction, { shape, axis }: KernelShape): Case {
  const random = randomSourceFor({ seed: 1n, index: 0 });
  const filled = (of: readonly number[], draw: () => number): Tensor => ({
    shape: of,
    data: Float32Array.from({ length: sizeOf(of) }, draw),
  });
  const logits = filled(shape, () => logitsMax * drawSigned(random));
  const { outerShape, length } = lanesOf(shape, axis);
  const index = { shape: outerShape, data: new Int32Array(sizeOf(outerShape)) };
  index.data.forEach((_, i, data) => (data[i] = drawInt(random, length)));
  const isLoss = operation === 'crossEntropy';
  const target =
    direction === 'targetBackward' ? filled(shape, () => (1 + drawSigned(random)) / length) : index;
  const loss = { target, reduction: 'mean', labelSmoothing: 0 } as const;
  const forward = { operation, axis, logits, ...(isLoss ? { loss } : {}) };
  const dyShape = forwardShape(forward);
  return {
    ...forward,
    direction,
    format: timedFormat,
    ...(direction === 'forward' ? {} : { cotangent: filled(dyShape, () => drawSigned(random)) }),
    regimes: [],
    checks: [],
  };
}
