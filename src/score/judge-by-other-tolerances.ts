/**
 * The tolerances in use elsewhere, tried: which mutants they
 * kill, on which inputs, and how often they blame a sound kernel.
 */
import { soundKernels } from '../../examples/sound-kernels/all.ts';
import type { CasesToKill, ToleranceWorth } from '../archive/score-record.ts';
import type { Case } from '../case/case.ts';
import type { Outcome } from '../case/outcome.ts';
import { kernelNameOf, type SubjectModule } from '../contract/subject.ts';
import * as fromScratch from '../kernels/index.ts';
import type { Answer } from '../oracles/answer.ts';
import { CaseWork } from '../oracles/exact.ts';
import { judgeValues } from '../oracles/judge-values.ts';
import { defaultArithmetic, type Implementation } from '../subjects/implementation.ts';
import { subjectImplementation } from '../subjects/subject-implementation.ts';
import { lanesOf } from '../tensor/lanes.ts';
import { fixedTolerances, type Comparison, type FixedTolerance } from './other-tolerances.ts';
import { soundHost } from './host/host.ts';
import { changedIn } from './host/mutate.ts';
import type { Mutant } from './mutants/mutant.ts';

/** A float32 case with what there is to compare an answer with. */
interface Expected {
  readonly case: Case;
  /** Shared by all whose answers are compared. */
  readonly work: CaseWork;
  readonly answer: Answer;
  /** The exact answer, rounded. */
  readonly expected: Float32Array;
  readonly width: number;
}

/** A way to accept an outcome or not. */
interface Rule {
  readonly name: string;
  readonly definition: string;
  readonly source: string;
  accepts(outcome: Outcome, expected: Expected, implementation: Implementation): boolean;
}

/** The project's own, of values alone: what the exact oracle says, and no other. */
export const derivedRule: Rule = {
  name: 'derived',
  definition: 'the exact oracle alone: a tolerance derived for each element',
  source: 'src/oracles/tolerance.ts',
  accepts(outcome, { work }, { arithmetic }) {
    if (outcome.kind !== 'values' || outcome.tensor === null) return false;
    return judgeValues(work, outcome.tensor, work.answer(arithmetic), arithmetic).divergence === null;
  },
};

export const rules: readonly Rule[] = [...fixedTolerances.map(ruleOf), derivedRule];

function ruleOf(tolerance: FixedTolerance): Rule {
  const { name, definition, source, seesShape } = tolerance;
  return {
    name,
    definition,
    source,
    accepts(outcome, { expected, width }) {
      if (outcome.kind !== 'values' || outcome.tensor === null) return false;
      if (seesShape && outcome.violations.some(({ kind }) => kind === 'shape')) return false;
      const comparison: Comparison = { got: outcome.tensor.data, expected, width };
      return tolerance.accepts(comparison);
    },
  };
}

/** A float64 case is for nobody here: these tolerances are those of float32. */
function expectedOf(c: Case): Expected {
  const work = new CaseWork(c);
  const answer = work.answer(defaultArithmetic);
  return {
    case: c,
    work,
    answer,
    expected: Float32Array.from(answer.exact),
    width: lanesOf(c.logits.shape, c.axis).length,
  };
}

/** Cases until a rule kills, by the rule's name and in the order of the mutants. */
export type KillsByRule = ReadonlyMap<string, readonly CasesToKill[]>;

/**
 * `cases` may be long, and are drawn as they are asked for. A kill does not count where the rule refuses the
 * sound host's answer to the same case: that is a false alarm, and tells nothing of the mutant.
 */
export async function killsByRule(
  mutants: readonly Mutant[],
  cases: Iterable<Case>,
  onCase: (index: number) => void | Promise<void>,
): Promise<KillsByRule> {
  const kills = new Map(rules.map(({ name }) => [name, mutants.map((): CasesToKill => null)]));
  const subjects = mutants.map((mutant) => {
    const module = mutant.create();
    return { subject: subjectImplementation(module, { name: mutant.name }), changed: changedIn(module) };
  });
  let index = 0;
  for (const c of cases) {
    const expected = c.format === 'float32' ? expectedOf(c) : null;
    const kernel = kernelNameOf(c.operation, c.direction);
    const acceptingSound = expected === null ? [] : await accepting(host, expected);
    for (let place = 0; expected !== null && place < subjects.length; place++) {
      const { subject, changed } = subjects[place]!;
      if (!changed.has(kernel)) continue;
      const waiting = acceptingSound.filter(({ name }) => kills.get(name)![place] === null);
      if (waiting.length === 0) continue;
      const accepted = await accepting(subject, expected);
      for (const rule of waiting) if (!accepted.includes(rule)) kills.get(rule.name)![place] = index + 1;
    }
    await onCase(index++);
  }
  return kills;
}

const host: Implementation = subjectImplementation(soundHost, { name: 'host' });

async function accepting(subject: Implementation, expected: Expected): Promise<readonly Rule[]> {
  const outcome = await subject.run(expected.case);
  return rules.filter((rule) => rule.accepts(outcome, expected, subject));
}

/**
 * False alarms on sound kernels, by the name of the rule. The derived tolerance blames where it says `wrong`.
 */
export type AlarmsByRule = ReadonlyMap<string, ToleranceWorth['falseAlarms']>;

/** A case on which a sound kernel may overflow on the way is left out: there nobody can be judged. */
export async function alarmsByRule(
  cases: Iterable<Case>,
  onCase: (index: number) => void | Promise<void>,
): Promise<AlarmsByRule> {
  const kernels: readonly SubjectModule[] = [fromScratch, ...soundKernels];
  const subjects = kernels.map((kernel) => subjectImplementation(kernel, { name: 'unnamed' }));
  const alarms = new Map(
    rules.map(({ name }) => [
      name,
      subjects.map((subject) => ({ kernel: subject.name, cases: 0, alarms: 0 })),
    ]),
  );
  let index = 0;
  for (const c of cases) {
    const expected = c.format === 'float32' ? expectedOf(c) : null;
    for (let place = 0; expected !== null && place < subjects.length; place++) {
      const subject = subjects[place]!;
      const pending = subject.run(c);
      const outcome = pending instanceof Promise ? await pending : pending;
      if (
        outcome.kind !== 'values' ||
        outcome.tensor === null ||
        mayHaveOverflowed(outcome.tensor.data, expected)
      )
        continue;
      for (const rule of rules) {
        const row = alarms.get(rule.name)![place]!;
        row.cases++;
        if (
          rule === derivedRule
            ? isWrong(outcome, expected, subject)
            : !rule.accepts(outcome, expected, subject)
        )
          row.alarms++;
      }
    }
    await onCase(index++);
  }
  return alarms;
}

function mayHaveOverflowed(got: ArrayLike<number>, { answer }: Expected): boolean {
  for (let i = 0; i < got.length; i++) {
    if (!Number.isFinite(got[i]!) && answer.mayOverflow[i] === 1) return true;
  }
  return false;
}

function isWrong(outcome: Outcome, { work }: Expected, { arithmetic }: Implementation): boolean {
  if (outcome.kind !== 'values' || outcome.tensor === null) return true;
  const { divergence } = judgeValues(work, outcome.tensor, work.answer(arithmetic), arithmetic);
  return divergence?.severity === 'wrong';
}
