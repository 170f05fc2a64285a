/**
 * Libraries, each judged alone: of which version how many cases diverged, what of that the
 * ledger explains, and the faults by name. `npm run series:libraries -- torch jax --cases 20000 --seeds 1,2`;
 * no name is all of them, `--formats float16,bfloat16` asks other formats than float32 and float64,
 * `--python` names the interpreter, `--save` keeps the counts for docs/divergences.
 * Ends with 1 where something is not explained, and with 3 where a library is not there.
 */
import { existsSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { plainly } from '../src/case/call-form.ts';
import { caseSummary } from '../src/case/case-summary.ts';
import type { Case } from '../src/case/case.ts';
import type { Outcome } from '../src/case/outcome.ts';
import { UsageError } from '../src/contract/failure.ts';
import { directions, operations } from '../src/contract/subject.ts';
import { findingKey } from '../src/examine/finding-key.ts';
import { formats, isHalf, nativeFormats, type Format } from '../src/float/format.ts';
import { generateCase } from '../src/generate/generate-case.ts';
import { judgeCase } from '../src/judge/judge-case.ts';
import { references } from '../reference/index.ts';
import type { Reference } from '../reference/reference.ts';
import { ledgerDocuments } from '../reference/ledger/documents.ts';
import {
  ledgerCountsSchema,
  type CountedCases,
  type LedgerCounts,
} from '../reference/ledger/ledger-counts.ts';
import type { Implementation } from '../src/subjects/implementation.ts';
import { isMain, repository } from './run.ts';

interface LibraryReport {
  readonly name: string;
  readonly version: string;
  readonly conventions: string;
  /** Those that it declines are not judged. */
  readonly judged: number;
  readonly declined: number;
  readonly inconclusive: number;
  readonly diverged: number;
  /** How often each entry of the ledger explains a divergence. */
  readonly explained: Readonly<Record<string, number>>;
  /** How often each signature came that none explains, and the first case of it. */
  readonly unexplained: ReadonlyMap<string, { count: number; readonly first: string }>;
}

/** So many cases in a frame. */
const frameCases = 64;

async function surveyLibrary(
  implementation: Implementation,
  { support }: Reference,
  { cases, seeds, formats }: Asked,
): Promise<LibraryReport> {
  const { name: blame, version } = implementation;
  const has = (operation: Case['operation'], direction: Case['direction']): boolean =>
    support.kernels[operation][direction] === true;
  const space = {
    operations: operations.filter((operation) => directions.some((direction) => has(operation, direction))),
    directions: directions.filter((direction) => operations.some((operation) => has(operation, direction))),
    formats: formats.filter((format) => support.formats.includes(format)),
  };
  const explained: Record<string, number> = {};
  const unexplained = new Map<string, { count: number; first: string }>();
  const count = { judged: 0, declined: 0, inconclusive: 0, diverged: 0 };
  const judge = async (c: Case, origin: string, subject: Implementation): Promise<void> => {
    const [{ verdict }] = await judgeCase(c, { subject, references: [] });
    if (verdict.kind === 'skip') {
      count.declined++;
      return;
    }
    count.judged++;
    if (verdict.kind === 'inconclusive') count.inconclusive++;
    if (verdict.kind !== 'diverge') return;
    count.diverged++;
    const divergence = verdict.divergences[0];
    const { signature, ledger } = findingKey({ case: c, blame, version, divergence });
    if (ledger !== null) {
      explained[ledger] = (explained[ledger] ?? 0) + 1;
      return;
    }
    const seen = unexplained.get(signature);
    if (seen === undefined)
      unexplained.set(signature, {
        count: 1,
        first: `${origin}: ${caseSummary(c)}: ${divergence.detail.slice(0, 200)}`,
      });
    else seen.count++;
  };
  for (const seed of seeds) {
    for (let first = 0; first < cases; first += frameCases) {
      const frame = Array.from({ length: Math.min(frameCases, cases - first) }, (_, i) =>
        plainly(generateCase({ seed: BigInt(seed), index: first + i }, space)),
      );
      const subject = await askedAtOnce(implementation, frame);
      for (const [i, c] of frame.entries()) await judge(c, `seed ${seed}, index ${first + i}`, subject);
    }
  }
  const { conventions = 'none' } = implementation;
  return { name: blame, version, conventions, ...count, explained, unexplained };
}

/** The implementation, with its answers to these cases at hand; it is asked all others one by one. */
async function askedAtOnce(implementation: Implementation, cases: readonly Case[]): Promise<Implementation> {
  const asked = cases.filter((c) => implementation.declines(c) === null);
  const outcomes = (await implementation.runMany?.(asked)) ?? [];
  const answers = new Map<Case, Outcome>(outcomes.map((outcome, i) => [asked[i]!, outcome]));
  return { ...implementation, run: (c) => answers.get(c) ?? implementation.run(c) };
}

function libraryText(report: LibraryReport): string {
  const { name, version, conventions, judged, declined, inconclusive, diverged } = report;
  const known = Object.entries(report.explained);
  const sum = known.reduce((all, [, count]) => all + count, 0);
  const fresh = [...report.unexplained].map(
    ([signature, { count, first }]) => `  NEW    ${signature}  ${count}\n         ${first}`,
  );
  return [
    `${name} ${version}: judged ${judged}, declined ${declined} (conventions: ${conventions}), inconclusive ${inconclusive}, diverged ${diverged}, explained ${sum}, not explained ${diverged - sum}`,
    ...known.map(([id, count]) => `  known  ${id.padEnd(34)}${count}`),
    ...fresh,
  ].join('\n');
}

/** The libraries of these names; all of them where there are none. */
function chosen(names: readonly string[]): readonly Reference[] {
  const libraries = references.filter(({ family }) => family !== 'TensorFlow.js');
  if (names.length === 0) return libraries;
  return names.map((name) => {
    const library = libraries.find((one) => one.name === name);
    if (library !== undefined) return library;
    throw new UsageError(
      `no library is called ${JSON.stringify(name)}: ${libraries.map((one) => one.name).join(', ')}`,
    );
  });
}

/** In a document there is a count of float32 and float64, and one of halves beside it. */
function saveCounts({ family }: Reference, report: LibraryReport, asked: Asked): void {
  const document = ledgerDocuments.find((one) => one.family === family);
  if (document === undefined) return;
  const path = join(repository, document.counts);
  const before = existsSync(path)
    ? ledgerCountsSchema.parse(JSON.parse(readFileSync(path, 'utf8')))
    : undefined;
  const isOfHalves = asked.formats.every(isHalf);
  const { halves, ...native } = before ?? {};
  const counted = countedWith(report, isOfHalves ? halves : (native as CountedCases), { family, ...asked });
  const saved: LedgerCounts = isOfHalves
    ? { ...(before ?? { ...counted, counts: {} }), halves: counted }
    : { ...native, ...counted, ...(halves === undefined ? {} : { halves }) };
  writeFileSync(path, `${JSON.stringify(saved, null, 2)}\n`);
}

/** With what was counted before, of other references of the family. */
function countedWith(
  report: LibraryReport,
  before: Partial<CountedCases> | undefined,
  { family, cases, seeds, formats }: Asked & { readonly family: string },
): CountedCases {
  const { cases: casesBefore = 0, counts = {} } = before ?? {};
  const names = references.filter((one) => one.family === family).map(({ name }) => name);
  const ids = [...new Set([...Object.keys(counts), ...Object.keys(report.explained)])];
  const named = formats.every(isHalf) ? ` --formats ${formats.join(',')}` : '';
  return {
    command: `npm run series:libraries -- ${names.join(' ')}${named} --cases ${cases} --seeds ${seeds.join(',')}`,
    cases: Math.max(report.judged, names.length === 1 ? 0 : casesBefore),
    unexplained: [...report.unexplained.values()].reduce((sum, { count }) => sum + count, 0),
    counts: Object.fromEntries(
      ids.map((id) => {
        const { [report.name]: _, ...others } = counts[id] ?? {};
        const own = report.explained[id];
        return [id, own === undefined ? others : { ...others, [report.name]: own }];
      }),
    ),
  };
}

interface Asked {
  readonly cases: number;
  readonly seeds: readonly string[];
  readonly formats: readonly Format[];
}

/** @throws UsageError where a name is none of a format's. */
function formatsNamed(text: string): readonly Format[] {
  return text.split(',').map((name) => {
    const format = formats.find((one) => one === name);
    if (format !== undefined) return format;
    throw new UsageError(`no format is called ${JSON.stringify(name)}: ${formats.join(', ')}`);
  });
}

/** Compiling each width, as JAX does, takes memory and time. */
const outside = { rssLimitMb: 12_000, caseTimeoutMs: 60_000 };

if (isMain(import.meta.url)) {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      cases: { type: 'string', default: '20000' },
      seeds: { type: 'string', default: '1,2' },
      formats: { type: 'string', default: nativeFormats.join(',') },
      python: { type: 'string' },
      save: { type: 'boolean', default: false },
    },
  });
  const asked: Asked = {
    cases: Number(values.cases),
    seeds: values.seeds.split(','),
    formats: formatsNamed(values.formats),
  };
  let [isMissing, isNew] = [false, false];
  for (const library of chosen(positionals)) {
    const loaded = await library.load({
      outside: { ...outside, ...(values.python === undefined ? {} : { python: values.python }) },
    });
    if (loaded.kind === 'missing') {
      writeSync(1, `${library.name} is not there: ${loaded.reason}; ${loaded.remedy}\n`);
      isMissing = true;
      continue;
    }
    const report = await surveyLibrary(loaded.implementation, library, asked);
    loaded.implementation.dispose?.();
    writeSync(1, `${libraryText(report)}\n`);
    if (values.save) saveCounts(library, report, asked);
    isNew ||= report.unexplained.size > 0;
  }
  process.exitCode = isNew ? 1 : isMissing ? 3 : 0;
}
