/**
 * What a kernel can do to its process, done by real ones:
 * each is a finding of its own kind or harmless, and nothing is lost.
 */
// @module-tag processes
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { runCommand, temporaryFolder, type Ended } from './run-command.ts';

const folder = temporaryFolder();
afterAll(() => folder.remove());

const fixture = (name: string): string => fileURLToPath(new URL(`fixtures/${name}.mjs`, import.meta.url));
/** Arguments for 24 cases of softmax; one of them has rank 3 for the fixtures to stumble over. */
const plan = ['--runs', '24', '--seed', '5', '--operations', 'softmax', '--json'];
const limits = ['--rss-limit-mb', '400', '--case-timeout', '60s'];
const impatient = ['--case-timeout', '500ms'];

interface Summary {
  readonly exitCode: number;
  readonly stoppedBy: string;
  readonly cases: number;
  readonly deaths?: number;
  readonly verdicts: Readonly<Record<string, number>>;
  readonly findings: readonly {
    readonly signature: string;
    readonly symptom: string;
    readonly sentence: string;
    readonly blame: string;
    readonly count: number;
    readonly path: string;
  }[];
}

function fuzz(name: string, args: readonly string[] = [], env: NodeJS.ProcessEnv = {}): Ended {
  const all = ['fuzz', ...plan, ...limits, '--references', 'none', '--subject', fixture(name), ...args];
  return runCommand(all, { cwd: folder.path, env });
}

const json = ({ stdout }: Ended): Summary => JSON.parse(stdout) as Summary;

function rankOfFinding({ path }: Summary['findings'][number]): number {
  const finding = JSON.parse(readFileSync(join(folder.path, path), 'utf8')) as {
    original: { logits: { shape: readonly number[] } };
  };
  return finding.original.logits.shape.length;
}

describe('what takes the process down or says nothing more is a finding of its kind, with the very case', () => {
  test.each([
    ['hangs', 'timed-out', 'no answer within 500 ms'],
    ['never-resolves', 'timed-out', 'no answer within 500 ms'],
    ['stubborn', 'timed-out', 'no answer within 500 ms'],
    ['exits', 'crashed', 'the process exited with code 7'],
    ['killed', 'crashed', 'the process was killed by SIGKILL'],
    ['segfaults', 'crashed', 'the process was killed by SIGSEGV'],
    ['disconnects', 'crashed', 'exited with code 1: a file descriptor that is not its own was closed'],
    ['closes-descriptors', 'crashed', 'the process was killed by SIGABRT'],
    ['rejects-later', 'crashed', 'the process exited with code 1: an uncaught Error: too late'],
    ['throws-later', 'crashed', 'the process exited with code 1: an uncaught Error: too late'],
    ['exits-later', 'crashed', 'the process exited with code 7'],
    ['prints', 'printed', String.raw`the call printed "::error::noise\n"`],
  ])('%s: %s', (name, symptom, sentence) => {
    const ended = fuzz(name, symptom === 'timed-out' ? impatient : []);
    const { exitCode, stoppedBy, cases, findings } = json(ended);
    const own = findings.filter((finding) => finding.symptom === symptom);

    expect({ exitCode, stoppedBy, cases }).toEqual({ exitCode: 1, stoppedBy: 'runs', cases: 24 });
    expect(own.map((finding) => finding.sentence)).not.toEqual([]);
    for (const finding of own) expect(finding.sentence).toContain(sentence);
    expect(own.map(rankOfFinding)).toEqual(own.map(() => 3));
    expect(`${ended.stdout}${ended.stderr}`).not.toMatch(/^::/m);
  });

  test('also beside references, whose calls are told apart from its own', () => {
    const company = ['--references', 'tfjs-cpu,tfjs-wasm', '--subject', fixture('segfaults')];
    const { exitCode, cases, findings } = json(
      runCommand(['fuzz', ...plan, ...company], { cwd: folder.path }),
    );
    const own = findings.filter(({ blame }) => blame === 'subject');

    expect({ exitCode, cases }).toEqual({ exitCode: 1, cases: 24 });
    expect(own.map(({ symptom }) => symptom)).toEqual(own.map(() => 'crashed'));
    expect(own.map(rankOfFinding)).toEqual(own.map(() => 3));
    expect(own).not.toEqual([]);
  });

  test.each(['grows', 'takes-ten-gigabytes'])('%s: out-of-memory', (name) => {
    const { exitCode, cases, findings } = json(fuzz(name));

    expect({ exitCode, cases }).toEqual({ exitCode: 1, cases: 24 });
    expect(new Set(findings.map(({ symptom }) => symptom))).toEqual(new Set(['out-of-memory']));
    for (const { sentence } of findings) expect(sentence).toMatch(/the process grew to \d+ MB of memory/);
  });

  test('objects without end: out-of-memory', () => {
    const small = { NODE_OPTIONS: '--max-old-space-size=100' };
    const { exitCode, findings } = json(fuzz('fills-the-heap', ['--rss-limit-mb', '4000'], small));

    expect(exitCode).toBe(1);
    expect(new Set(findings.map(({ symptom }) => symptom))).toEqual(new Set(['out-of-memory']));
  });
});

