/**
 * What version 0.1.0 wrote, given to the commands of today. How it was made:
 * ../archive/fixtures/recorded-0.1/README.md. What is expected stands in the recordings.
 */
// @module-tag processes
import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { generatorVersion } from '../generate/generate-case.ts';
import { runCommand, temporaryFolder, type Ended } from './run-command.ts';

const folder = temporaryFolder();
afterAll(() => folder.remove());
const recorded = fileURLToPath(new URL('../archive/fixtures/recorded-0.1', import.meta.url));
cpSync(recorded, folder.path, { recursive: true });

const run = (...args: string[]): Ended => runCommand(args, { cwd: folder.path });

function json<T>(...parts: readonly string[]): T {
  return JSON.parse(readFileSync(join(folder.path, ...parts), 'utf8')) as T;
}

/** Relative to the folder, as the commands are told. */
function runsIn(root: string): string[] {
  return readdirSync(join(recorded, root, 'runs')).map((id) => `${root}/runs/${id}`);
}
const only = (root: string): string => runsIn(root)[0]!;

interface FindingJson {
  readonly signature: string;
  readonly answers: readonly {
    readonly name: string;
    readonly version: string;
    readonly role: string;
    readonly verdict: string;
  }[];
  readonly [field: string]: unknown;
}

interface RunJson {
  readonly findings: readonly { readonly signature: string; readonly path: string }[];
  readonly [field: string]: unknown;
}

interface ReplayJson {
  readonly isSame: boolean;
  readonly implementations: readonly { readonly name: string; readonly signatures: readonly string[] }[];
}

/** Recorded by signature and entry; by reference and entry is how it is counted today. */
const known = 'logsumexp-forward-float32-tfjs-wasm-nan-63c8da1ff4';

/**
 * One of each kind. Not the process that a timer of logSumExpBackward ended: the replay of one call did not
 * wait for that when the run was made, either.
 */
const judged = {
  'values that are wrong': 'logsoftmax-forward-float32-subject-ulps-4e73f803e6',
  'a special value': 'softmax-forward-float32-subject-nan-2f42d1c8f5',
  'a law that is broken': 'logsumexp-backward-float32-subject-nan-8dc196cc4e',
  'a kernel that throws': 'logsoftmax-forward-float32-subject-threw-be44ede44d',
  'an input that is written to': 'logsumexp-forward-float32-subject-input-written-91dfe458e1',
  'a reference that is wrong as the ledger knows': known,
};
const ending = {
  'a kernel that ends the process': 'logsumexp-forward-float32-subject-crashed-164b5e734a',
  'a kernel that does not come back': 'softmax-backward-float32-subject-timed-out-88ac1cb95a',
};

describe('a recorded finding is replayed', () => {
  const subject = ['--subject', './wrong-kernels.mjs', '--json'];

  test.each(Object.entries(judged))('with the same verdicts and signature: %s', (_kind, slug) => {
    const path = `${only('campaign')}/findings/${slug}`;
    const { answers, signature } = json<FindingJson>(path, 'finding.json');

    const { exitCode, stdout } = run('replay', path, ...subject);

    const { implementations, isSame } = JSON.parse(stdout) as ReplayJson;
    const expected = answers.map(({ name, version, role, verdict }) =>
      expect.objectContaining({ name, version, role, verdict }),
    );
    // beside references that were not asked then
    expect(implementations).toEqual(expect.arrayContaining(expected));
    expect(implementations.flatMap(({ signatures }) => signatures)).toContain(
      slug === known ? 'tfjs-wasm/known=infinite-maximum' : signature,
    );
    expect(isSame).toBe(true);
    expect(exitCode).toBe(1);
  });

  test.each(Object.entries(ending))('to the same end of the process: %s', (_kind, slug) => {
    const path = `${only('campaign')}/findings/${slug}`;
    const { exitCode, stdout } = run('replay', path, ...subject, '--case-timeout', '2s');

    expect(JSON.parse(stdout)).toMatchObject({ stillDiverges: true, isSame: true });
    expect(exitCode).toBe(1);
  });
});

describe('the report', () => {
  test('of a recorded run says as JSON what it said then', () => {
    const path = only('campaign');
    const { exitCode, stdout } = run('report', path, '--json');

    const then = readFileSync(join(recorded, path, 'report.json'), 'utf8');
    // One sentence was not true: what broke the law was another value. Two were of answers that are far off.
    const reworded = [
      ['1 is not 1 at []', 'breaks a law (nan)'],
      [
        '1871864 ULPs > 8.024 at [0, 0]',
        '-1.3862944 is not -1.609: 233295 times the allowed error at [0, 0]',
      ],
      [
        '56822817498 ULPs > 4112 at [4, 0]',
        '6.6137056 is not -0.001341: 13819509 times the allowed error at [4, 0]',
      ],
    ] as const;
    const asOfToday = reworded.reduce((text, [was, is]) => text.replace(`"${was}"`, `"${is}"`), then);
    for (const [was] of reworded) expect(then).toContain(`"${was}"`);
    expect(JSON.parse(stdout)).toMatchObject(JSON.parse(asOfToday) as object);
    expect(exitCode).toBe(0);
  });

  test.each(
    ['campaign', 'undivided', 'shards', 'interrupted', 'broken-reference', 'maximized', 'gate'].flatMap(
      runsIn,
    ),
  )('of %s is written, with the number of its cases', (path) => {
    const { cases } = json<RunJson>(path, 'run.json');

    expect(run('report', path).exitCode).toBe(0);

    expect(readFileSync(join(folder.path, path, 'report.md'), 'utf8')).toContain(`${String(cases)} cases`);
    expect(readFileSync(join(folder.path, path, 'report.html'), 'utf8')).toContain('</html>');
  });

  test('has the recorded score, each planted kernel by its name', () => {
    const { mutants } = json<{ mutants: readonly { name: string }[] }>('score', 'score.json');
    const path = only('maximized');

    run('report', path, '--out', '.');

    const html = readFileSync(join(folder.path, path, 'report.html'), 'utf8');
    expect(
      mutants.map(({ name }) => name).filter((name) => !html.includes(`<th scope="row">${name}</th>`)),
    ).toEqual([]);
  });
});

