/**
 * The clocks of the mutants that one stream of cases is put to. What a case costs a loop goes to the clock of
 * every mutant that changes its kernel: that is what a loop of that mutant's kernels alone would have spent.
 */
import { kernelNames, type KernelName, type SubjectModule } from '../../contract/subject.ts';
import { changedIn } from '../../score/host/mutate.ts';
import type { Mutant } from '../../score/mutants/mutant.ts';
import type { Search } from './find-job.ts';

export interface Suspect {
  readonly mutant: Mutant;
  readonly module: SubjectModule;
  readonly changed: ReadonlySet<KernelName>;
  /** The finders that have yet to find it. */
  readonly waiting: Set<string>;
}

export interface Clocks {
  /** The next kernel to draw for, each in its turn; null once everything is found or out of time. */
  nextKernel(): KernelName | null;
  /** Counts a case of the kernel, and what it cost. */
  charge(kernel: KernelName, cpuSeconds: number): void;
  /** Whom a case of the kernel is to be put to. */
  suspectsOf(kernel: KernelName): readonly Suspect[];
  found(suspect: Suspect, finder: string): void;
  searches(): readonly Search[];
}

export function openClocks(
  mutants: readonly Mutant[],
  {
    finders,
    seed,
    capSeconds,
  }: { readonly finders: readonly string[]; readonly seed: string; readonly capSeconds: number },
): Clocks {
  const spent = new Map<KernelName, { cpuSeconds: number; cases: number }>(
    kernelNames.map((kernel) => [kernel, { cpuSeconds: 0, cases: 0 }]),
  );
  const searches = new Map<string, Search>();
  const key = (finder: string, mutant: string): string => `${finder} ${mutant}`;
  const stand = ({ changed }: Suspect): { cpuSeconds: number; cases: number } => {
    const all = [...changed].map((kernel) => spent.get(kernel)!);
    return {
      cpuSeconds: all.reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0),
      cases: all.reduce((sum, { cases }) => sum + cases, 0),
    };
  };
  const suspects = mutants.map((mutant): Suspect => {
    const module = mutant.create();
    return { mutant, module, changed: changedIn(module), waiting: new Set(finders) };
  });
  const isAlive = (suspect: Suspect): boolean => {
    if (suspect.waiting.size === 0) return false;
    const { cpuSeconds, cases } = stand(suspect);
    if (cpuSeconds <= capSeconds) return true;
    for (const finder of suspect.waiting)
      searches.set(key(finder, suspect.mutant.name), {
        finder,
        mutant: suspect.mutant.name,
        seed,
        cpuSeconds: null,
        capSeconds,
        cases,
      });
    suspect.waiting.clear();
    return false;
  };
  let turn = 0;
  return {
    nextKernel() {
      const alive = suspects.filter(isAlive);
      for (let tried = 0; tried < kernelNames.length; tried++) {
        const kernel = kernelNames[turn++ % kernelNames.length]!;
        if (alive.some(({ changed }) => changed.has(kernel))) return kernel;
      }
      return null;
    },
    charge(kernel, cpuSeconds) {
      const account = spent.get(kernel)!;
      account.cpuSeconds += cpuSeconds;
      account.cases++;
    },
    suspectsOf: (kernel) =>
      suspects.filter(({ changed, waiting }) => waiting.size > 0 && changed.has(kernel)),
    found(suspect, finder) {
      const { name } = suspect.mutant;
      suspect.waiting.delete(finder);
      searches.set(key(finder, name), { finder, mutant: name, seed, capSeconds, ...stand(suspect) });
    },
    searches: () =>
      finders.flatMap((finder) => mutants.flatMap(({ name }) => searches.get(key(finder, name)) ?? [])),
  };
}
