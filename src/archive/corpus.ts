/** The corpus: committed cases, one a file, each with the reason why it is there. */
import { z } from 'zod';
import { caseFromJson, caseSchema, type CaseJson } from '../case/case-json.ts';
import { UsageError } from '../contract/failure.ts';
import { makeFolder, namesIn, readData, realFileSystem, writeFile, type FileSystem } from './file-system.ts';
import { inPosix } from './run-folder.ts';

export interface CorpusEntry {
  readonly schemaVersion: 1;
  /** Also its file's name, without the ending: small letters, digits and hyphens. */
  readonly name: string;
  /** A sentence: what once went wrong on it. */
  readonly why: string;
  readonly case: CaseJson;
}

const namePattern = /^[a-z0-9][a-z0-9-]{0,99}$/;

const entrySchema: z.ZodType<CorpusEntry> = z.strictObject({
  schemaVersion: z.literal(1),
  name: z.string().regex(namePattern, 'small letters, digits and hyphens'),
  why: z.string(),
  case: caseSchema,
});

/** Sorted by name; every case is valid. @throws UsageError where there is no such folder, or naming the broken file. */
export function loadCorpus(folder: string, fs: FileSystem = realFileSystem): readonly CorpusEntry[] {
  const names = namesIn(fs, folder);
  if (names === null) throw new UsageError(`there is no corpus folder ${folder}`);
  return names.filter((name) => name.endsWith('.json')).map((name) => loadEntry(inPosix(folder, name), fs));
}

function loadEntry(path: string, fs: FileSystem): CorpusEntry {
  const { data } = readData(fs, path, { schema: entrySchema, name: 'case.json' });
  if (!path.endsWith(`/${data.name}.json`))
    throw new UsageError(`${path} holds the entry ${JSON.stringify(data.name)}`);
  caseFromJson(data.case, { name: path });
  return data;
}

/** Over an entry of the same name. @returns its path. */
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