/**
 * What is the same however a campaign was cut, and wherever it was made:
 * counts, and of each finding what was found.
 */
function essenceOf(runPath: string): object {
  const { cases, elements, verdicts, byKernel, coverage, findings } = json<RunJson>(runPath, 'run.json');
  const told = findings.map(({ path }) => {
    const { signature, count, index, severity, symptom, minimal, original, element, got } =
      json<FindingJson>(path);
    return { signature, count, index, severity, symptom, minimal, original, element, got };
  });
  return { cases, elements, verdicts, byKernel, coverage, findings: told };
}

describe.each(['killed-careful', 'killed-unshrunk', 'interrupted'])('%s, of an older generator,', (root) => {
  const path = only(root);
  const planPath = join(folder.path, path, 'plan.json');
  const plan = json<{ readonly generatorVersion: number }>(path, 'plan.json');
  const resume = (): Ended => run('fuzz', '--resume', path, '--json');

  test('is not resumed, since its other cases would be others', () => {
    const { exitCode, stdout } = resume();

    expect(exitCode).toBe(2);
    expect(stdout).toContain(`was made by logitfuzz 0.1.0 with generator ${plan.generatorVersion}`);
  });

  // What the plan lacks that plans have today means what it meant then.
  test('is read: said to be of this generator, it is resumed to its end, with what was found before', () => {
    const before = readdirSync(join(folder.path, path), { recursive: true, encoding: 'utf8' });
    writeFileSync(planPath, JSON.stringify({ ...plan, generatorVersion }));

    const { exitCode, stderr } = resume();

    const { cases, kernels, byKernel, findings } = json<RunJson>(path, 'run.json');
    expect(exitCode, stderr).toBe(1);
    expect({ cases, kernels }).toEqual({ cases: 60, kernels: undefined });
    expect(byKernel).toHaveProperty(['logSoftmax/backward/wrong-kernels', 'skip']);
    expect(findings.map((finding) => finding.path)).toEqual(
      expect.arrayContaining(
        before.filter((name) => name.endsWith('finding.json')).map((name) => `${path}/${name}`),
      ),
    );
  });
});

test('recorded shards are merged to the run that was not divided', () => {
  const { exitCode, stdout } = run('merge', ...runsIn('shards'), '--json');

  expect(exitCode).toBe(1);
  expect(essenceOf((JSON.parse(stdout) as { run: string }).run)).toEqual(essenceOf(only('undivided')));
});

describe('the gate', () => {
  const gate = (...more: string[]): GateJson => {
    const few = ['--operations', 'logSoftmax,logSumExp', '--formats', 'float32', '--references', 'none'];
    const args = ['gate', '--subject', './wrong-kernels.mjs', '--runs', '1', '--min-cases', '1', '--json'];
    return JSON.parse(run(...args, ...few, ...more).stdout) as GateJson;
  };
  interface GateJson {
    readonly exitCode: number;
    readonly baseline: { readonly entries: number };
    readonly findings: readonly {
      readonly signature: string;
      readonly known: boolean;
      readonly path: string;
    }[];
  }
  /** What version 1 of the signature would have called it: so the recorded baseline lists it. */
  const formerly = ({ path }: GateJson['findings'][number]): string =>
    json<{ formerly: string }>(path).formerly;
  const baseline = json<{ findings: Record<string, string> }>('logitfuzz.baseline.json');

  test('judges the recorded corpus, and knows of it what the recorded baseline lists', () => {
    const { findings, baseline: compared } = gate();

    const listed = findings.filter((finding) => formerly(finding) in baseline.findings);
    expect(compared.entries).toBe(Object.keys(baseline.findings).length);
    expect(listed.length).toBeGreaterThan(0);
    expect(listed.filter(({ known }) => !known)).toEqual([]);
  });

  test('fails by what the recorded baseline does not list', () => {
    const [found] = gate().findings.filter(({ known }) => known);
    const { [formerly(found!)]: _, ...others } = baseline.findings;
    writeFileSync(join(folder.path, 'shorter.json'), JSON.stringify({ ...baseline, findings: others }));

    const { exitCode, findings } = gate('--baseline', 'shorter.json');

    expect(findings.find(({ signature }) => signature === found!.signature)?.known).toBe(false);
    expect(exitCode).toBe(1);
  });
});
