/** `fuzzKernels`: one vitest test for each operation and direction that a subject exports. */
import { describe, test } from 'vitest';
import {
  refuseNameOfReference,
  references as referenceLoaders,
  referenceNames,
} from '../../reference/index.ts';
import { findingContextOf } from '../examine/build-finding.ts';
import type { ReferenceState } from '../examine/sighting.ts';
import { InfrastructureError, UsageError } from '../contract/failure.ts';
import { kernelTable, operations, type Operation, type SubjectModule } from '../contract/subject.ts';
import { nativeFormats, type Format } from '../float/format.ts';
import type { FloatTensor, Tensor } from '../tensor/tensor.ts';
import { anonymousSubject, type Implementation } from '../subjects/implementation.ts';
import { reading } from '../subjects/foreign-values.ts';
import { checkSubject } from '../subjects/load-subject.ts';
import { subjectImplementation } from '../subjects/subject-implementation.ts';
import { subjectState } from '../worker/load-participants.ts';
import { settledSpace, spaceOf } from '../worker/space.ts';
import { failureMessage } from './failure-message.ts';
import { firstDivergence } from './first-divergence.ts';

/** The options of `fuzzKernels`. */
export interface FuzzKernelsOptions {
  /** Cases for each kernel; default 2,000. */
  readonly runs?: number;
  /**
   * The seed of the cases, in [0, 2^64); default 0. The same seed gives the same cases:
   * a test that turns red was turned by a change.
   */
  readonly seed?: number | bigint | string;
  /** Default all that the subject exports. */
  readonly operations?: readonly Operation[];
  /** Default float32 and float64, and the halves that the subject declares in `supports.formats`. */
  readonly formats?: readonly Format[];
  /** An inaccurate answer fails too; default false. */
  readonly strict?: boolean;
  /** Who is asked about a finding beside the subject; default nobody. */
  readonly references?: readonly string[];
  /** Where the subject's module is, as `--subject` takes it: for the printed command. */
  readonly module?: string;
  /** The reports root that findings are written under; default reports. */
  readonly reports?: string;
  /** Bound on the cases tried to shrink a finding; default 2,000. */
  readonly shrinkEvaluations?: number;
  /**
   * The time limit of each test in ms; default 60,000.
   * A kernel that never returns is for `logitfuzz fuzz`, which can kill it.
   */
  readonly timeoutMs?: number;
}

/**
 * Adds a test for each kernel that the subject exports, which fails with the shrunk finding.
 * @throws UsageError where the subject exports none of the kernels, or an option cannot be.
 */
export function fuzzKernels<T extends FloatTensor = Tensor>(
  subject: SubjectModule<T>,
  options: FuzzKernelsOptions = {},
): void {
  const { module = null, runs = 2_000, timeoutMs = 60_000 } = options;
  const given = checkSubject(module ?? namedBy(subject), subject);
  const implementation = subjectImplementation(given, { name: module ?? anonymousSubject });
  refuseNameOfReference(implementation.name);
  const seed = seedOf(options.seed ?? 0);
  if (!Number.isInteger(runs) || runs < 1)
    throw new UsageError(`runs ${runs} is not an integer of at least 1`);
  const asked = options.references ?? [];
  const stranger = asked.find((name) => !referenceNames.some((known) => known === name));
  if (stranger !== undefined) throw new UsageError(`${JSON.stringify(stranger)} is no reference`);
  const kernels = kernelTable.filter(
    ({ kernel, operation }) =>
      given[kernel] !== undefined && (options.operations?.includes(operation) ?? true),
  );
  if (kernels.length === 0) throw new UsageError('the subject exports no kernel of the operations asked for');
  const { kernels: drawn, ...space } = spaceOf(
    settledSpace(
      {
        operations,
        ...(options.formats === undefined
          ? { formats: nativeFormats, halves: 'as-declared' as const }
          : { formats: options.formats }),
        kernels: { among: kernels.map(({ kernel }) => kernel) },
      },
      subjectState(implementation, given),
    ),
  );
  describe(`${implementation.name} against the exact answer`, () => {
    for (const { operation, direction } of kernels.filter(({ kernel }) => drawn!.includes(kernel))) {
      test(`${operation}/${direction}`, { timeout: timeoutMs }, async () => {
        const { implementations, states } = await loadReferences(asked);
        const participants = { subject: implementation, references: implementations };
        const { finding, judged, skipped } = await firstDivergence({
          participants,
          context: findingContextOf({ seed: seed.toString(), subject: module }, participants, states),
          space: { ...space, operations: [operation], directions: [direction] },
          seed,
          runs,
          strict: options.strict ?? false,
          shrinkEvaluations: options.shrinkEvaluations ?? 2_000,
        });
        if (finding !== null)
          throw failure(failureMessage(finding, { reports: options.reports ?? 'reports' }));
        if (judged === 0)
          throw failure(`none of ${runs} cases could be judged: ${skipped ?? 'all were inconclusive'}`);
      });
    }
  });
}

/** An error without a stack trace, which would point into logitfuzz: the message says all. */
function failure(message: string): Error {
  const error = new Error(message);
  error.name = 'Divergence';
  error.stack = '';
  return error;
}

function seedOf(seed: number | bigint | string): bigint {
  const text = String(seed);
  if (/^\d{1,20}$/.test(text) && BigInt(text) < 2n ** 64n) return BigInt(text);
  throw new UsageError(`seed ${JSON.stringify(text)} is not an integer in [0, 2^64)`);
}

/** What messages call it before its exports were checked. */
function namedBy(subject: { readonly name?: unknown }): string {
  const name = reading(() => subject.name);
  return 'value' in name && typeof name.value === 'string' ? name.value : anonymousSubject;
}

/** @throws InfrastructureError where one is not there. */
async function loadReferences(
  names: readonly string[],
): Promise<{ implementations: readonly Implementation[]; states: readonly ReferenceState[] }> {
  const implementations: Implementation[] = [];
  const states: ReferenceState[] = [];
  for (const loader of referenceLoaders.filter(({ name }) => names.includes(name))) {
    const loaded = await loader.load();
    if (loaded.kind === 'missing')
      throw new InfrastructureError(`${loader.name} is not there: ${loaded.reason}; ${loaded.remedy}`);
    const { name, version, engine } = loaded.implementation;
    implementations.push(loaded.implementation);
    states.push({ name, version, engine: engine ?? null, available: true, reason: null });
  }
  return { implementations, states };
}