test('what takes the process down once, and never again, is told of with the few cases that it may have been', () => {
  const { exitCode, cases, verdicts, findings } = json(fuzz('aborts-once'));

  expect({ exitCode, cases, diverge: verdicts['diverge'] }).toEqual({ exitCode: 1, cases: 24, diverge: 1 });
  expect(findings.map(({ sentence }) => sentence)).toEqual([
    expect.stringMatching(
      /was killed by SIGABRT.*, in one of the cases \d+ to \d+, and not when they were judged again/,
    ),
  ]);
});

test('what a call leaves behind, and is seen long after it, is told of, and of a kernel that is there', () => {
  // So few that no machine is so slow as to see the twenty deaths by which a campaign gives up.
  const every = ['--operations', 'softmax,logSoftmax,logSumExp', '--runs', '60'];
  const { exitCode, cases, deaths, findings } = json(fuzz('exits-much-later', every));

  expect({ exitCode, cases }).toEqual({ exitCode: 1, cases: 60 });
  expect(deaths).toBeGreaterThan(0);
  expect(new Set(findings.map(({ signature }) => signature.split('/', 2).join('/')))).toEqual(
    new Set(['2:softmax/forward']),
  );
});

describe('what does no harm is none', () => {
  test.each(['writes-past-node', 'moves', 'sends', 'spawns'])('%s', (name) => {
    const ended = fuzz(name);

    expect(json(ended)).toMatchObject({ exitCode: 0, stoppedBy: 'runs', cases: 24, findings: [] });
    expect(`${ended.stdout}${ended.stderr}`).not.toContain('::error::');
  });

  test('a process that a kernel has started does not outlive the campaign', () => {
    fuzz('spawns');

    expect(commandLines()).not.toContain('sleep\0' + '31415\0');
  });

  test('a process that has left the group of the worker and holds its stderr is not waited for', () => {
    const began = performance.now();
    const ended = fuzz('leaves-a-daemon');

    expect(json(ended)).toMatchObject({ exitCode: 0, cases: 24, findings: [] });
    expect(performance.now() - began).toBeLessThan(20_000);
  });

  test('what leaks slowly is seen by no case: its worker is renewed before', () => {
    const { exitCode, findings, cases } = json(fuzz('leaks-slowly', ['--runs', '8000']));

    expect({ exitCode, findings, cases }).toEqual({ exitCode: 0, findings: [], cases: 8000 });
  });
});

/** The command lines of all processes of this machine. */
function commandLines(): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
      } catch {
        return ''; // gone meanwhile
      }
    });
}

