/**
 * Judges one case that no finding holds: of a blob, or as a campaign draws it. Loads no module but the
 * subject that the command line, or the configuration, names.
 */
import { readData, realFileSystem } from '../archive/file-system.ts';
import { caseFromBlob } from '../case/case-blob.ts';
import { caseFromJson, caseSchema, caseToJson, type CaseJson } from '../case/case-json.ts';
import { UsageError } from '../contract/failure.ts';
import { referenceNames } from '../../reference/index.ts';
import { blamedIn } from '../examine/explain.ts';
import type { SubjectState } from '../examine/sighting.ts';
import { renderCase, type JudgedCase } from '../report/render-case.ts';
import type { Worker } from '../worker/supervise.ts';
import type { ConnectionArguments } from './connection-options.ts';
import { nearestOf } from './nearest.ts';
import { parseDraw, type DrawArguments } from './replay-draw.ts';
import { implementationsJson } from './replay-json.ts';
import { checkReference, deathOf, explainBy, withWorker } from './replay-worker.ts';
import { connectionIn, textOf, type Settings } from './settings.ts';
import { terminal } from './terminal.ts';

export interface CaseArguments extends DrawArguments {
  readonly case?: string;
  readonly blame?: string;
  readonly references?: string;
  readonly caseTimeout?: string;
  readonly json: boolean;
}

/** @returns the exit code: 1 where the implementation that is asked about diverges. */
export async function replayCase(args: CaseArguments, settings: Settings): Promise<number> {
  const blame = blameOf(args.blame, args.references);
  const caseOf = caseAsked(args, settings);
  const judged = await withWorker({ ...args, blame, ...subjectIn(settings) }, async (worker) => {
    if (blame !== 'subject') checkReference(blame, 'the command', worker);
    return judge(caseOf(worker.ready.subject), blame, worker);
  });
  const { diverges } = judged;
  const exitCode = diverges ? 1 : 0;
  if (args.json) terminal.printJson(toJson(judged, exitCode));
  else terminal.print(renderCase(judged));
  return exitCode;
}

/** What the flags say is read before anything is loaded. */
function caseAsked(args: CaseArguments, settings: Settings): (subject: SubjectState) => CaseJson {
  if (args.case === undefined) {
    const draw = parseDraw(args, settings);
    return (subject) => caseToJson(draw(subject));
  }
  const c = args.case.endsWith('.json') ? caseOfFile(args.case) : caseFromBlob(args.case);
  return () => c;
}

function caseOfFile(path: string): CaseJson {
  const { data } = readData(realFileSystem, path, { schema: caseSchema, name: 'case.json' });
  caseFromJson(data, { name: path });
  return data;
}

/** The default subject stays unnamed. */
export function subjectIn(settings: Settings): ConnectionArguments & { readonly subject?: string } {
  const { subject } = settings;
  const connection = connectionIn(settings).connection ?? {};
  return subject === undefined || subject.from === 'default'
    ? connection
    : { subject: textOf(settings, 'subject')!, ...connection };
}

/** @throws UsageError for a name that nobody has. */
function blameOf(text = 'subject', references?: string): string {
  const known = ['subject', ...referenceNames];
  if (known.includes(text) || references !== undefined) return text; // it may be one of the user's own
  const meant = nearestOf(text, known);
  throw new UsageError(
    `--blame ${JSON.stringify(text)} is nobody's name; there are ${known.join(', ')}${meant === null ? '' : `; did you mean ${meant}?`}`,
  );
}

async function judge(c: CaseJson, blame: string, worker: Worker): Promise<JudgedCase> {
  const { subject, references } = worker.ready;
  const asked = { case: c, blame, subject, references };
  const answer = await explainBy(worker, c);
  if ('kind' in answer) return { ...asked, diverges: true, explanation: null, death: deathOf(blame, answer) };
  const diverges = blamedIn({ blame }, answer).verdict.kind === 'diverge';
  return { ...asked, diverges, explanation: answer, death: null };
}

function toJson({ blame, diverges, explanation, death }: JudgedCase, exitCode: number): object {
  return {
    schemaVersion: 1,
    command: 'replay',
    exitCode,
    blame,
    diverges,
    loss: death,
    implementations: implementationsJson(explanation),
  };
}
