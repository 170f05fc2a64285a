/** A reference of the user's own: whatever may be a subject, asked as a reference is. */
import { connectSubject } from '../src/connect/connect.ts';
import { UsageError } from '../src/contract/failure.ts';
import { subjectImplementation } from '../src/subjects/subject-implementation.ts';
import type { Implementation } from '../src/subjects/implementation.ts';
import { referenceNames } from './index.ts';
import type { OutsideLimits } from './reference.ts';

interface OwnOptions {
  readonly outside: OutsideLimits;
  /** A folder of the campaign's own, for what is compiled of it. */
  readonly cache?: string | null;
}

/**
 * `specifier` is a file, or a command, as `--subject` takes them.
 * @throws UsageError where it cannot be had, or has the name of another reference.
 */
export async function loadOwnReference(
  specifier: string,
  { outside: { python, ...limits }, cache = null }: OwnOptions,
): Promise<Implementation> {
  const connected = await connectSubject(specifier, {
    ...limits,
    cache,
    role: 'reference',
    ...(python === undefined || !specifier.endsWith('.py') ? {} : { python }),
  });
  const { name: said, ...rest } =
    connected.kind === 'module'
      ? subjectImplementation(connected.module, { name: specifier })
      : connected.implementation;
  const name = nameOf(said);
  if (name === 'subject' || referenceNames.includes(name))
    throw new UsageError(
      `the reference ${JSON.stringify(specifier)} is called ${JSON.stringify(name)}, as another is: give it another name`,
    );
  return { ...rest, name, role: 'reference' };
}

/** Small letters, digits and hyphens, as references are called. */
function nameOf(text: string): string {
  const name = text
    .toLowerCase()
    .replace(/\.\w+$/, '')
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
    .slice(-100);
  return name === '' ? 'own' : name;
}
