/** A subject of the series as a campaign asks it: what it does with its answers afterwards is watched. */
import type { SubjectModule } from '../src/contract/subject.ts';
import type { Implementation } from '../src/subjects/implementation.ts';
import { subjectImplementation } from '../src/subjects/subject-implementation.ts';
import { watchOutput } from '../src/subjects/watch-output.ts';

export function watchedImplementation(name: string, module: SubjectModule): Implementation {
  return watchOutput(subjectImplementation(module, { name }));
}
