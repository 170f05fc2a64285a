/**
 * What a subject of the user's own costs: cases asked, over its channel or in this process, cases judged, and
 * beside them the loop that users of Python write instead (examples/plain-loop-python).
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { Case } from '../case/case.ts';
import type { Connection } from '../case/connection.ts';
import { connectSubject } from '../connect/connect.ts';
import { defaultPython } from '../connect/python.ts';
import { packageFolder } from '../contract/package-version.ts';
import { InfrastructureError, UsageError } from '../contract/failure.ts';
import { operations, type Operation } from '../contract/subject.ts';
import type { Implementation } from '../subjects/implementation.ts';
import { subjectImplementation } from '../subjects/subject-implementation.ts';
import type { ClockRate } from './rate.ts';

export interface OutsidePlan extends Connection {
  readonly subject: string;
  readonly timeMs: number;
}

/** Cases per second that the subject answers, in frames of so many; called in this process, one by one. */
export interface FrameRate extends AskedRate {
  readonly frame: number;
}

export interface AskedRate {
  readonly casesPerSecond: number;
  /** What this process alone takes, of a case. */
  readonly cpuMicroseconds: number;
}

export interface AskedRates {
  readonly frames: readonly FrameRate[];
  /** One case of many rows again and again, told as the small cases whose rows they could be. */
  readonly stacked: AskedRate;
}

/** 4 lanes of 10, as a case of its own; and 1024 of them, as references are asked. */
const [rows, stackedRows, width] = [4, 1024, 10] as const;
const frames = [1, 16, 128, 1024] as const;
const limits = { caseTimeoutMs: 60_000, rssLimitMb: 8_192 };

/** Asks without judging. @throws UsageError for a subject that has nothing to ask. */
export async function measureAsked({ subject, timeMs, ...connection }: OutsidePlan): Promise<AskedRates> {
  const connected = await connectSubject(subject, { ...connection, ...limits });
  const implementation =
    connected.kind === 'outside'
      ? connected.implementation
      : subjectImplementation(connected.module, { name: subject });
  try {
    const operation = operationOf(implementation);
    const each = { implementation, timeMs: timeMs / 10 };
    const rates: FrameRate[] = [];
    for (const frame of connected.kind === 'outside' ? frames : [1]) {
      const cases = Array.from({ length: frame }, (_, i) => caseOf(operation, { rows, i }));
      rates.push({ frame, ...(await rateOf(cases, { ...each, worth: 1 })) });
    }
    const stack = [caseOf(operation, { rows: stackedRows, i: 0 })];
    return { frames: rates, stacked: await rateOf(stack, { ...each, worth: stackedRows / rows }) };
  } finally {
    implementation.dispose?.();
  }
}

/** What it is asked: the first that it has. */
function operationOf(implementation: Implementation): Operation {
  const operation = operations.find(
    (one) => one !== 'crossEntropy' && implementation.declines(caseOf(one, { rows, i: 0 })) === null,
  );
  if (operation !== undefined) return operation;
  throw new UsageError(`${implementation.name} has no softmax, logSoftmax or logSumExp of float32`);
}

interface Asking {
  readonly implementation: Implementation;
  readonly timeMs: number;
  /** So many cases each of them is told as. */
  readonly worth: number;
}

async function rateOf(cases: readonly Case[], { implementation, timeMs, worth }: Asking): Promise<AskedRate> {
  await askAll(cases, implementation); // warm
  const [start, cpu] = [performance.now(), process.cpuUsage()];
  let [count, now] = [0, start];
  for (; now - start < timeMs; now = performance.now()) {
    await askAll(cases, implementation);
    count += cases.length * worth;
  }
  const { user, system } = process.cpuUsage(cpu);
  return { casesPerSecond: count / ((now - start) / 1000), cpuMicroseconds: (user + system) / count };
}

async function askAll(cases: readonly Case[], implementation: Implementation): Promise<void> {
  if (implementation.runMany !== undefined) return void (await implementation.runMany(cases));
  for (const c of cases) {
    const outcome = implementation.run(c);
    if (outcome instanceof Promise) await outcome;
  }
}

function caseOf(
  operation: Operation,
  { rows: count, i }: { readonly rows: number; readonly i: number },
): Case {
  const data = Float32Array.from({ length: count * width }, (_, k) => Math.sin(k * 12.9898 + i) * 8);
  return {
    operation,
    direction: 'forward',
    format: 'float32',
    axis: -1,
    logits: { shape: [count, width], data },
    regimes: [],
    checks: [],
  };
}

const plainLoop = 'examples/plain-loop-python/test_softmax.py';

/** pytest with hypothesis and allclose, on the softmax of a module of Python; null for another subject. */
export function measurePlainPython(
  { subject, python, timeMs }: OutsidePlan,
  folder: string,
): ClockRate | null {
  if (!subject.endsWith('.py')) return null;
  const rate = join(folder, 'plain-rate');
  const run = (cases: number): ClockRate => {
    const { status, stdout, stderr } = spawnSync(
      python ?? defaultPython(),
      ['-m', 'pytest', '-q', '-p', 'no:cacheprovider', join(packageFolder, plainLoop)],
      {
        encoding: 'utf8',
        env: {
          ...process.env,
          PYTHONPATH: dirname(resolve(subject)),
          KERNELS: resolve(subject),
          CASES: String(cases),
          RATE: rate,
        },
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
