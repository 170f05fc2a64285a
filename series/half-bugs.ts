/**
 * The mistakes of libraries in float16 and bfloat16, each found again by a campaign of its own, shrunk, and
 * explained by the ledger: `npm run series:half-bugs -- [library …] --python parts/venv/bin/python`.
 * Ends with 1 where one is not found, or something wrong is found that nothing explains, and with 3 where a
 * library is not there.
 */
import { spawnSync } from 'node:child_process';
import { writeSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ledgerEntryFor } from '../reference/ledger/ledger.ts';
import { saveToCorpus } from '../src/archive/corpus.ts';
import { loadFindings } from '../src/archive/finding-file.ts';
import { caseFromJson } from '../src/case/case-json.ts';
import { caseSummary } from '../src/case/case-summary.ts';
import type { Finding } from '../src/case/finding.ts';
import { tensorFromJson } from '../src/case/tensor-json.ts';
import { defaultPython } from '../src/connect/python.ts';
import { InfrastructureError } from '../src/contract/failure.ts';
import { plainText } from '../src/text/plain-text.ts';
import { knownBugs, type KnownBug } from './half-bugs/bugs.ts';
import { isMain, mainPath, repository, temporaryFolder } from './run.ts';

export interface Hunt {
  readonly command: string;
  /** The library's. */
  readonly version: string;
  readonly cases: number;
  /** What the entry explains; one whose index is negative was supplied. */
  readonly found: readonly Finding[];
  /** What is wrong and no entry explains. */
  readonly unexplained: readonly Finding[];
}

/**
 * The campaign of one bug, by the command line.
 * @throws InfrastructureError where it judged nothing.
 */
export function huntFor(bug: KnownBug, python: string): Hunt {
  const folder = temporaryFolder();
  try {
    for (const [i, c] of (bug.supplied ?? []).entries()) {
      const name = `supplied-${i + 1}`;
      saveToCorpus(join(folder.path, 'corpus'), {
        schemaVersion: 1,
        name,
        why: bug.title,
        origin: { kind: 'hand' },
        case: c,
      });
    }
    const args = argumentsOf(bug, python);
    const { stdout, stderr, status } = spawnSync(process.execPath, [mainPath, ...args, '--json'], {
      cwd: folder.path,
      encoding: 'utf8',
      maxBuffer: 2 ** 28,
    });
    if (status !== 0 && status !== 1)
      throw new InfrastructureError(`${bug.library}: ${plainText(stderr.trim() || stdout, 300)}`);
    const { run, cases, subject } = JSON.parse(stdout) as Summary;
    const findings = loadFindings(join(folder.path, run)).map(({ finding }) => finding);
    const explained = findings.map((finding) => entryOf(finding, bug.library));
    return {
      command: `logitfuzz ${args.map((one) => one.replace(repository, '')).join(' ')}`,
      version: subject.version,
      cases,
      found: findings.filter((_, i) => explained[i] === bug.entry),
      unexplained: findings.filter(({ severity }, i) => explained[i] === null && severity === 'wrong'),
    };
  } finally {
    folder.remove();
  }
}

/** What is read of it. */
interface Summary {
  readonly run: string;
  readonly cases: number;
  readonly subject: { readonly version: string };
}

function argumentsOf(
  { library, formats, kernels, seed, runs, supplied }: KnownBug,
  python: string,
): string[] {
  return [
    supplied === undefined ? 'fuzz' : 'gate',
    '--subject',
    join(repository, `reference/python/${library}_kernels.py`),
    '--python',
    python,
    '--references',
    'none',
    '--formats',
    formats.join(','),
    '--kernels',
    kernels.join(','),
    '--seed',
    String(seed),
    '--runs',
    String(runs),
    ...(supplied === undefined ? [] : ['--corpus', 'corpus', '--min-cases', '1']),
    '--case-timeout',
    '60s',
    '--rss-limit-mb',
    '9000',
    '--no-report',
  ];
}

/** The entry of the ledger that explains the minimal case of a finding, were the library a reference. */
function entryOf(finding: Finding, library: string): string | null {
  const { minimal, oracle, severity, symptom, sentence, law, element, guilty, ulps } = finding;
  const c = caseFromJson(minimal);
  const at = (name: 'got' | 'exact'): number | null => {
    const tensor = finding[name];
    return tensor === null || element === null ? null : tensorFromJson(tensor, { name }).data[element]!;
  };
  const divergence = {
    oracle,
    severity,
    symptom,
    detail: sentence,
    law,
    element,
    got: at('got'),
    exact: at('exact'),
    ulps,
    allowed: 0,
    guilty,
  };
  const { version } = finding.subject;
  return ledgerEntryFor({ case: c, blame: library, version, divergence })?.id ?? null;
}

function huntText(bug: KnownBug, { command, version, cases, found, unexplained }: Hunt): string {
  const first = found[0];
  const shown =
    first === undefined
      ? ['  NOT FOUND']
      : [
          `  found ${first.index === null || first.index < 0 ? 'in a supplied case' : `at index ${first.index}`}: ${caseSummary(caseFromJson(first.original))}`,
          `  shrunk in ${first.shrink.steps} steps to ${first.case}: ${plainText(first.sentence, 160)}`,
          `  explained by ${bug.entry}, as ${found.length} finding(s) of ${found.reduce((sum, { count }) => sum + count, 0)} case(s)`,
        ];
  return [
    `${bug.title}  (${bug.library} ${version}, ${cases} cases)`,
    `  ${command}`,
    ...shown,
    ...unexplained.map((one) => `  NEW ${one.case}: ${plainText(one.sentence, 160)}`),
  ].join('\n');
}

if (isMain(import.meta.url)) {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { python: { type: 'string', default: defaultPython() } },
  });
  let [isLost, isMissing] = [false, false];
  for (const bug of knownBugs) {
    if (positionals.length > 0 && !positionals.includes(bug.library)) continue;
    try {
      const hunt = huntFor(bug, values.python);
      writeSync(1, `${huntText(bug, hunt)}\n`);
      isLost ||= hunt.found.length === 0 || hunt.unexplained.length > 0;
    } catch (error) {
      if (!(error instanceof InfrastructureError)) throw error;
      writeSync(1, `${bug.title}\n  ${error.message}\n`);
      isMissing = true;
    }
  }
  process.exitCode = isLost ? 1 : isMissing ? 3 : 0;
}
