/**
 * The first divergence of each mutant over generated cases, shrunk in this process: what a campaign would
 * make a finding of, without the campaign.
 */
import { caseSize, type Case } from '../src/case/case.ts';
import { conductDivergence, type Divergence } from '../src/case/verdict.ts';
import { kernelNameOf, operations, type KernelName } from '../src/contract/subject.ts';
import { nativeFormats } from '../src/float/format.ts';
import { generateCase } from '../src/generate/generate-case.ts';
import { judgeCase, type ImplementationJudgement } from '../src/judge/judge-case.ts';
import { CaseWork } from '../src/oracles/exact.ts';
import type { Mutant } from '../src/score/mutants/mutant.ts';
import { changedIn } from '../src/score/host/mutate.ts';
import { shrinkCase } from '../src/shrink/shrink-case.ts';
import type { Implementation } from '../src/subjects/implementation.ts';
import { watchedImplementation } from './watched-implementation.ts';

export interface FirstFinding {
  readonly name: string;
  readonly minimal: Case;
  readonly original: Case;
  readonly divergence: Divergence;
  readonly onlyByForm: boolean;
}

interface Trial {
  readonly mutant: Pick<Mutant, 'name' | 'create' | 'elementsMin'>;
  readonly subject: Implementation;
  readonly changed: ReadonlySet<KernelName>;
  readonly refuses: boolean;
  found: FirstFinding | null;
}

const [seed, ordinaryElementsMax, shrinkEvaluations] = [42n, 16_384, 1_500];

/** `runs` cases, of large ones ten times as many. */
export async function firstFindings(
  mutants: readonly Trial['mutant'][],
  runs: number,
): Promise<readonly FirstFinding[]> {
  const trials = mutants.map((mutant): Trial => {
    const module = mutant.create();
    const subject = watchedImplementation(mutant.name, module);
    return { mutant, subject, changed: changedIn(module), refuses: module.refuses === true, found: null };
  });
  for (let index = 0; index < 10 * runs; index++) {
    const alive = trials.filter(
      ({ found, mutant }) => found === null && (index < runs || mutant.elementsMin !== undefined),
    );
    if (alive.length === 0) break;
    const c = generateCase({ seed, index }, { operations, formats: nativeFormats });
    const refused = alive.some(({ refuses }) => refuses)
      ? generateCase({ seed, index }, { operations, formats: nativeFormats, refuses: true })
      : c;
    const work = new CaseWork(c);
    for (const trial of alive) await tryCase(trial, trial.refuses ? refused : c, work);
  }
  return trials.flatMap(({ found }) => (found === null ? [] : [found]));
}

async function tryCase(trial: Trial, c: Case, work: CaseWork): Promise<void> {
  const { mutant, subject, changed } = trial;
  const { elementsMin } = mutant;
  const size = caseSize(c);
  if (elementsMin === undefined ? size > ordinaryElementsMax : size < elementsMin) return;
  const asksChanged = changed.has(kernelNameOf(c.operation, c.direction)) || c.checks.includes('property');
  if (!asksChanged && c.direction === 'forward') return;
  const judged = await judge(c, subject, work.isOf(c) ? work : new CaseWork(c));
  if (judged.verdict.kind === 'diverge') trial.found = await shrunk(trial, c, judged);
}

async function judge(c: Case, subject: Implementation, work?: CaseWork): Promise<ImplementationJudgement> {
  return (await judgeCase(c, { subject, references: [] }, work))[0];
}

function keyOf(c: Case, { verdict, onlyByForm }: ImplementationJudgement): string | null {
  if (verdict.kind !== 'diverge') return null;
  const { oracle, severity, symptom } = verdict.divergences[0];
  return [c.operation, c.direction, c.format, oracle, severity, symptom, onlyByForm].join(' ');
}

async function shrunk(
  { mutant, subject }: Trial,
  c: Case,
  judged: ImplementationJudgement,
): Promise<FirstFinding> {
  const key = keyOf(c, judged);
  const { case: minimal } = await shrinkCase(
    c,
    async (candidate) => keyOf(candidate, await judge(candidate, subject)) === key,
    { maxEvaluations: shrinkEvaluations },
  );
  const fresh = await judge(minimal, watchedImplementation(mutant.name, mutant.create()));
  const first = fresh.verdict.kind === 'diverge' ? fresh.verdict.divergences[0] : null;
  const divergence = first ?? conductDivergence('depends-on-earlier-calls', 'not alone in a fresh process');
  return { name: mutant.name, minimal, original: c, divergence, onlyByForm: fresh.onlyByForm };
}
