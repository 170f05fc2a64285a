/** Loads the subject and the references that a campaign asks, and says which are there. */
import { connectSubject } from '../connect/connect.ts';
import type { Connected } from '../connect/connector.ts';
import type { OutsideImplementation } from '../connect/outside-implementation.ts';
import { UsageError } from '../contract/failure.ts';
import { kernelTable, type Arithmetic, type KernelName, type SubjectModule } from '../contract/subject.ts';
import { formats as allFormats } from '../float/format.ts';
import { isOwnReference, referenceNamed, refuseNameOfReference } from '../../reference/index.ts';
import type { ReferenceState, SubjectState } from '../examine/sighting.ts';
import type { Participants } from '../judge/judge-case.ts';
import type { Implementation } from '../subjects/implementation.ts';
import { subjectImplementation } from '../subjects/subject-implementation.ts';
import { changeSentence } from '../subjects/intrinsics.ts';
import type { IntrinsicsWatch } from '../subjects/watch-intrinsics.ts';
import { watchOutput } from '../subjects/watch-output.ts';
import type { WorkerStart } from './protocol.ts';

export interface Loaded {
  readonly participants: Participants;
  readonly subject: SubjectState;
  readonly references: readonly ReferenceState[];
}

export interface LoadOptions {
  /** Told who is next, by its place in [subject, ...references], for code that may never return. */
  readonly onLoad: (place: number) => void;
  readonly watch: IntrinsicsWatch;
  /** A folder of the campaign's own, for what is compiled of the subject. */
  readonly cache?: string;
  /** Called several times a second while somebody beyond this process is waited for. */
  readonly onWait?: () => void;
}

/**
 * @throws UsageError where the subject cannot be loaded, or is called as a reference is.
 */
export async function loadParticipants(
  setup: Pick<WorkerStart, 'subject' | 'connection' | 'references' | 'rssLimitMb' | 'caseTimeoutMs'>,
  options: LoadOptions,
): Promise<Loaded> {
  const { onLoad, watch } = options;
  onLoad(0);
  const connected = await connectWatched(setup, options);
  const { subject, state } =
    connected.kind === 'module'
      ? calledHere(connected.module, { name: setup.subject ?? 'from-scratch', watch })
      : { subject: connected.implementation, state: outsideState(connected.implementation) };
  refuseNameOfReference(subject.name);
  const { implementations, states } = await loadReferences(setup, options);
  return {
    participants: { subject, references: implementations },
    subject: state,
    references: states,
  };
}

type SubjectSetup = Pick<WorkerStart, 'subject' | 'connection' | 'rssLimitMb' | 'caseTimeoutMs'>;

async function connectWatched(
  { subject, connection, rssLimitMb, caseTimeoutMs }: SubjectSetup,
  { watch, cache, onWait }: LoadOptions,
): Promise<Connected> {
  let failure: unknown = null;
  let connected: Connected | null = null;
  try {
    connected = await connectSubject(subject, {
      ...connection,
      cache: cache ?? null,
      rssLimitMb,
      caseTimeoutMs,
      ...(onWait === undefined ? {} : { onWait }),
    });
  } catch (error) {
    failure = error;
  }
  checkAfterLoad(subject, watch);
  if (connected === null) throw failure;
  return connected;
}

export function calledHere(
  module: SubjectModule,
  { name, watch }: { readonly name: string; readonly watch: IntrinsicsWatch },
): { readonly subject: Implementation; readonly state: SubjectState } {
  const { afterCall } = watch;
  const subject = watchOutput(watch.over(subjectImplementation(module, { name, afterCall })));
  return { subject, state: subjectState(subject, module) };
}

/** @throws UsageError where the subject has changed what all code of the process shares as it was loaded. */
export function checkAfterLoad(specifier: string | null, watch: IntrinsicsWatch): void {
  const change = watch.between();
  if (change === null) return;
  throw new UsageError(
    `the subject ${JSON.stringify(specifier)} cannot be judged: ${changeSentence(change)}, the judges among it, as the subject was loaded`,
  );
}

