/**
 * The host with something done otherwise in a few of its kernels;
 * the others stay sound, as in a library with one bug.
 */
import type { KernelName, SubjectModule } from '../../contract/subject.ts';
import { kernelTable } from '../../contract/subject.ts';
import { soundHostInHalves } from './in-halves.ts';
import { buildHost, soundHost, soundSteps, type HostKernels, type Steps } from './host.ts';

export const everyKernel: readonly KernelName[] = kernelTable.map(({ kernel }) => kernel);

type Create = () => SubjectModule;

/** What a subject of the host does otherwise, so that another may do it, too. */
interface Change {
  readonly kernels: readonly KernelName[];
  /** The kernels of a host of these steps, with the change. */
  apply(steps: Steps): Partial<HostKernels>;
  /** The steps that it changes; null where it changes a whole kernel. */
  steps(): Partial<Steps> | null;
}

const changes = new WeakMap<Create, Change>();

/** `change` is asked once for each subject, so that what its steps remember is fresh. */
export function withSteps(
  kernels: KernelName | readonly KernelName[],
  change: (sound: Steps) => Partial<Steps>,
): Create {
  const names = typeof kernels === 'string' ? [kernels] : kernels;
  const apply = (steps: Steps): Partial<HostKernels> => {
    const mutant = buildHost(steps);
    return Object.fromEntries(names.map((name) => [name, mutant[name]]));
  };
  const create: Create = () => ({ ...soundHost, ...apply({ ...soundSteps, ...change(soundSteps) }) });
  changes.set(create, { kernels: names, apply, steps: () => change(soundSteps) });
  return create;
}

/**
 * A mutant of a whole kernel, for what no step can do:
 * how the kernel takes its arguments and gives its answer.
 */
export function withKernel<K extends KernelName>(
  kernel: K,
  make: (sound: HostKernels) => NonNullable<SubjectModule[K]>,
): Create {
  const create: Create = () => ({ ...soundHost, [kernel]: make(soundHost) });
  const apply = (steps: Steps): Partial<HostKernels> =>
    ({ [kernel]: make(buildHost(steps)) }) as Partial<HostKernels>;
  changes.set(create, { kernels: [kernel], apply, steps: () => null });
  return create;
}

/**
 * One subject that does what both do otherwise, in a kernel that both change: null where they change none in
 * common, or the same step of it.
 */
export function withBoth(a: Create, b: Create): Create | null {
  const [first, second] = [changes.get(a), changes.get(b)];
  if (first === undefined || second === undefined) return null;
  const common = first.kernels.filter((kernel) => second.kernels.includes(kernel));
  const [ofFirst, ofSecond] = [first.steps(), second.steps()];
  if (common.length === 0 || (ofFirst === null && ofSecond === null)) return null;
  if (Object.keys(ofFirst ?? {}).some((step) => Object.hasOwn(ofSecond ?? {}, step))) return null;
  return () => {
    const steps = { ...soundSteps, ...first.steps(), ...second.steps() };
    const outer = ofSecond === null ? second : first;
    const mutant = outer.apply(steps);
    return { ...soundHost, ...Object.fromEntries(common.map((kernel) => [kernel, mutant[kernel]])) };
  };
}

/**
 * Those that are not the very functions of the sound host, which takes halves or does not; all, where it is
 * judged by an arithmetic of its own.
 */
export function changedIn(module: SubjectModule): ReadonlySet<KernelName> {
  const kernels = kernelTable.map(({ kernel }) => kernel);
  return new Set(
    kernels.filter(
      (kernel) =>
        module.arithmetic !== undefined ||
        (module[kernel] !== soundHost[kernel] && module[kernel] !== soundHostInHalves[kernel]),
    ),
  );
}
