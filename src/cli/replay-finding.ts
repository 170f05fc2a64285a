/** Judges a finding's own bytes again. No generator, and no module that the finding names. */
import { divergedAs, type Finding } from '../case/finding.ts';
import { currentKey } from '../case/known-key.ts';
import { tensorFromJson } from '../case/tensor-json.ts';
import { isAlike, type Divergence } from '../case/verdict.ts';
import { UsageError } from '../contract/failure.ts';
import { blamedIn, type ExplainedImplementation, type Explanation } from '../examine/explain.ts';
import { renderReplay, type Replayed } from '../report/render-replay.ts';
import { anonymousSubject } from '../subjects/implementation.ts';
import type { Preceded } from '../worker/protocol.ts';
import type { Worker } from '../worker/supervise.ts';
import { implementationsJson } from './replay-json.ts';
import { checkForms, issueOf, knownProgram, scriptOf, type FormArguments } from './replay-script.ts';
import { checkReference, deathOf, explainBy, lingerMs, withWorker } from './replay-worker.ts';
import { terminal } from './terminal.ts';

export interface FindingArguments extends FormArguments {
  readonly caseTimeout?: string;
}

/** @returns the exit code: 1 where it still diverges. */
export async function replayFinding(finding: Finding, args: FindingArguments): Promise<number> {
  checkForms(args);
  if (args.script || args.issue) {
    terminal.print(args.script ? scriptOf(finding, args) : issueOf(finding, args));
    return 0;
  }
  const replayed = await replay(finding, args);
  const exitCode = replayed.stillDiverges ? 1 : 0;
  if (args.json) terminal.print(JSON.stringify(toJson(finding, replayed, exitCode), null, 2));
  else {
    const judged = args.original ? finding.original : finding.minimal;
    terminal.print(renderReplay(finding, replayed, { judged, program: knownProgram(finding) }));
  }
  return exitCode;
}

function replay(finding: Finding, args: FindingArguments): Promise<Replayed> {
  return withWorker({ ...args, blame: finding.blame }, async (worker) => {
    checkBlamed(finding, worker, args.subject);
    const c = args.original ? finding.original : finding.minimal;
    const answer = await explainBy(worker, c, precededBy(finding));
    return 'kind' in answer
      ? ofDeath(finding, deathOf(finding.blame, answer), answer.outcome.kind)
      : ofExplanation(finding, answer);
  });
}

function checkBlamed(finding: Finding, worker: Worker, subject: string | undefined): void {
  const { ready } = worker;
  if (finding.blame !== 'subject') {
    const own = finding.references.find(({ name }) => name === finding.blame)?.module;
    if (own !== undefined && !ready.references.some(({ name }) => name === finding.blame))
      throw new UsageError(
        `the finding blames the reference ${JSON.stringify(finding.blame)}, which was ${JSON.stringify(own)}: ` +
          'name it with --references',
      );
    return checkReference(finding.blame, 'the finding', worker);
  }
  if (finding.subject.name === ready.subject.name) return;
  if (finding.subject.name === anonymousSubject && subject !== undefined) return;
  const wanted = finding.subject.module ?? finding.subject.name;
  throw new UsageError(
    `the finding blames the subject ${JSON.stringify(finding.subject.name)}, and ${JSON.stringify(ready.subject.name)} is loaded: ` +
      `name its module, which was ${JSON.stringify(wanted)}, with --subject`,
  );
}

/** The cases that the finding depends on are asked again first. */
function precededBy({ history = [], rounds = 1 }: Finding): Preceded {
  return { before: history, rounds, lingerMs };
}

function ofDeath({ symptom }: Finding, death: string, kind: string): Replayed {
  return { stillDiverges: true, isSame: symptom === kind, explanation: null, death };
}

function ofExplanation(finding: Finding, explanation: Explanation): Replayed {
  const blamed = blamedIn(finding, explanation);
  const stillDiverges = blamed.verdict.kind === 'diverge';
  const divergence =
    blamed.verdict.kind === 'diverge'
      ? blamed.verdict.divergences.find((one) => isAlike(one, divergedAs(finding)))
      : undefined;
  const isSame = divergence !== undefined && isSameAs(finding, divergence, blamed.values);
  return { stillDiverges, isSame, explanation, death: null };
}

function isSameAs(finding: Finding, divergence: Divergence, values: readonly number[] | null): boolean {
  if (finding.oracle !== 'conduct')
    return isSameDivergence(finding, divergence) && isSameAnswer(finding, values);
  // Its sentence tells the two values, and those of old with more digits than tell them.
  if (finding.symptom === 'not-repeatable') return isSameDivergence(finding, divergence);
  return finding.sentence.endsWith(divergence.detail); // what depends on earlier calls says so first
}

function isSameDivergence(finding: Finding, { element, guilty, law }: Divergence): boolean {
  return element === finding.element && guilty === finding.guilty && law === finding.law;
}

/** Bit for bit, but for a NaN's payload. Sentences are no measure: they are worded anew from time to time. */
function isSameAnswer({ got }: Finding, values: readonly number[] | null): boolean {
  if (got === null || values === null) return got === null && values === null;
  const { data } = tensorFromJson(got, { name: 'got' });
  return data.length === values.length && values.every((value, i) => Object.is(value, data[i]));
}

/**
 * The signatures of an implementation, the finding's for the divergence that it is of: what that depends on
 * is not asked again.
 */
function namesOf(
  finding: Finding,
  one: ExplainedImplementation,
  explanation: Explanation,
): readonly string[] {
  const { verdict, signatures } = one;
  if (verdict.kind !== 'diverge' || one !== blamedIn(finding, explanation)) return signatures;
  const at = verdict.divergences.findIndex((divergence) => isAlike(divergence, divergedAs(finding)));
  return at < 0 ? signatures : signatures.with(at, currentKey(finding.signature));
}

function toJson(
  finding: Finding,
  { stillDiverges, isSame, explanation, death }: Replayed,
  exitCode: number,
): object {
  return {
    schemaVersion: 1,
    command: 'replay',
    exitCode,
    signature: finding.signature,
    stillDiverges,
    isSame,
    loss: death,
    ...(finding.confirmed === undefined ? {} : { confirmed: finding.confirmed }),
    ...(finding.ledger === null ? {} : { ledger: finding.ledger }),
    askedBefore: (finding.history?.length ?? 0) * (finding.rounds ?? 1),
    implementations: implementationsJson(explanation, (one) => namesOf(finding, one, explanation!)),
  };
}
