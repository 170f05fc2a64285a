/** The finding that a word names: `last`, or the beginning of its hash. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { findingPaths, loadFinding, loadFindings } from '../archive/finding-file.ts';
import { allRuns, type RunFolder } from '../archive/run-folder.ts';
import type { Finding } from '../case/finding.ts';
import { UsageError } from '../contract/failure.ts';
import { byWeight } from '../report/order.ts';
import { plainText } from '../text/plain-text.ts';

export interface FindingAt {
  readonly finding: Finding;
  readonly path: string;
}

/** The beginning of a signature's SHA-256, as the folder of its finding ends with. */
const slugHash = /[-/]([0-9a-f]{10})\/finding\.json$/;
const prefixPattern = /^[0-9a-f]{4,64}$/;
const listedMax = 8;

/** Whether it names a finding by a word: what is on the disk under that name is a path. */
export function isWord(text: string): boolean {
  return (text === 'last' || prefixPattern.test(text)) && !existsSync(text);
}

/**
 * `last` is what the newest run under the root tells first of its findings. A hash is looked for in all runs,
 * of which the newest counts that has it.
 * @throws UsageError that lists what there is where the word names nothing, or more than one.
 */
export function findingOfWord(word: string, root: string): FindingAt {
  return word === 'last' ? lastFinding(root) : findingByHash(word, root);
}

function lastFinding(root: string): FindingAt {
  const newest = allRuns(root).at(-1);
  if (newest === undefined)
    throw new UsageError(`there is no run under ${root}/runs: make one with npx logitfuzz fuzz`);
  const [first] = [...loadFindings(newest.path)].sort((a, b) => byWeight(a.finding, b.finding));
  if (first !== undefined) return first;
  const earlier = runsWithFindings(root).at(-1);
  const hint = earlier === undefined ? '' : `; the newest that found anything is ${earlier.path}`;
  throw new UsageError(`the newest run, ${newest.path}, found nothing${hint}`);
}

function runsWithFindings(root: string): readonly RunFolder[] {
  return allRuns(root).filter(({ path }) => findingPaths(path).length > 0);
}

function findingByHash(prefix: string, root: string): FindingAt {
  const paths = new Map<string, string>(); // of each hash, in the newest run that has it
  for (const run of allRuns(root))
    for (const path of findingPaths(run.path)) {
      const hash = slugHash.exec(path)?.[1];
      if (hash !== undefined) paths.set(hash, path);
    }
  const found = [...paths].filter(([hash]) => prefix.startsWith(hash) || hash.startsWith(prefix));
  const [first, ...others] = found.map(([, path]) => path);
  if (first === undefined)
    throw new UsageError(
      `no finding under ${root}/runs has a hash that begins with ${prefix}: ${listed(paths)}`,
    );
  if (others.length > 0)
    throw new UsageError(
      `${found.length} findings have a hash that begins with ${prefix}: ${listed(new Map(found))}`,
    );
  const finding = loadFinding(first);
  const whole = createHash('sha256').update(finding.signature).digest('hex');
  if (whole.startsWith(prefix)) return { finding, path: first };
  throw new UsageError(`no finding has the hash ${prefix}: the nearest is ${whole}, ${first}`);
}

/** The hashes with the folders that end with them, newest first. */
function listed(paths: ReadonlyMap<string, string>): string {
  const names = [...paths]
    .reverse()
    .map(([hash, path]) => `${hash} (${plainText(path.split('/').at(-2)!, 120)})`);
  if (names.length === 0) return 'there is none';
  const rest = names.length - listedMax;
  return `there ${names.length === 1 ? 'is' : 'are'} ${names.slice(0, listedMax).join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
}