/** What a worker tells of a subject beyond its process. */
function outsideState({ name, version, engine, conventions, welcome }: OutsideImplementation): SubjectState {
  const { kernels, formats, supports, refuses, arithmetic } = welcome;
  const takesAll = allFormats.every((format) => formats.includes(format));
  return {
    name,
    version,
    kernels: kernelPaths((kernel) => kernels.includes(kernel)),
    ...(takesAll ? {} : { formats }),
    ...(supports === undefined ? {} : { supports }),
    ...declaredOf(arithmetic),
    ...(refuses === true ? { refuses } : {}),
    ...(engine === undefined ? {} : { engine }),
    ...(conventions === undefined ? {} : { conventions }),
  };
}

/** `operation/direction` of the kernels that it has. */
function kernelPaths(has: (kernel: KernelName) => boolean): readonly string[] {
  return kernelTable
    .filter(({ kernel }) => has(kernel))
    .map(({ operation, direction }) => `${operation}/${direction}`);
}

/** What a worker tells of the subject. */
export function subjectState(subject: Implementation, module: SubjectModule): SubjectState {
  const kernels = kernelPaths((kernel) => module[kernel] !== undefined);
  const { supports, refuses, arithmetic } = module;
  return {
    name: subject.name,
    version: subject.version,
    kernels,
    ...(supports === undefined ? {} : { supports }),
    ...declaredOf(arithmetic),
    ...(refuses === true ? { refuses } : {}),
  };
}

/** What of it counts for halves, and where it is not the default. */
function declaredOf(arithmetic: Arithmetic = {}): Pick<SubjectState, 'arithmetic'> {
  const { halves, lossDtype, flushesSubnormals = false } = arithmetic;
  if (halves === undefined && lossDtype === undefined && !flushesSubnormals) return {};
  return {
    arithmetic: {
      ...(flushesSubnormals ? { flushesSubnormals } : {}),
      ...(halves === undefined ? {} : { halves }),
      ...(lossDtype === undefined ? {} : { lossDtype }),
    },
  };
}

async function loadReferences(
  {
    references: names,
    connection,
    rssLimitMb,
    caseTimeoutMs,
  }: SubjectSetup & Pick<WorkerStart, 'references'>,
  { onLoad, onWait, cache }: LoadOptions,
): Promise<{ implementations: Implementation[]; states: ReferenceState[] }> {
  const outside = {
    rssLimitMb,
    caseTimeoutMs,
    ...(onWait === undefined ? {} : { onWait }),
    ...(connection?.python === undefined ? {} : { python: connection.python }),
  };
  const implementations: Implementation[] = [];
  const states: ReferenceState[] = [];
  const add = (implementation: Implementation, own: Pick<ReferenceState, 'module'>): void => {
    const { name, version, engine = null, conventions } = implementation;
    if (implementations.some((other) => other.name === name))
      throw new UsageError(`two references are called ${JSON.stringify(name)}`);
    implementations.push(watchOutput(implementation));
    const more = conventions === undefined ? own : { conventions, ...own };
    states.push({ name, version, engine, available: true, reason: null, ...more });
  };
  for (const [i, name] of names.entries()) {
    onLoad(i + 1);
    if (isOwnReference(name)) {
      const { loadOwnReference } = await import('../../reference/own-reference.ts');
      add(await loadOwnReference(name, { outside, cache: cache ?? null }), { module: name });
      continue;
    }
    const loaded = await referenceNamed(name)!.load({ outside });
    if (loaded.kind === 'available') {
      add(loaded.implementation, {});
    } else {
      const reason = `${loaded.reason}; ${loaded.remedy}`;
      states.push({ name, version: null, engine: null, available: false, reason });
    }
  }
  return { implementations, states };
}
