/** The corpus: committed cases, one a file, each with the reason why it is there, and where it came from. */
import { z } from 'zod';
import { caseFromJson, caseSchema, type CaseJson } from '../case/case-json.ts';
import { blamedName, type Finding } from '../case/finding.ts';
import { slugFrom } from '../case/signature.ts';
import { UsageError } from '../contract/failure.ts';
import {
  makeFolder,
  namesIn,
  readData,
  realFileSystem,
  removePath,
  writeFile,
  type FileSystem,
} from './file-system.ts';
import { inPosix } from './run-folder.ts';

export type CorpusOrigin =
  /** Put there by a person: never pruned. */
  | { readonly kind: 'hand' }
  /** The smallest case of a finding; `blamed` is the name of the implementation. */
  | { readonly kind: 'found'; readonly signature: string; readonly blamed: string };

export interface CorpusEntry {
  readonly schemaVersion: 1;
  /** The entry's name, which is also its file's without the ending: small letters, digits and hyphens. */
  readonly name: string;
  /** A sentence: what once went wrong on it. */
  readonly why: string;
  readonly origin: CorpusOrigin;
  readonly case: CaseJson;
}

const namePattern = /^[a-z0-9][a-z0-9-]{0,119}$/; // as long as a slug

const originSchema: z.ZodType<CorpusOrigin> = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('hand') }),
  z.strictObject({ kind: z.literal('found'), signature: z.string(), blamed: z.string() }),
]);

export const corpusEntrySchema: z.ZodType<CorpusEntry> = z.strictObject({
  schemaVersion: z.literal(1),
  name: z.string().regex(namePattern, 'small letters, digits and hyphens'),
  why: z.string(),
  origin: originSchema.default({ kind: 'hand' }), // a file that says nothing of it was written by hand
  case: caseSchema,
});

/**
 * Sorted by name; every case is valid.
 * @throws UsageError where there is no such folder, or naming the broken file.
 */
export function loadCorpus(folder: string, fs: FileSystem = realFileSystem): readonly CorpusEntry[] {
  const names = namesIn(fs, folder);
  if (names === null) throw new UsageError(`there is no corpus folder ${folder}`);
  return names.filter((name) => name.endsWith('.json')).map((name) => loadEntry(inPosix(folder, name), fs));
}

function loadEntry(path: string, fs: FileSystem): CorpusEntry {
  const { data } = readData(fs, path, { schema: corpusEntrySchema, name: 'case.json' });
  if (!path.endsWith(`/${data.name}.json`))
    throw new UsageError(`${path} holds the entry ${JSON.stringify(data.name)}`);
  caseFromJson(data.case, { name: path });
  return data;
}

/** Saves an entry, over one of the same name. @returns its path. */
export function saveToCorpus(folder: string, entry: CorpusEntry, fs: FileSystem = realFileSystem): string {
  if (!namePattern.test(entry.name)) {
    throw new UsageError(
      `${JSON.stringify(entry.name)} is no name for a corpus entry: small letters, digits and hyphens`,
    );
  }
  makeFolder(fs, folder);
  const path = inPosix(folder, `${entry.name}.json`);
  writeFile(fs, path, `${JSON.stringify(entry, null, 2)}\n`);
  return path;
}

export function removeFromCorpus(folder: string, name: string, fs: FileSystem = realFileSystem): void {
  removePath(fs, inPosix(folder, `${name}.json`));
}

/** The finding's smallest case, named after what it shows. */
export function entryOf(finding: Finding): CorpusEntry {
  const { operation, direction, format, symptom, signature } = finding;
  const blamed = finding.blame === 'subject' ? finding.subject.name : finding.blame;
  const needs = finding.history === undefined ? '' : ' It took the calls before it, which are not here.';
  return {
    schemaVersion: 1,
    name: slugFrom([operation, direction, format, blamed, symptom], `${blamed} ${signature}`),
    why: `Once ${finding.severity} of ${blamedName(finding)}: ${finding.sentence}${needs}`,
    origin: { kind: 'found', signature, blamed },
    case: finding.minimal,
  };
}

export interface Addition {
  /** The paths of the files that were written. */
  readonly paths: readonly string[];
  /** How many signatures have a case there already: theirs stay as they are. */
  readonly already: number;
  /** How many of the written need the calls before them, which a corpus does not keep. */
  readonly alone: number;
}

/** The smallest case of each finding: one for a signature and an implementation, whatever was there first. */
export function addToCorpus(
  folder: string,
  findings: readonly Finding[],
  fs: FileSystem = realFileSystem,
): Addition {
  const keyOf = (origin: CorpusOrigin): string =>
    origin.kind === 'hand' ? '' : `${origin.blamed} ${origin.signature}`;
  const there = namesIn(fs, folder) === null ? [] : loadCorpus(folder, fs);
  const taken = new Set(there.map(({ origin }) => keyOf(origin)));
  const paths: string[] = [];
  let alone = 0;
  for (const finding of findings) {
    const entry = entryOf(finding);
    if (taken.has(keyOf(entry.origin))) continue;
    taken.add(keyOf(entry.origin));
    paths.push(saveToCorpus(folder, entry, fs));
    if (finding.history !== undefined) alone++;
  }
  return { paths, already: findings.length - paths.length, alone };
}
