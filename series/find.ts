/**
 * The CPU seconds until each planted mutant is found, by this tool and by the loops that people write
 * instead: `npm run series:find -- [mutants…] [--seeds 3] [--cap 20]`, all native mutants where none is
 * named, about an hour. What was measured is kept in reports/find.jsonl (`--out`), and not measured again.
 * `--finders` names those to measure (logitfuzz, fast-check, hypothesis), `--again` measures them anew,
 * `--document` writes the section of docs/score.md, `--sample` takes the bench's twenty mutants, one seed and
 * short loops, and keeps nothing. Ends with 1 where this tool does not find a mutant within the cap.
 */
import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism, loadavg } from 'node:os';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { defaultPython } from '../src/connect/python.ts';
import { finderNames, loopNames, pythonName, toolName } from '../src/bench/find/finder-names.ts';
import type { FindJob } from '../src/bench/find/find-job.ts';
import { findRecordOf, type FindRecord } from '../src/bench/find/find-record.ts';
import { pythonMissing, searchInProcess, type Searched } from '../src/bench/find/measure-find.ts';
import { findLines } from '../src/bench/find/render-find.ts';
import { twentyMutants } from '../src/bench/find/twenty-mutants.ts';
import { mutants } from '../src/score/mutants/mutants.ts';
import { findSection } from './find-document.ts';
import { isMain, repository, rewriteDocument } from './run.ts';
import { withSection } from './score-sections.ts';

interface Plan {
  readonly mutants: readonly string[];
  readonly seeds: readonly string[];
  readonly capSeconds: number;
  /** The same of the loops; shorter in a sample, which only looks whether all of it works. */
  readonly loopCapSeconds: number;
  readonly finders: readonly string[];
  /** Where what was measured is kept; null: nowhere. */
  readonly out: string | null;
  readonly again: boolean;
  readonly python: string;
}

/** A line of the file: what one process found, and with which cap. */
interface Line extends Searched {
  readonly capSeconds: number;
}

const families = {
  logitfuzz: [toolName],
  'fast-check': loopNames,
  hypothesis: [pythonName],
} as const satisfies Record<string, readonly string[]>;

