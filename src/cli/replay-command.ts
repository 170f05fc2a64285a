/**
 * `logitfuzz replay`: judges a finding's own bytes again. No generator, and no module that the finding names.
 */
import { join } from 'node:path';
import { openJournalFolder } from './journal-folder.ts';
import type { CommandModule } from 'yargs';
import { InfrastructureError, UsageError } from '../contract/failure.ts';
import { referenceNames } from '../../reference/index.ts';
import { loadFinding } from '../archive/finding-file.ts';
import { caseFromJson } from '../case/case-json.ts';
import type { Finding } from '../case/finding.ts';
import { tensorFromJson } from '../case/tensor-json.ts';
import { toleranceNameOf, type Divergence } from '../case/verdict.ts';
import { answerOf } from '../oracles/exact.ts';
import { findingScript } from '../report/finding-script.ts';
import { renderReplay, type Replayed } from '../report/render-replay.ts';
import { anonymousSubject } from '../subjects/implementation.ts';
import { blamedIn, type Explanation } from '../examine/explain.ts';
import { describeDeath, type WorkerDeath } from '../worker/death.ts';
import type { Preceded } from '../worker/protocol.ts';
import { startWorker, type Worker } from '../worker/supervise.ts';
import { defaults } from './campaign-options.ts';
import { parseDurationMs } from './option-values.ts';
import { terminal } from './terminal.ts';

interface ReplayArguments {
  readonly finding: string;
  readonly subject?: string;
  readonly original: boolean;
  readonly caseTimeout?: string;
  readonly json: boolean;
  readonly script: boolean;
}

export const replayCommand: CommandModule<object, ReplayArguments> = {
  command: 'replay <finding>',
  describe: 'judge a finding again: exit 1 if it still diverges, 0 if not',
  builder: (argv) =>
    argv
      .positional('finding', { type: 'string', demandOption: true, describe: 'a finding.json' })
      .option('subject', { type: 'string', describe: 'the module that the finding blames' })
      .option('original', {
        type: 'boolean',
        default: false,
        describe: 'the case as it was before shrinking',
      })
      .option('case-timeout', { type: 'string', describe: 'kill a call that takes longer (default 10s)' })
      .option('script', {
        type: 'boolean',
        default: false,
        describe: 'print a program that shows it without logitfuzz; judges nothing',
      })
      .option('json', { type: 'boolean', default: false, describe: 'one JSON document on stdout' })
      .example('$0 replay reports/…/finding.json --subject ./my-kernels.ts', 'does it still diverge?')
      .example('$0 replay reports/…/finding.json --script > show.mjs', 'for a report upstream') as never,
  async handler(args) {
    const finding = loadFinding(args.finding);
    if (args.script) return terminal.print(scriptOf(finding, args));
    const replayed = await replay(finding, args);
    process.exitCode = replayed.stillDiverges ? 1 : 0;
    if (args.json)
      terminal.print(JSON.stringify(toJson(finding, replayed, Number(process.exitCode)), null, 2));
    else terminal.print(renderReplay(finding, replayed, args.original ? finding.original : finding.minimal));
  },
};

/** A module that only the finding names is not put into a program either. */
function scriptOf(finding: Finding, { subject, original, json }: ReplayArguments): string {
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
  return findingScript(finding, { case: c, exact: answer.exact, allowed, module: subject ?? null });
}

async function replay(finding: Finding, args: ReplayArguments): Promise<Replayed> {
  const folder = openJournalFolder();
  const caseTimeoutMs =
    args.caseTimeout === undefined
      ? defaults.caseTimeoutMs
      : parseDurationMs('case-timeout', args.caseTimeout);
  try {
    const worker = await startWorker(
      {
        subject: args.subject ?? null,
        references: referenceNames,
        seed: '0',
        operations: [finding.operation],
        formats: [finding.format],
        corpus: [],
        runs: null,
        shard: { number: 1, of: 1 },
        rssLimitMb: defaults.rssLimitMb,
        shrinkEvaluations: 0,
        maximize: false,
      },
      { journal: join(folder.path, 'journal'), caseTimeoutMs, startTimeoutMs: 120_000 },
    );
    try {
      checkBlamed(finding, worker, args.subject);
      const reply = await worker.run({
        kind: 'explain',
        case: args.original ? finding.original : finding.minimal,
        preceded: precededBy(finding),
      });
      if (reply.kind === 'died') return ofDeath(finding, reply);
      if (reply.kind !== 'explained') throw new Error(`a worker answered '${reply.kind}' to explain`);
      return ofExplanation(finding, reply.explanation);
    } finally {
      worker.stop();
    }
  } finally {
    folder.remove();
  }
}

function checkBlamed(finding: Finding, { ready }: Worker, subject: string | undefined): void {
  if (finding.blame === 'subject') {
    if (finding.subject.name === ready.subject.name) return;
    if (finding.subject.name === anonymousSubject && subject !== undefined) return;
    const wanted = finding.subject.module ?? finding.subject.name;
    throw new UsageError(
      `the finding blames the subject ${JSON.stringify(finding.subject.name)}, and ${JSON.stringify(ready.subject.name)} is loaded: ` +
        `name its module, which was ${JSON.stringify(wanted)}, with --subject`,
    );
  }
  const reference = ready.references.find(({ name }) => name === finding.blame);
  if (reference?.available === true) return;
  throw new InfrastructureError(
    `the finding blames ${finding.blame}, which is not here: ${reference?.reason ?? `there are ${referenceNames.join(', ')}`}`,
  );
}

/** Long enough for what the call leaves behind: a timer may end the process after it. */
const lingerMs = 300;

/** The cases that the finding depends on are asked again first. */
function precededBy({ history = [], rounds = 1 }: Finding): Preceded {
  return { before: history, rounds, lingerMs };
}

/** What ends the process between two calls was left behind, and the references leave nothing behind. */
function ofDeath(finding: Finding, death: WorkerDeath): Replayed {
  const place = death.cause === 'stray' ? 0 : death.at?.place;
  const isCalled = death.cause === 'stray' || death.at?.stage === 'judge';
  const isBlamed = isCalled && (place === 0) === (finding.blame === 'subject');
  if (!isBlamed)
    throw new InfrastructureError(
      `another implementation than ${finding.blame} ended the process: ${describeDeath(death.outcome)}`,
    );
  return {
    stillDiverges: true,
    isSame: finding.symptom === death.outcome.kind,
    explanation: null,
    death: describeDeath(death.outcome),
  };
}

function ofExplanation(finding: Finding, explanation: Explanation): Replayed {
  const blamed = blamedIn(finding, explanation);
  const stillDiverges = blamed.verdict.kind === 'diverge';
  const at = blamed.signatures.indexOf(finding.seenAs ?? finding.signature);
  const divergence = blamed.verdict.kind === 'diverge' ? blamed.verdict.divergences[at] : undefined;
  const isSame =
    divergence !== undefined &&
    (finding.oracle === 'conduct'
      ? finding.sentence.endsWith(divergence.detail) // what depends on earlier calls says so first
      : isSameDivergence(finding, divergence) && isSameAnswer(finding, blamed.values));
  return { stillDiverges, isSame, explanation, death: null };
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
