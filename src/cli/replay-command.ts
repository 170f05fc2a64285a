/** `logitfuzz replay`: judges a finding's own bytes again. No generator, and no module that the finding names. */
import { join } from 'node:path';
import { openJournalFolder } from './journal-folder.ts';
import type { CommandModule } from 'yargs';
import { InfrastructureError, UsageError } from '../contract/failure.ts';
import { referenceNames } from '../../reference/index.ts';
import { loadFinding } from '../archive/finding-file.ts';
import { plainText } from '../archive/plain-text.ts';
import type { Finding } from '../case/finding.ts';
import { fromJsonNumber } from '../case/json-number.ts';
import type { ExplainedImplementation, Explanation } from '../campaign/explain.ts';
import { describeLoss, startWorker, type Loss, type Worker } from '../campaign/supervise.ts';
import { defaults } from './campaign-options.ts';
import { parseDurationMs } from './option-values.ts';
import { terminal } from './terminal.ts';

interface ReplayArguments {
  readonly finding: string;
  readonly subject?: string;
  readonly original: boolean;
  readonly caseTimeout?: string;
  readonly json: boolean;
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
      .option('json', { type: 'boolean', default: false, describe: 'one JSON document on stdout' }) as never,
  async handler(args) {
    const finding = loadFinding(args.finding);
    const replayed = await replay(finding, args);
    process.exitCode = replayed.stillDiverges ? 1 : 0;
    if (args.json)
      terminal.print(JSON.stringify(toJson(finding, replayed, Number(process.exitCode)), null, 2));
    else terminal.print(describe(finding, replayed));
  },
};

interface Replayed {
  readonly stillDiverges: boolean;
  /** The same signature, the same values and the same error, bit for bit. */
  readonly isSame: boolean;
  readonly explanation: Explanation | null;
  readonly loss: string | null;
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
      checkAccused(finding, worker);
      const reply = await worker.run({
        kind: 'explain',
        case: args.original ? finding.original : finding.minimal,
      });
      if (reply.kind === 'lost') return ofLoss(finding, reply);
      if (reply.kind !== 'explained') throw new Error(`a worker answered '${reply.kind}' to explain`);
      return ofExplanation(finding, reply.explanation);
    } finally {
      worker.stop();
    }
  } finally {
    folder.remove();
  }
}

function checkAccused(finding: Finding, { ready }: Worker): void {
  if (finding.blame === 'subject') {
    if (finding.subject.name === ready.subject.name) return;
    const wanted = finding.subject.module ?? finding.subject.name;
    throw new UsageError(
      `the finding blames the subject ${JSON.stringify(finding.subject.name)}, and ${JSON.stringify(ready.subject.name)} is loaded: ` +
        `name its module, which was ${JSON.stringify(wanted)}, with --subject`,
    );
  }
  const reference = ready.references.find(({ name }) => name === finding.blame);
  if (reference?.available === true) return;
  throw new InfrastructureError(
    `the finding blames ${finding.blame}, which is not here: ${reference?.reason ?? 'unknown'}`,
  );
}

function ofLoss(finding: Finding, loss: Loss): Replayed {
  const isBlamed = loss.at?.stage === 'judge' && (loss.at.place === 0) === (finding.blame === 'subject');
  if (!isBlamed)
    throw new InfrastructureError(
      `another implementation than ${finding.blame} ended the process: ${describeLoss(loss.outcome)}`,
    );
  return {
    stillDiverges: true,
    isSame: finding.symptom === loss.outcome.kind,
    explanation: null,
    loss: describeLoss(loss.outcome),
  };
}

function ofExplanation(finding: Finding, explanation: Explanation): Replayed {
  const accused = accusedIn(finding, explanation);
  const stillDiverges = accused.verdict.kind === 'diverge';
  const at = accused.signatures.indexOf(finding.signature);
  const divergence = accused.verdict.kind === 'diverge' ? accused.verdict.divergences[at] : undefined;
  const isSame =
    divergence !== undefined &&
    divergence.detail === finding.sentence &&
    Object.is(divergence.ulps, finding.ulps);
  return { stillDiverges, isSame, explanation, loss: null };
}

function accusedIn(finding: Finding, { implementations }: Explanation): ExplainedImplementation {
  const isAccused = ({ name, role }: ExplainedImplementation): boolean =>
    finding.blame === 'subject' ? role === 'subject' : role === 'reference' && name === finding.blame;
  return implementations.find(isAccused)!;
}

function describe(finding: Finding, { stillDiverges, isSame, explanation, loss }: Replayed): string {
  const lines = [
    `case      ${plainText(finding.case)}`,
    `finding   ${plainText(finding.sentence, 1_000)}`,
    `blamed    ${plainText(finding.blame === 'subject' ? finding.subject.name : finding.blame, 80)} (${finding.severity}, by ${finding.oracle})`,
    '',
  ];
  if (explanation !== null) {
    const { element } = finding;
    if (element !== null && explanation.exact !== null) {
      lines.push(`exact     ${explanation.exact[element]} at flat position ${element}`);
      lines.push(`allowed   ± ${finding.allowed === null ? 'nothing' : fromJsonNumber(finding.allowed)}`);
    }
    for (const implementation of explanation.implementations) lines.push(answerLine(implementation, element));
  }
  if (loss !== null) lines.push(`again     ${loss}`);
  lines.push('');
  if (!stillDiverges) lines.push('It does not diverge any more.');
  else
    lines.push(
      isSame ? 'It still diverges: the same verdict.' : 'It still diverges, but not in the same way.',
    );
  return lines.join('\n');
}

function answerLine(
  { name, version, verdict, values }: ExplainedImplementation,
  element: number | null,
): string {
  const value = element === null || values === null ? '' : `  ${values[element]}`;
  const reason =
    verdict.kind === 'diverge'
      ? `  ${plainText(verdict.divergences[0].detail, 1_000)}`
      : verdict.kind === 'skip'
        ? `  ${plainText(verdict.reason, 1_000)}`
        : '';
  return `${verdict.kind.padEnd(13)}${plainText(`${name}@${version}`, 80)}${value}${reason}`;
}

function toJson(
  finding: Finding,
  { stillDiverges, isSame, explanation, loss }: Replayed,
  exitCode: number,
): object {
  return {
    schemaVersion: 1,
    command: 'replay',
    exitCode,
    signature: finding.signature,
    stillDiverges,
    isSame,
    loss,
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