async function measure(plan: Plan): Promise<FindRecord> {
  const kept = plan.out === null || !existsSync(plan.out) ? [] : linesOf(readFileSync(plan.out, 'utf8'));
  const reason = plan.finders.includes(pythonName) ? pythonMissing(plan.python) : null;
  const lines = plan.again ? kept.map((line) => without(line, plan)) : [...kept];
  const isThere = (finder: string, mutant: string, seed: string): boolean =>
    lines.some(({ searches, capSeconds }) =>
      searches.some(
        (search) =>
          search.finder === finder &&
          search.mutant === mutant &&
          search.seed === seed &&
          (search.cpuSeconds !== null || capSeconds >= capOf(finder, plan)),
      ),
    );
  const search = async (job: FindJob): Promise<void> => {
    const line = { capSeconds: job.capSeconds, ...(await searchInProcess(job)) };
    lines.push(line);
    if (plan.out === null) return;
    mkdirSync(dirname(plan.out), { recursive: true });
    appendFileSync(plan.out, `${JSON.stringify(line)}\n`);
  };
  if (plan.again && plan.out !== null)
    writeFileSync(plan.out, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  for (const seed of plan.seeds) {
    for (const kind of ['loops', 'python'] as const) {
      const finder = kind === 'loops' ? loopNames[0]! : pythonName;
      if (!plan.finders.includes(finder) || (kind === 'python' && reason !== null)) continue;
      const due = plan.mutants.filter((mutant) => !isThere(finder, mutant, seed));
      if (due.length === 0) continue;
      console.error(`${finder}, seed ${seed}: ${due.length} mutants`);
      const loop = { mutants: due, seed: Number(seed), capSeconds: plan.loopCapSeconds };
      await search(kind === 'loops' ? { kind, ...loop } : { kind, ...loop, python: plan.python });
    }
  }
  if (plan.finders.includes(toolName)) {
    for (const [done, mutant] of plan.mutants.entries()) {
      if (done % 20 === 0) console.error(`${toolName}: ${done} of ${plan.mutants.length} mutants`);
      for (const seed of plan.seeds)
        if (!isThere(toolName, mutant, seed))
          await search({ kind: 'tool', mutant, seed, capSeconds: plan.capSeconds });
    }
  }
  const asked = new Set(plan.mutants);
  const isAsked = ({ mutant, seed }: { readonly mutant: string; readonly seed: string }): boolean =>
    asked.has(mutant) && plan.seeds.includes(seed);
  return findRecordOf(
    mutants.filter(({ name }) => asked.has(name)),
    {
      searches: lines.flatMap(({ searches }) => searches.filter(isAsked)),
      alarms: lines.flatMap(({ alarms }) => alarms.filter(({ seed }) => plan.seeds.includes(seed))),
      missing: reason === null ? [] : [{ name: pythonName, reason }],
      finders: finderNames,
      capSeconds: plan.capSeconds,
    },
  );
}

function capOf(finder: string, { capSeconds, loopCapSeconds }: Plan): number {
  return finder === toolName ? capSeconds : loopCapSeconds;
}

/** A last line that was cut short, as its process was, is measured again. */
function linesOf(text: string): readonly Line[] {
  return text.split('\n').flatMap((line): readonly Line[] => {
    try {
      return line === '' ? [] : [JSON.parse(line) as Line];
    } catch {
      return [];
    }
  });
}

function without({ searches, alarms, capSeconds }: Line, { finders, mutants: names, seeds }: Plan): Line {
  return {
    capSeconds,
    searches: searches.filter(
      ({ finder, mutant, seed }) =>
        !(finders.includes(finder) && names.includes(mutant) && seeds.includes(seed)),
    ),
    alarms: alarms.filter(({ finder, seed }) => !(finders.includes(finder) && seeds.includes(seed))),
  };
}

function planOf(args: readonly string[]): Plan & { readonly document: boolean } {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      seeds: { type: 'string', default: '3' },
      cap: { type: 'string', default: '20' },
      finders: { type: 'string', default: Object.keys(families).join() },
      out: { type: 'string', default: join(repository, 'reports/find.jsonl') },
      python: { type: 'string', default: defaultPython() },
      again: { type: 'boolean', default: false },
      document: { type: 'boolean', default: false },
      sample: { type: 'boolean', default: false },
    },
  });
  const known = mutants.map(({ name }) => name);
  const unknown = positionals.filter((name) => !known.includes(name));
  if (unknown.length > 0) throw new Error(`no mutant is called ${unknown.join(', ')}`);
  const named = values.finders.split(',').map((name) => {
    if (!Object.hasOwn(families, name))
      throw new Error(`--finders knows ${Object.keys(families).join(', ')}`);
    return families[name as keyof typeof families];
  });
  const { sample, python, again, document } = values;
  const capSeconds = Number(values.cap);
  return {
    mutants: positionals.length > 0 ? positionals : sample ? twentyMutants : known,
    seeds: Array.from({ length: sample ? 1 : Number(values.seeds) }, (_, i) => String(i + 1)),
    capSeconds,
    loopCapSeconds: sample ? sampleLoopSeconds : capSeconds,
    finders: named.flat(),
    out: sample ? null : values.out,
    again,
    python,
    document,
  };
}

const sampleLoopSeconds = 0.3;

if (isMain(import.meta.url)) {
  const { document, ...plan } = planOf(process.argv.slice(2));
  const record = await measure(plan);
  for (const line of findLines(record)) console.log(line);
  if (document) {
    const machine = `${availableParallelism()} cores, load ${loadavg()[1]!.toFixed(1)}`;
    rewriteDocument('score.md', (text) => withSection(text, findSection(record, machine)));
  }
  const unfound = record.mutants.filter(({ perSeed }) => perSeed[toolName]?.includes(null));
  for (const { name } of unfound)
    console.log(`${toolName} does not find ${name} within ${plan.capSeconds} CPU seconds`);
  process.exitCode = unfound.length === 0 ? 0 : 1;
}
