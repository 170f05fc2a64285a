/** The page of a subject: a module of the user's with the contract's exports, called as in Node. */
import { kernelTable, type SubjectModule } from '../../../contract/subject.ts';
import { formats } from '../../../float/format.ts';
import { subjectImplementation } from '../../../subjects/subject-implementation.ts';
import { serve } from './serve.ts';

/** Set before this runs: where the module is. */
declare const logitfuzzModule: string;

serve(async () => {
  const loaded = (await import(logitfuzzModule)) as SubjectModule & { readonly default?: unknown };
  const { default: standard } = loaded;
  const module = { ...(typeof standard === 'object' ? standard : {}), ...loaded } as SubjectModule;
  const { name, version, arithmetic, supports, refuses } = module;
  const kernels = kernelTable.map(({ kernel }) => kernel).filter((kernel) => module[kernel] !== undefined);
  for (const kernel of kernels) {
    if (typeof module[kernel] !== 'function')
      throw new Error(`it exports ${kernel} as ${typeof module[kernel]}, not as a function`);
  }
  if (kernels.length === 0)
    throw new Error(`it exports none of the kernels: ${kernelTable.map(({ kernel }) => kernel).join(', ')}`);
  const { run } = subjectImplementation(module, { name: 'subject' });
  return { welcome: { name, version, kernels, formats, arithmetic, supports, refuses }, run };
});
