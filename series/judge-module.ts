/** A subject's module under the judge, in this process: so many cases of what it says that it supports. */
import { caseSummary } from '../src/case/case-summary.ts';
import { kernelTable, operations, type SubjectModule } from '../src/contract/subject.ts';
import { nativeFormats } from '../src/float/format.ts';
import { generateCase } from '../src/generate/generate-case.ts';
import { judgeCase } from '../src/judge/judge-case.ts';
import { subjectImplementation } from '../src/subjects/subject-implementation.ts';

export interface ModuleReport {
  readonly agreed: number;
  /** Wrong or inaccurate: the case, and what is said of it. */
  readonly diverged: readonly string[];
  /** Reason → how often. */
  readonly skipped: Readonly<Record<string, number>>;
}

export async function judgeModule(
  module: SubjectModule,
  { cases, seed = 1n }: { readonly cases: number; readonly seed?: bigint },
): Promise<ModuleReport> {
  const subject = subjectImplementation(module, { name: 'unnamed' });
  const kernels = kernelTable.filter(({ kernel }) => module[kernel] !== undefined);
  const space = {
    operations,
    formats: module.supports?.formats ?? nativeFormats,
    kernels: kernels.map(({ kernel }) => kernel),
    ...(module.supports === undefined ? {} : { supports: module.supports }),
  };
  const report = { agreed: 0, diverged: [] as string[], skipped: {} as Record<string, number> };
  for (let index = 0; index < cases; index++) {
    const c = generateCase({ seed, index }, space);
    const [{ verdict }] = await judgeCase(c, { subject, references: [] });
    if (verdict.kind === 'agree') report.agreed++;
    if (verdict.kind === 'skip') report.skipped[verdict.reason] = (report.skipped[verdict.reason] ?? 0) + 1;
    if (verdict.kind !== 'diverge') continue;
    const [{ severity }] = verdict.divergences;
    const details = verdict.divergences.map(({ detail }) => detail).join('; ');
    report.diverged.push(`${severity} ${caseSummary(c)}: ${details}`);
  }
  return report;
}
