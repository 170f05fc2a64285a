/**
 * What a subject beyond the process costs: cases through its channel, cases judged, and beside them the loop
 * that users of Python write instead (examples/plain-loop-python).
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Case } from '../case/case.ts';
import type { Connection } from '../case/connection.ts';
import { connectSubject } from '../connect/connect.ts';
import type { OutsideImplementation } from '../connect/outside-implementation.ts';
import { defaultPython } from '../connect/python.ts';
import { packageFolder } from '../contract/package-version.ts';
import { InfrastructureError, UsageError } from '../contract/failure.ts';
import type { Rate } from './bench-job.ts';

export interface OutsidePlan extends Connection {
  readonly subject: string;
  readonly timeMs: number;
}

/** Cases per second that the subject answers, in frames of so many. */
export interface FrameRate {
  readonly frame: number;
  readonly casesPerSecond: number;
  /** What this process alone takes, of a case. */
  readonly cpuMicroseconds: number;
}

/** Alternating operations and directions as far as the subject has them, 4 lanes of 10. */
const shape = [4, 10] as const;
const frames = [1, 16, 128, 1024] as const;
const limits = { caseTimeoutMs: 60_000, rssLimitMb: 8_192 };

/** Asks without judging. @throws UsageError for a subject that is called in this process. */
export async function measureFrames({ subject, timeMs, ...connection }: OutsidePlan): Promise<FrameRate[]> {
  const connected = await connectSubject(subject, { ...connection, ...limits });
  if (connected.kind !== 'outside')
    throw new UsageError(`--sections outside is of a subject beyond this process, and ${subject} is not`);
  const { implementation } = connected;
  try {
    const rates: FrameRate[] = [];
    for (const frame of frames) rates.push(await rateOf(implementation, { frame, timeMs: timeMs / 10 }));
    return rates;
  } finally {
    implementation.dispose();
  }
}

async function rateOf(
  implementation: OutsideImplementation,
  { frame, timeMs }: { readonly frame: number; readonly timeMs: number },
): Promise<FrameRate> {
  const cases = Array.from({ length: frame }, (_, i) => caseOf(i)).filter(
    (c) => implementation.declines(c) === null,
  );
  if (cases.length === 0) throw new UsageError(`${implementation.name} has no softmax of float32`);
  await implementation.runMany(cases); // warm
  const [start, cpu] = [performance.now(), process.cpuUsage()];
  let [count, now] = [0, start];
  for (; now - start < timeMs; now = performance.now()) {
    await implementation.runMany(cases);
    count += cases.length;
  }
  const { user, system } = process.cpuUsage(cpu);
  return {
    frame,
    casesPerSecond: count / ((now - start) / 1000),
    cpuMicroseconds: (user + system) / count,
  };
}

function caseOf(i: number): Case {
  const values = (): Float32Array =>
    Float32Array.from({ length: shape[0] * shape[1] }, (_, k) => Math.sin(k * 12.9898 + i) * 8);
  return {
    operation: 'softmax',
    direction: 'forward',
    format: 'float32',
    axis: -1,
    logits: { shape, data: values() },
    regimes: [],
    checks: [],
  };
}

const plainLoop = 'examples/plain-loop-python/test_softmax.py';

/** pytest with hypothesis and allclose, on the softmax of a module of Python; null for another subject. */
export function measurePlainPython({ subject, python, timeMs }: OutsidePlan, folder: string): Rate | null {
  if (!subject.endsWith('.py')) return null;
  const rate = join(folder, 'plain-rate');
  const run = (cases: number): Rate => {
    const { status, stdout, stderr } = spawnSync(
      python ?? defaultPython(),
      ['-m', 'pytest', '-q', '-p', 'no:cacheprovider', join(packageFolder, plainLoop)],
      {
        encoding: 'utf8',
        env: { ...process.env, KERNELS: resolve(subject), CASES: String(cases), RATE: rate },
      },
    );
    if (status !== 0)
      throw new InfrastructureError(`the plain loop failed: ${(stdout + stderr).trim().slice(-500)}`);
    const [count, elements, seconds] = readFileSync(rate, 'utf8').trim().split(' ').map(Number);
    return { cases: count!, elements: elements!, seconds: seconds! };
  };
  const short = run(100);
  return run(Math.ceil(((short.cases / short.seconds) * timeMs) / 3000));
}
