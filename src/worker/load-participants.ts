/** Loads the subject and the references that a campaign asks, and says which are there. */
import { kernelTable, type SubjectModule } from '../contract/subject.ts';
import { refuseNameOfReference, references as referenceLoaders } from '../../reference/index.ts';
import type { ReferenceState, SubjectState } from '../examine/sighting.ts';
import type { Participants } from '../judge/judge-case.ts';
import type { Implementation } from '../subjects/implementation.ts';
import { loadSubject } from '../subjects/load-subject.ts';
import { subjectImplementation } from '../subjects/subject-implementation.ts';
import { watchOutput } from '../subjects/watch-output.ts';
import type { WorkerSetup } from './protocol.ts';

export interface Loaded {
  readonly participants: Participants;
  readonly subject: SubjectState;
  readonly references: readonly ReferenceState[];
}

/**
 * `onLoad` is told who is next, by its place in [subject, ...references], for code that may never return.
 * @throws UsageError where the subject cannot be loaded, or is called as a reference is.
 */
export async function loadParticipants(
  setup: Pick<WorkerSetup, 'subject' | 'references'>,
  onLoad: (place: number) => void,
): Promise<Loaded> {
  onLoad(0);
  const subjectModule = await loadSubject(setup.subject ?? undefined);
  const named = { name: setup.subject ?? 'from-scratch' };
  const subject = watchOutput(subjectImplementation(subjectModule, named));
  refuseNameOfReference(subject.name);
  const { implementations, states } = await loadReferences(setup.references, onLoad);
  return {
    participants: { subject, references: implementations },
    subject: subjectState(subject, subjectModule),
    references: states,
  };
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
