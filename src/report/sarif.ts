/**
 * The causes of what a run found of the subject as SARIF 2.1.0. What references get wrong is not the
 * subject's code, and not in it. Pure.
 */
import { createHash } from 'node:crypto';
import { isAbsolute } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Log, PhysicalLocation, ReportingDescriptor, Result } from 'sarif';
import { growthText, standingOf } from '../text/growth-text.ts';
import { plainText } from '../text/plain-text.ts';
import { isHalf } from '../float/format.ts';
import type { FindingSummary, ListedFinding, RunRecord } from '../archive/run-record.ts';
import type { Severity, Symptom } from '../case/verdict.ts';
import { missingSentence } from './drawn-text.ts';
import { placeOf, type KernelPlaces } from './kernel-places.ts';
import { replayLines } from './replay-lines.ts';
import { casesOf, kindsText, toldCauses, whereLines, type ToldCause } from './told-causes.ts';
import { severityClassText } from '../text/severity-text.ts';
import { symptomTexts, valueSymptoms } from './symptoms.ts';

/** `places` says at which lines the kernels stand; without, the first of the module is named. */
export function renderSarif(run: RunRecord, places: KernelPlaces = {}): string {
  const causes = toldCauses(run).filter(({ finding }) => finding.blame === 'subject');
  const ids = [...new Set(causes.map(({ finding }) => ruleIdOf(finding)))].sort();
  const log: Log = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'logitfuzz',
            version: run.tool,
            rules: [
              ...ids.map((id) => ruleOf(id, { hasHalves: hasHalves(causes, id) })),
              ...rulesOfMissing(run),
            ],
          },
        },
        automationDetails: { id: `logitfuzz/${run.command}/` },
        invocations: [
          {
            executionSuccessful: run.exitCode < 2,
            exitCode: run.exitCode,
            startTimeUtc: run.startedAt,
            endTimeUtc: endOf(run),
          },
        ],
        columnKind: 'utf16CodeUnits',
        results: [
          ...causes.map((cause) => resultOf(cause, { run, places, ids })),
          ...missingResults(run, ids.length),
        ],
        properties: { seed: run.seed, cases: run.cases, stoppedBy: run.stoppedBy, run: run.run },
      },
    ],
  };
  return `${JSON.stringify(log, null, 2)}\n`;
}

function endOf({ startedAt, seconds }: RunRecord): string {
  return new Date(Date.parse(startedAt) + 1000 * seconds).toISOString();
}

/** A class of divergence: what shows, and how bad it is. */
function ruleIdOf({ severity, symptom }: FindingSummary): string {
  return `${severity}-${symptom}`;
}

function hasHalves(causes: readonly ToldCause[], id: string): boolean {
  return causes.some(({ finding }) => ruleIdOf(finding) === id && isHalf(finding.format));
}

function ruleOf(id: string, { hasHalves }: { readonly hasHalves: boolean }): ReportingDescriptor {
  const [severity, symptom] = /^(wrong|inaccurate)-(.*)$/.exec(id)!.slice(1) as [Severity, Symptom];
  const isConduct = !valueSymptoms.has(symptom);
  const meaning = severityClassText(severity, { isConduct, hasHalves });
  return {
    id,
    name: id.replaceAll(/(?:^|-)([a-z])/g, (_, letter: string) => letter.toUpperCase()),
    shortDescription: { text: `${symptomTexts[symptom]}.` },
    fullDescription: { text: `${symptomTexts[symptom]}. ${meaning}` },
    help: {
      text: 'Replay the finding with the command in its message: it prints every implementation’s answer.',
    },
    defaultConfiguration: { level: severity === 'wrong' ? 'error' : 'warning' },
    properties: { severity, symptom },
  };
}

const [kindsMax, signaturesMax] = [600, 50];
/** GitHub refuses results with many more. */
const kernelsMax = 9;

