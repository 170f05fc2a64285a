/** Reads a run for merging: one that came to its end, with every finding that it lists. */
import { loadFindings } from '../archive/finding-file.ts';
import { refuseOwned } from '../archive/ownership.ts';
import { isInRun, loadRun, folderAt } from '../archive/run-folder.ts';
import { planName } from '../campaign/plan-file.ts';
import { UsageError } from '../contract/failure.ts';
import { isBeyondShard } from './claims.ts';
import { partName, type RunAt } from './union.ts';

/**
 * Reads a run by the path of its folder, or of its run.json.
 * @throws UsageError naming the run and what is wrong with it.
 */
export function readRun(path: string): RunAt {
  const folder = folderAt(path);
  refuseOwned(folder);
  if (!isInRun(folder, 'run.json') && isInRun(folder, planName)) {
    throw new UsageError(
      `${folder.path} was killed before its end: resume it first, with npx logitfuzz fuzz --resume ${folder.path}`,
    );
  }
  const record = loadRun(folder.path);
  const strange = record.parts.concat(record.spareParts ?? []).find(isBeyondShard);
  if (strange !== undefined)
    throw new UsageError(`${folder.path} says that ${partName(strange)} covers cases which are none of it`);
  const found = new Map(loadFindings(folder.path).map(({ finding }) => [finding.signature, finding]));
  const findings = record.findings.map(({ signature }) => {
    const finding = found.get(signature);
    if (finding !== undefined) return finding;
    throw new UsageError(`${folder.path} lists the finding ${signature}, and holds no finding.json of it`);
  });
  return { path: folder.path, record, findings };
}
