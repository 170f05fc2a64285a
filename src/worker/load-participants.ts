/** Loads the subject and the references that a campaign asks, and says which are there. */
import { UsageError } from '../contract/failure.ts';
import { kernelTable, type SubjectModule } from '../contract/subject.ts';
import { refuseNameOfReference, references as referenceLoaders } from '../../reference/index.ts';
import type { ReferenceState, SubjectState } from '../examine/sighting.ts';
import type { Participants } from '../judge/judge-case.ts';
import type { Implementation } from '../subjects/implementation.ts';
import { loadSubject } from '../subjects/load-subject.ts';
import { subjectImplementation } from '../subjects/subject-implementation.ts';
import { changeSentence } from '../subjects/intrinsics.ts';
import type { IntrinsicsWatch } from '../subjects/watch-intrinsics.ts';
import { watchOutput } from '../subjects/watch-output.ts';
import type { WorkerSetup } from './protocol.ts';

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
}

/**
 * @throws UsageError where the subject cannot be loaded, or is called as a reference is.
 */
export async function loadParticipants(
  setup: Pick<WorkerSetup, 'subject' | 'references'>,
  options: LoadOptions,
): Promise<Loaded> {
  const { onLoad, watch } = options;
  onLoad(0);
  const name = setup.subject ?? 'from-scratch';
  const subjectModule = await loadWatched(setup.subject, options);
  const { afterCall } = watch;
  const subject = watchOutput(watch.over(subjectImplementation(subjectModule, { name, afterCall })));
  refuseNameOfReference(subject.name);
  const { implementations, states } = await loadReferences(setup.references, onLoad);
  return {
    participants: { subject, references: implementations },
    subject: subjectState(subject, subjectModule),
    references: states,
  };
}

async function loadWatched(specifier: string | null, { watch, cache }: LoadOptions): Promise<SubjectModule> {
  let failure: unknown = null;
  let module: SubjectModule | null = null;
  try {
    module = await loadSubject(specifier ?? undefined, { cache: cache ?? null });
  } catch (error) {
    failure = error;
  }
  checkAfterLoad(specifier, watch);
  if (module === null) throw failure;
  return module;
}

/** @throws UsageError where the subject has changed what all code of the process shares as it was loaded. */
export function checkAfterLoad(specifier: string | null, watch: IntrinsicsWatch): void {
  const change = watch.between();
  if (change === null) return;
  throw new UsageError(
    `the subject ${JSON.stringify(specifier)} cannot be judged: ${changeSentence(change)}, the judges among it, as the subject was loaded`,
  );
}

/** What a worker tells of the subject. */
export function subjectState(subject: Implementation, module: SubjectModule): SubjectState {
  const kernels = kernelTable
    .filter(({ kernel }) => module[kernel] !== undefined)
    .map(({ operation, direction }) => `${operation}/${direction}`);
  const { supports, refuses } = module;
  return {
    name: subject.name,
    version: subject.version,
    kernels,
    ...(supports === undefined ? {} : { supports }),
    ...(refuses === true ? { refuses } : {}),
  };
}

async function loadReferences(
  names: readonly string[],
  onLoad: (place: number) => void,
): Promise<{ implementations: Implementation[]; states: ReferenceState[] }> {
  const implementations: Implementation[] = [];
  const states: ReferenceState[] = [];
  for (const loader of referenceLoaders.filter(({ name }) => names.includes(name))) {
    onLoad(names.indexOf(loader.name) + 1);
    const loaded = await loader.load();
    if (loaded.kind === 'available') {
      const { name, version, engine } = loaded.implementation;
      implementations.push(watchOutput(loaded.implementation));
      states.push({ name, version, engine: engine ?? null, available: true, reason: null });
    } else {
      const reason = `${loaded.reason}; ${loaded.remedy}`;
      states.push({ name: loader.name, version: null, engine: null, available: false, reason });
    }
  }
  return { implementations, states };
}