function resultOf(
  told: ToldCause,
  { run, places, ids }: { run: RunRecord; places: KernelPlaces; ids: readonly string[] },
): Result {
  const { finding, others, cause } = told;
  const { signature, known, sentence, format, oracle, alsoBy, ulps, worst } = finding;
  const kernels = new Set([finding, ...others].map((f) => `${f.operation}/${f.direction}`));
  const kinds = kindsText(told, kindsMax);
  const lines = [
    ...(worst === undefined ? [] : [plainText(worst, 1_000)]),
    ...whereLines(cause),
    ...(kinds === null ? [] : [kinds]),
  ];
  const ruleId = ruleIdOf(finding);
  const grown = growthText(finding);
  const place = placeOf(places, finding);
  const location =
    place === null
      ? physicalLocationOf(run.subject.module)
      : physicalLocationOf(`./${place.path}`, place.line);
  return {
    ruleId,
    ruleIndex: ids.indexOf(ruleId),
    level: levelOf(finding),
    ...(run.baseline === undefined ? {} : { baselineState: baselineStateOf(finding) }),
    message: {
      text: `${[`${plainText(sentence, 1_000)}${grown === '' ? '' : ` (${grown})`}`, ...lines].join('\n')}\n\n${replayLines(finding).join('\n')}`,
    },
    locations: [
      {
        ...(location === null ? {} : { physicalLocation: location }),
        logicalLocations: [...kernels].slice(0, kernelsMax).map((name) => ({ name, kind: 'function' })),
      },
    ],
    partialFingerprints: {
      'logitfuzzSignature/v1': signature,
      'logitfuzzCause/v1': cause.id,
      // GitHub tells results of one line apart by this one only.
      primaryLocationLineHash: `${createHash('sha256')
        .update(`${cause.id}${finding.growth === undefined ? '' : ' grown'}`)
        .digest('hex')
        .slice(0, 16)}:1`,
    },
    properties: {
      replay: finding.replay,
      ...(finding.replayAnywhere === undefined ? {} : { replayAnywhere: finding.replayAnywhere }),
      case: plainText(finding.case, 300),
      deviation: plainText(finding.deviation, 300),
      path: finding.path,
      format,
      oracle,
      alsoBy,
      count: casesOf(told),
      signatures: cause.signatures.slice(0, signaturesMax),
      ratio: finding.ratio ?? null,
      ulps,
      known,
    },
  };
}

const missingRule: ReportingDescriptor = {
  id: 'missing-kernel',
  name: 'MissingKernel',
  shortDescription: { text: 'A kernel that has to be exported is not.' },
  defaultConfiguration: { level: 'error' },
};

function rulesOfMissing({ missingKernels = [] }: RunRecord): readonly ReportingDescriptor[] {
  return missingKernels.length === 0 ? [] : [missingRule];
}

function missingResults({ missingKernels = [], subject }: RunRecord, ruleIndex: number): readonly Result[] {
  const location = physicalLocationOf(subject.module);
  return missingKernels.map((missing) => ({
    ruleId: missingRule.id,
    ruleIndex,
    level: 'error',
    message: { text: missingSentence(missing) },
    locations: [
      {
        ...(location === null ? {} : { physicalLocation: location }),
        logicalLocations: [{ name: missing.kernel, kind: 'function' }],
      },
    ],
  }));
}

function baselineStateOf(finding: ListedFinding): 'new' | 'updated' | 'unchanged' {
  const standing = standingOf(finding);
  if (standing === 'grown') return 'updated';
  return standing === 'known' ? 'unchanged' : 'new';
}

function levelOf(finding: ListedFinding): 'error' | 'warning' | 'note' {
  if (finding.fails) return 'error';
  return standingOf(finding) === 'known' ? 'note' : 'warning';
}

/** Null for a module that is no file: the package's own kernels, or another package. */
function physicalLocationOf(module: string | null, startLine = 1): PhysicalLocation | null {
  if (module === null || !/^file:|^\.{0,2}[/\\]|\.[cm]?[jt]s$/.test(module)) return null;
  const isLocal = !module.startsWith('file:') && !isAbsolute(module);
  const path = module
    .replaceAll('\\', '/')
    .replace(/^\.\//, '')
    .replaceAll(/\p{Cs}/gu, '\uFFFD');
  const uri = isLocal
    ? path.split('/').map(encodeURIComponent).join('/')
    : module.startsWith('file:')
      ? module
      : pathToFileURL(module).href;
  return {
    artifactLocation: { uri, ...(isLocal ? { uriBaseId: '%SRCROOT%' } : {}) },
    region: { startLine },
  };
}
