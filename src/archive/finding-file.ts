/** Findings on disk: `<run>/findings/<slug>/finding.json`, and a README.md beside it for a person. */
import { caseFromJson } from '../case/case-json.ts';
import { outputShape } from '../case/case.ts';
import { blamedName, findingSchema, findingSlug, type Finding } from '../case/finding.ts';
import { tensorFromJson } from '../case/tensor-json.ts';
import { UsageError } from '../contract/failure.ts';
import { isSameShape, sizeOf } from '../tensor/tensor.ts';
import {
  isThere,
  makeFolder,
  namesIn,
  readData,
  realFileSystem,
  removePath,
  writeFile,
  type FileSystem,
} from './file-system.ts';
import { deviationText } from '../text/deviation.ts';
import { findingReadme } from '../text/finding-readme.ts';
import { replayCommand } from '../text/replay-command.ts';
import { inPosix, type RunFolder } from './run-folder.ts';
import type { FindingSummary } from './run-record.ts';

const findingName = 'finding.json';

/**
 * Writes the finding and its README, over those of the same signature. The finding comes last: where it is,
 * all is.
 * @returns the path of its finding.json.
 * @throws as `createRun` does.
 */
export function saveFinding(run: RunFolder, finding: Finding, fs: FileSystem = realFileSystem): string {
  const path = findingPath(run, finding);
  const folder = inPosix(path, '..');
  makeFolder(fs, folder);
  writeFile(fs, inPosix(folder, 'README.md'), findingReadme(finding, path));
  writeFile(fs, path, `${JSON.stringify(finding, null, 2)}\n`);
  return path;
}

/** Removes the findings of the run's folder that are not among `kept`. */
export function keepFindings(
  run: RunFolder,
  kept: readonly Finding[],
  fs: FileSystem = realFileSystem,
): void {
  const slugs = new Set(kept.map((finding) => findingSlug(finding)));
  const folder = inPosix(run.path, 'findings');
  for (const slug of namesIn(fs, folder) ?? []) if (!slugs.has(slug)) removePath(fs, inPosix(folder, slug));
}

/** Where `saveFinding` puts it. */
export function findingPath(run: RunFolder, finding: Finding): string {
  return inPosix(run.path, 'findings', findingSlug(finding), findingName);
}

/**
 * Reads a finding.json, or the one in a folder. Data only: it loads no module, and both of its cases are
 * valid.
 * @throws UsageError naming the file and what is wrong with it.
 */
export function loadFinding(path: string, fs: FileSystem = realFileSystem): Finding {
  const { data, path: file } = readData(fs, path, { schema: findingSchema, name: findingName });
  checkFinding(data, file);
  return data;
}

/** Every finding of a run's folder, by slug. */
export function loadFindings(
  runPath: string,
  fs: FileSystem = realFileSystem,
): readonly { readonly finding: Finding; readonly path: string }[] {
  const folder = inPosix(runPath, 'findings');
  return (namesIn(fs, folder) ?? [])
    .map((slug) => inPosix(folder, slug, findingName))
    .filter((path) => isThere(fs, path))
    .map((path) => ({ finding: loadFinding(path, fs), path }));
}

function checkFinding(finding: Finding, file: string): void {
  caseFromJson(finding.original, { name: `${file}: original` });
  const minimal = caseFromJson(finding.minimal, { name: `${file}: minimal` });
  if (minimal.operation !== finding.operation || minimal.direction !== finding.direction) {
    throw new UsageError(
      `${file} is of ${finding.operation}/${finding.direction}, but its minimal case is not`,
    );
  }
  const shape = outputShape(minimal);
  for (const name of ['exact', 'careful', 'naive'] as const) {
    if (finding[name] === null) continue;
    const tensor = tensorFromJson(finding[name], { name: `${file}: ${name}` });
    if (!isSameShape(tensor.shape, shape)) {
      throw new UsageError(
        `${file}: ${name} has shape [${tensor.shape.join(', ')}], not [${shape.join(', ')}]`,
      );
    }
  }
  if (finding.got !== null) tensorFromJson(finding.got, { name: `${file}: got` });
  if (finding.element !== null && finding.element >= sizeOf(shape)) {
    throw new UsageError(
      `${file}: element ${finding.element} is not within the ${sizeOf(shape)} of the output`,
    );
  }
}

/** The finding in a few fields. */
export function findingSummary(finding: Finding, path: string): FindingSummary {
  return {
    signature: finding.signature,
    operation: finding.operation,
    direction: finding.direction,
    format: finding.format,
    oracle: finding.oracle,
    alsoBy: finding.alsoBy,
    blame: finding.blame,
    severity: finding.severity,
    symptom: finding.symptom,
    known: finding.known,
    ledger: finding.ledger,
    count: finding.count,
    ulps: finding.ulps,
    case: finding.case,
    sentence: finding.sentence,
    implementation: blamedName(finding),
    deviation: deviationText(finding),
    replay: replayCommand(finding, path),
    path,
  };
}
