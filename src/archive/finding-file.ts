/** Findings on disk: `<run>/findings/<slug>/finding.json`, and a README.md beside it for a person. */
import { caseFromJson } from '../case/case-json.ts';
import { outputShape } from '../case/case.ts';
import { blamedName, findingSchema, type Finding } from '../case/finding.ts';
import { canonicalFinding, representatives } from '../case/representative.ts';
import { signatureSlug } from '../case/signature.ts';
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
import { worstText } from '../text/worst-text.ts';
import { deviationText } from '../text/deviation.ts';
import { findingReadme } from '../text/finding-readme.ts';
import { portableCommand, replayCommand, type DrawnFrom } from '../text/replay-command.ts';
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
  writeFile(fs, path, `${JSON.stringify(canonicalFinding(finding), null, 2)}\n`);
  return path;
}

/** Removes the folders of the run that hold a finding which is not among `kept`, and nothing else. */
export function keepFindings(
  run: RunFolder,
  kept: readonly Finding[],
  fs: FileSystem = realFileSystem,
): void {
  const paths = new Set(kept.map((finding) => findingPath(run, finding)));
  for (const path of findingPaths(run.path, fs)) if (!paths.has(path)) removePath(fs, inPosix(path, '..'));
}

/** Where `saveFinding` puts it. */
export function findingPath(run: RunFolder, finding: Finding): string {
  return inPosix(run.path, 'findings', signatureSlug(finding.signature), findingName);
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

/**
 * The findings of a run's folder, each signature once, by the names of their folders. In runs of old, one
 * signature may have two: its finding had been found again at a lower index, with another symptom.
 */
export function loadFindings(
  runPath: string,
  fs: FileSystem = realFileSystem,
): readonly { readonly finding: Finding; readonly path: string }[] {
  const all = findingPaths(runPath, fs).map((path) => ({ finding: loadFinding(path, fs), path }));
  return representatives(all, ({ finding }) => finding);
}

/** The paths of the finding.json files in a run, by the names of their folders; none is read. */
export function findingPaths(runPath: string, fs: FileSystem = realFileSystem): readonly string[] {
  const folder = inPosix(runPath, 'findings');
  return (namesIn(fs, folder) ?? [])
    .map((slug) => inPosix(folder, slug, findingName))
    .filter((path) => isThere(fs, path));
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

/** The finding in a few fields; `drawn` as `portableCommand` has it. */
export function findingSummary(
  finding: Finding,
  path: string,
  drawn: DrawnFrom | null = null,
): FindingSummary {
  const anywhere = portableCommand(finding, drawn);
  const worst = worstText(finding);
  return {
    signature: finding.signature,
    ...(finding.formerly === undefined ? {} : { formerly: finding.formerly }),
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
    ...(finding.ratio === undefined ? {} : { ratio: finding.ratio }),
    ...(finding.growth === undefined ? {} : { growth: finding.growth }),
    ulps: finding.ulps,
    case: finding.case,
    sentence: finding.sentence,
    ...(finding.confirmed === undefined ? {} : { confirmed: finding.confirmed }),
    implementation: blamedName(finding),
    deviation: deviationText(finding),
    ...(worst === null ? {} : { worst }),
    replay: replayCommand(finding, path),
    ...(anywhere === null ? {} : { replayAnywhere: anywhere }),
    path,
  };
}
