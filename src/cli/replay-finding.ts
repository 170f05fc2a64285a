/** Judges a finding's own bytes again. No generator, and no module that the finding names. */
import { caseFromJson } from '../case/case-json.ts';
import { divergedAs, type Finding } from '../case/finding.ts';
import { tensorFromJson } from '../case/tensor-json.ts';
import { isAlike, toleranceNameOf, type Divergence } from '../case/verdict.ts';
import { UsageError } from '../contract/failure.ts';
import { blamedIn, type Explanation } from '../examine/explain.ts';
import { answerOf } from '../oracles/exact.ts';
import { findingScript } from '../report/finding-script.ts';
import { renderReplay, type Replayed } from '../report/render-replay.ts';
import { anonymousSubject } from '../subjects/implementation.ts';
import type { Preceded } from '../worker/protocol.ts';
import type { Worker } from '../worker/supervise.ts';
import { checkReference, deathOf, explainBy, lingerMs, withWorker } from './replay-worker.ts';
import { terminal } from './terminal.ts';

export interface FindingArguments {
  readonly subject?: string;
  readonly original: boolean;
  readonly caseTimeout?: string;
  readonly json: boolean;
  readonly script: boolean;
}

/** @returns the exit code: 1 where it still diverges. */
export async function replayFinding(finding: Finding, args: FindingArguments): Promise<number> {
  if (args.script) {
    terminal.print(scriptOf(finding, args));
    return 0;
  }
  const replayed = await replay(finding, args);
  const exitCode = replayed.stillDiverges ? 1 : 0;
  if (args.json) terminal.print(JSON.stringify(toJson(finding, replayed, exitCode), null, 2));
  else terminal.print(renderReplay(finding, replayed, args.original ? finding.original : finding.minimal));
  return exitCode;
}

/** A module that only the finding names is not put into a program either. */
function scriptOf(finding: Finding, { subject, original, json }: FindingArguments): string {
  if (json) throw new UsageError('--script prints a program and --json a document: leave one of them out');
  if (finding.history !== undefined)
    throw new UsageError(
      'the finding depends on earlier calls, which a program of one call does not make: replay it without --script',
    );
  const { name, module } = finding.subject;
  const isDefault = module === null && name === 'from-scratch';
  if (finding.blame === 'subject' && subject === undefined && !isDefault) {
    throw new UsageError(
      `the finding blames the subject ${JSON.stringify(name)}: name the module that the program is to import, which ` +
        `was ${JSON.stringify(module ?? name)}, with --subject`,
    );
  }
  const c = caseFromJson(original ? finding.original : finding.minimal);
  const answer = answerOf(c, finding.arithmetic);
  const allowed = answer[toleranceNameOf(finding.severity)];
  const got = original || finding.got === null ? null : tensorFromJson(finding.got, { name: 'got' }).data;
  return findingScript(finding, { case: c, exact: answer.exact, allowed, module: subject ?? null, got });
}

function replay(finding: Finding, args: FindingArguments): Promise<Replayed> {
  return withWorker(args, async (worker) => {
    checkBlamed(finding, worker, args.subject);
    const c = args.original ? finding.original : finding.minimal;
    const answer = await explainBy(worker, c, precededBy(finding));
    return 'kind' in answer
      ? ofDeath(finding, deathOf(finding.blame, answer), answer.outcome.kind)
      : ofExplanation(finding, answer);
  });
}

function checkBlamed(finding: Finding, worker: Worker, subject: string | undefined): void {
  if (finding.blame !== 'subject') return checkReference(finding.blame, 'the finding', worker);
  const { ready } = worker;
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
    askedBefore: (finding.history?.length ?? 0) * (finding.rounds ?? 1),
    implementations: (explanation?.implementations ?? []).map(
      ({ name, version, role, verdict, signatures }) => ({
        name,
        version,
        role,
        verdict: verdict.kind,
        signatures,
      }),
    ),
  };
}
