/**
 * The host with something done otherwise in a few of its kernels;
 * the others stay sound, as in a library with one bug.
 */
import type { KernelName, SubjectModule } from '../../contract/subject.ts';
import { kernelTable } from '../../contract/subject.ts';
import { buildHost, soundHost, soundSteps, type HostKernels, type Steps } from './host.ts';

export const everyKernel: readonly KernelName[] = kernelTable.map(({ kernel }) => kernel);

/** `change` is asked once for each subject, so that what its steps remember is fresh. */
export function withSteps(
  kernels: KernelName | readonly KernelName[],
  change: (sound: Steps) => Partial<Steps>,
): () => SubjectModule {
  return () => {
    const mutant = buildHost({ ...soundSteps, ...change(soundSteps) });
    const names = typeof kernels === 'string' ? [kernels] : kernels;
    return { ...soundHost, ...Object.fromEntries(names.map((name) => [name, mutant[name]])) };
  };
}

/**
 * A mutant of a whole kernel, for what no step can do:
 * how the kernel takes its arguments and gives its answer.
 */
export function withKernel<K extends KernelName>(
  kernel: K,
  make: (sound: HostKernels) => NonNullable<SubjectModule[K]>,
): () => SubjectModule {
  return () => ({ ...soundHost, [kernel]: make(soundHost) });
}
