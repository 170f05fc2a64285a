/** A library of Python as a reference: a module of ours that calls it, run by the kit for Python. */
import { resolve } from 'node:path';
import type { Case } from '../../src/case/case.ts';
import { packageFolder } from '../../src/contract/package-version.ts';
import { InfrastructureError, UsageError } from '../../src/contract/failure.ts';
import type { Stacking } from '../../src/subjects/stacking.ts';
import { whyNotFormat, type LoadedReference, type Reference, type SupportTable } from '../reference.ts';

interface Library {
  readonly name: string;
  readonly family: string;
  /** The module in this folder, beside which the kit needs the library alone. */
  readonly module: string;
  /** What is installed: `pip install …`. */
  readonly install: string;
  readonly support: SupportTable;
  readonly stacking: Stacking | null;
  kernelName: Reference['kernelName'];
  readonly package: Reference['package'];
  script: Reference['script'];
}

/** Where nobody says otherwise: a reference beyond the process is bounded as a subject is. */
const defaultLimits = { rssLimitMb: 4096, caseTimeoutMs: 10_000 };

/** The stacking of a library that answers rows of a matrix as it answers lanes, and a loss alone. */
export const rowsOnly: Stacking = { loss: null };

export function pythonReference(library: Library): Reference {
  const { module, install, ...rest } = library;
  const path = resolve(packageFolder, 'reference/python', module);
  let loaded: Promise<LoadedReference> | null = null;

  async function start({
    outside = defaultLimits,
  }: Parameters<Reference['load']>[0] = {}): Promise<LoadedReference> {
    // Loaded by who asks for it: everybody else pays nothing for it.
    const { defaultPython, pythonKit } = await import('../../src/connect/python.ts');
    const { outsideImplementation } = await import('../../src/connect/outside-implementation.ts');
    const { processOpener } = await import('../../src/connect/process-channel.ts');
    const { kitStartMs } = await import('../../src/connect/command.ts');
    const { python = defaultPython(), ...limits } = outside;
    const open = processOpener({
      command: python,
      args: [pythonKit, path],
      whose: `the reference ${library.name}`,
      rssLimitMb: outside.rssLimitMb,
      startTimeoutMs: kitStartMs,
    });
    const { name, stacking } = library;
    try {
      const implementation = await outsideImplementation(open, {
        ...limits,
        name,
        role: 'reference',
        ...(stacking === null ? {} : { stacking }),
      });
      const declines = (c: Case): string | null =>
        whyNotFormat(library.support, c) ?? implementation.declines(c);
      return { kind: 'available', implementation: { ...implementation, name, declines } };
    } catch (error) {
      if (!(error instanceof UsageError) && !(error instanceof InfrastructureError)) throw error;
      return {
        kind: 'missing',
        reason: firstLine(error.message),
        remedy: `${python} -m pip install ${install}`,
      };
    }
  }

  return {
    ...rest,
    embedded: false,
    isDefault: false,
    declines: () => null, // the module says so itself, and the table of formats
    plainLoopBackend: null,
    setUp: null,
    load: (options) => (loaded ??= start(options)),
  };
}

/** What a person reads of it in a line. */
function firstLine(text: string): string {
  return text.split('\n')[0]!.slice(0, 300);
}