describe('the numerics of the judges are not a kernel’s to change', () => {
  test('where it loads: exit 2', () => {
    const { exitCode, stdout } = fuzz('patches-math');

    expect(stdout).toContain("Cannot assign to read only property 'exp'");
    expect(exitCode).toBe(2);
  });

  test('where it is called: it throws', () => {
    const { findings } = json(fuzz('patches-arrays'));

    expect(new Set(findings.map(({ symptom }) => symptom))).toEqual(new Set(['threw']));
  });
});

describe('what fails every case trips the breaker: one finding, exit 1', () => {
  test.each([
    ['always-throws', 'threw'],
    ['always-hangs', 'timed-out'],
    ['always-exits', 'crashed'],
  ])('%s: %s', (name, symptom) => {
    const summary = json(fuzz(name, ['--runs', '3000', ...(symptom === 'timed-out' ? impatient : [])]));

    expect(summary).toMatchObject({ exitCode: 1, stoppedBy: 'breaker' });
    expect(summary.findings.map((finding) => finding.symptom)).toEqual([symptom]);
    expect(summary.cases).toBeLessThan(3000);
  });
});

describe('what a subject does to its process does not depend on the workers', () => {
  test.each(['exits', 'rejects-later'])('%s', (name) => {
    const essenceOf = (workers: string): unknown => {
      const { cases, verdicts, findings } = json(fuzz(name, ['--workers', workers]));
      return { cases, verdicts, findings: findings.map(({ path: _path, ...rest }) => rest.sentence) };
    };

    expect(essenceOf('3')).toEqual(essenceOf('1'));
  });
});

test('what is stacked for a reference, and so all that is counted of it, does not depend on the workers', () => {
  const countsOf = (workers: string): unknown => {
    const args = ['--runs', '1500', '--seed', '11', '--references', 'tfjs-wasm', '--subject', 'textbook'];
    const ended = runCommand(['fuzz', ...args, '--workers', workers, '--json'], { cwd: folder.path });
    const { run, findings } = JSON.parse(ended.stdout) as Summary & { readonly run: string };
    const record = JSON.parse(readFileSync(join(folder.path, run, 'run.json'), 'utf8')) as Record<
      string,
      unknown
    >;
    const { byKernel, worstRatio, skips, checks } = record;
    return {
      byKernel,
      worstRatio,
      skips,
      checks,
      findings: findings.map(({ signature, count }) => [signature, count]),
    };
  };
  const one = countsOf('1');

  expect(countsOf('2')).toEqual(one);
  expect(countsOf('3')).toEqual(one);
});

describe('a reference that does it is blamed by its name, and the subject is judged on', () => {
  const broken = (harm: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Summary =>
    json(
      runCommand(
        ['fuzz', ...plan, ...(harm === 'hangs' ? impatient : []), '--references', 'tfjs-cpu', ...args],
        {
          cwd: folder.path,
          env: {
            NODE_OPTIONS: `--import ${pathToFileURL(fixture('broken-tfjs-cpu')).href}`,
            BROKEN_TFJS_CPU: harm,
            ...env,
          },
        },
      ),
    );

  test.each([
    ['hangs', 'timed-out'],
    ['exits', 'crashed'],
  ])('%s: %s', (harm, symptom) => {
    const { exitCode, cases, findings } = broken(harm, []);

    expect({ exitCode, cases }).toEqual({ exitCode: 0, cases: 24 });
    expect(findings.filter((finding) => finding.symptom === symptom).map(({ blame }) => blame)).toContain(
      'tfjs-cpu',
    );
  });

  test('on every case: the breaker, exit 3, for nothing was compared', () => {
    const summary = broken('exits', ['--runs', '1000'], { BROKEN_TFJS_CPU_ALWAYS: '1' });

    expect(summary).toMatchObject({ exitCode: 3, stoppedBy: 'breaker' });
    expect(summary.findings.filter(({ symptom }) => symptom === 'crashed')).toHaveLength(1);
  });
});
