/**
 * Times the from-scratch kernels and their peers call by call,
 * and measures how far their answers are from the exact ones.
 */
import { forwardShape, type Case } from '../case/case.ts';
import { kernelTable, type Direction, type Operation } from '../contract/subject.ts';
import { ulpError, ulpSize } from '../float/ulp.ts';
import { drawInt, drawSigned, randomSourceFor } from '../generate/random-source.ts';
import { CaseWork } from '../oracles/exact.ts';
import { defaultArithmetic } from '../subjects/implementation.ts';
import { laneStart, lanesOf, type Lanes } from '../tensor/lanes.ts';
import { sizeOf, type Tensor } from '../tensor/tensor.ts';
import { timedFormat, type KernelShape, type KernelTiming } from './bench-job.ts';
import type { KernelCall, KernelPeer } from './kernel-peers.ts';
import { median } from './rate.ts';

/** Logits of ±10, as of a trained classifier. */
const logitsMax = 10;
const warmUpShare = 0.2;
const callsMin = 3;

/** Runs of all implementations of a row, one after the other, again and again. */
const rounds = 5;

/** Every operation and direction at every shape, each peer of them for at least `timeMs`. */
export async function timeKernels(
  peers: readonly KernelPeer[],
  { shapes, timeMs }: { readonly shapes: readonly KernelShape[]; readonly timeMs: number },
): Promise<KernelTiming[]> {
  const timings: KernelTiming[] = [];
  for (const shape of shapes)
    for (const { operation, direction } of kernelTable)
      timings.push(...(await timeRow(peers, caseFor(operation, direction, shape), { shape, timeMs })));
  return timings;
}

interface Timed {
  readonly name: string;
  readonly call: KernelCall;
  readonly answer: Tensor | null;
  readonly times: number[];
}

async function timeRow(
  peers: readonly KernelPeer[],
  c: Case,
  { shape, timeMs }: { readonly shape: KernelShape; readonly timeMs: number },
): Promise<KernelTiming[]> {
  const all: Timed[] = [];
  for (const { name, prepare } of peers) {
    const call = await prepare(c);
    if (call === null) continue;
    const start = performance.now();
    const answer = await call();
    while (performance.now() - start < warmUpShare * timeMs) await settle(call());
    all.push({ name, call, answer, times: [] });
  }
  for (let round = 1; round <= rounds; round++)
    for (const { call, times } of all) await callUntil((timeMs * round) / rounds, call, times);
  const work = new CaseWork(c);
  return all.map(({ name, answer, times }) => ({
    ...shape,
    operation: c.operation,
    direction: c.direction,
    implementation: name,
    microseconds: 1000 * median(times),
    calls: times.length,
    ulpsMax: answer === null ? null : ulpsMaxOf(work, answer),
  }));
}

/** Until its calls have taken so long together, and there are enough to have a median. */
async function callUntil(totalMs: number, call: KernelCall, times: number[]): Promise<void> {
  let sum = times.reduce((total, time) => total + time, 0);
  while (sum < totalMs || times.length < callsMin) {
    const before = performance.now();
    await settle(call());
    const time = performance.now() - before;
    times.push(time);
    sum += time;
  }
}

/** Awaiting what is no promise would cost a turn of the event loop's microtasks: as long as a small call. */
function settle(value: unknown): unknown {
  return value instanceof Promise ? value : undefined;
}

/** An answer that is known to so many ULPs tells an error of half an ULP from one of two thirds. */
const knownToUlps = 1 / 8;

/**
 * The largest distance, in ULPs of the exact answer in double-double: the one in float64 cancels as a kernel
 * does, and agrees with what is wrong. Null where there is none, or an element that even double-double does
 * not know well enough, which might be the worst.
 */
export function ulpsMaxOf(work: CaseWork, { data }: Tensor): number | null {
  const { format } = work.case;
  const { exact, uncertainty } = work.refined(defaultArithmetic);
  if (exact.some((value, i) => !(uncertainty[i]! <= knownToUlps * ulpSize(value, format)))) return null;
  let max: number | null = null;
  for (let i = 0; i < data.length; i++) {
    const ulps = ulpError(data[i]!, { exact: exact[i]!, format });
    if (ulps !== null) max = Math.max(max ?? 0, ulps);
  }
  return max;
}

/** One lane in so many has a class whose probability is all but 1: where gradients cancel. */
const dominatedEvery = 8;
const dominance = 20;

function dominate(logits: Tensor['data'], lanes: Lanes, lane: number): void {
  const { length, stride } = lanes;
  const start = laneStart(lanes, lane);
  for (let k = 0; k < length; k++) logits[start + k * stride]! -= dominance;
  logits[start] = dominance;
}

/** Class indices as the target; for its gradient, probabilities. */
function caseFor(operation: Operation, direction: Direction, { shape, axis }: KernelShape): Case {
  const random = randomSourceFor({ seed: 1n, index: 0 });
  const filled = (of: readonly number[], draw: () => number): Tensor => ({
    shape: of,
    data: Float32Array.from({ length: sizeOf(of) }, draw),
  });
  const logits = filled(shape, () => logitsMax * drawSigned(random));
  const lanes = lanesOf(shape, axis);
  const { outerShape, length, count } = lanes;
  for (let lane = 0; lane < count; lane += dominatedEvery) dominate(logits.data, lanes, lane);
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
