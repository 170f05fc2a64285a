/**
 * How a campaign ends: budgets, signals, kills and how it is resumed, a disk that refuses.
 * Real processes throughout.
 */
// @module-tag processes
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runCampaign } from '../campaign/campaign.ts';
import type { RunRecord } from '../archive/run-record.ts';
import { casesIn } from '../merge/claims.ts';
import { planFileSchema } from '../campaign/plan-file.ts';
import { failEverywhere } from '../../series/faults.ts';
import { mainPath, runCommand, temporaryFolder, type Ended } from './run-command.ts';

const folder = temporaryFolder();
afterAll(() => folder.remove());

const fixture = (name: string): string => fileURLToPath(new URL(`fixtures/${name}.mjs`, import.meta.url));
const run = (...args: string[]): Ended => runCommand(args, { cwd: folder.path });
const wrong = [
  '--references',
  'none',
  '--operations',
  'softmax',
  '--seed',
  '9',
  '--subject',
  fixture('thousandth-off'),
];

interface Summary {
  readonly cases: number;
  readonly verdicts: unknown;
  readonly stoppedBy: string;
  readonly findings: readonly { readonly signature: string; readonly count: number; readonly case: string }[];
}

const essenceOf = (text: string): unknown => {
  const { cases, verdicts, findings } = JSON.parse(text) as Summary;
  return {
    cases,
    verdicts,
    findings: findings.map(({ signature, count, case: c }) => [signature, count, c]),
  };
};

interface Going {
  readonly child: ChildProcess;
  readonly out: string;
  readonly ended: Promise<{ readonly code: number | null; readonly stdout: string }>;
}

function launch(out: string, args: readonly string[], isJson = true): Going {
  const told = isJson ? ['--json'] : [];
  const child = spawn(process.execPath, [mainPath, 'fuzz', ...args, ...told, '--out', out], {
    cwd: folder.path,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let stdout = '';
  child.stdout!.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  const ended = new Promise<{ code: number | null; stdout: string }>((resolve) =>
    child.on('close', (code) => resolve({ code, stdout })),
  );
  return { child, out: join(folder.path, out, 'runs'), ended };
}

/** Resolves once the campaign has left such a file in its run. */
async function until({ out }: Going, name: string): Promise<string> {
  for (;;) {
    const [id] = existsSync(out) ? readdirSync(out) : [];
    if (id !== undefined && existsSync(join(out, id, name))) return join(out, id);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function childrenOf({ child: { pid } }: Going): string[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ');
}

/** Once the workers have had time to see that nobody wants them. */
async function alive(pids: readonly string[]): Promise<string[]> {
  for (let tries = 0; ; tries++) {
    const left = pids.filter((pid) => existsSync(`/proc/${pid}`) && !/^State:\s+Z/m.test(statusOf(pid)));
    if (left.length === 0 || tries === 100) return left;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

function statusOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/status`, 'utf8');
  } catch {
    return 'State:\tZ'; // gone meanwhile
  }
}

describe.skipIf(process.platform !== 'linux')(
  'a campaign that is interrupted (children are looked up in /proc)',
  () => {
    test.each([
      ['SIGINT', 130],
      ['SIGTERM', 143],
    ] as const)(
      'by %s sums up what it has, leaves no process, and exits with %i',
      async (signal, exitCode) => {
        const going = launch(signal, [...wrong, '--time', '10m', '--workers', '2']);
        await until(going, 'progress.json');
        const workers = childrenOf(going);
        going.child.kill(signal);
        const { code, stdout } = await going.ended;

        expect(code).toBe(exitCode);
        expect(JSON.parse(stdout)).toMatchObject({ stoppedBy: 'interrupted', exitCode });
        expect(workers).toHaveLength(2);
        expect(await alive(workers)).toEqual([]);
      },
    );

    test('twice in a kernel that hangs ends at once', async () => {
      const going = launch('twice', [
        ...wrong.slice(0, -1),
        fixture('always-hangs'),
        '--case-timeout',
        '10m',
      ]);
      await until(going, 'plan.json');
      const workers = childrenOf(going);
      going.child.kill('SIGINT');
      await new Promise((resolve) => setTimeout(resolve, 200));
      going.child.kill('SIGINT');
      const { code, stdout } = await going.ended;

      expect({ code, stdout }).toEqual({ code: 130, stdout: '' });
      expect(await alive(workers)).toEqual([]);
    });

    const plan = [...wrong, '--runs', '12000'];
    let whole: Ended;
    beforeAll(() => {
      whole = run('fuzz', ...plan, '--json', '--out', 'whole');
    });

    const isWhole = (resumed: Ended, path: string): void => {
      expect(essenceOf(resumed.stdout)).toEqual(essenceOf(whole.stdout));
      expect(readdirSync(path).filter((name) => /^running|\.\d+$/.test(name))).toEqual([]);
    };

    test('by SIGKILL and gone on with ends as one that was not', async () => {
      const going = launch('cut-SIGKILL', plan);
      const path = await until(going, 'findings');
      going.child.kill('SIGKILL');
      await going.ended;

      isWhole(run('fuzz', '--resume', path, '--json'), path);
    });

    test('by SIGINT says so, and resumed by the command that it prints ends as one that was not', async () => {
      const going = launch('cut-SIGINT', [...plan, '--quiet'], false);
      const path = await until(going, 'findings');
      going.child.kill('SIGINT');
      const [first, second] = (await going.ended).stdout.split('\n');

      expect(first).toMatch(/^INTERRUPTED {2}thousandth-off@\S+: .* so far, after \d+ cases in /);
      const [, command] = /^To resume it: npx logitfuzz (.*)/.exec(second!)!;
      isWhole(run(...command!.split(' '), '--json'), path);
    });
  },
);

test('a run that came to its end without some of its cases is resumed, and one that has all is not', () => {
  const { stdout } = run('fuzz', '--references', 'none', '--runs', '20', '--seed', '9', '--json');
  const path = (JSON.parse(stdout) as { readonly run: string }).run;
  const file = join(folder.path, path, 'run.json');
  const record = JSON.parse(readFileSync(file, 'utf8')) as RunRecord;

  const whole = run('fuzz', '--resume', path, '--json');
  writeFileSync(file, JSON.stringify({ ...record, lost: [{ from: 0, to: 13, step: 12 }] }));
  const resumed = run('fuzz', '--resume', path, '--json');

  expect(whole.stdout).toContain('came to its end (runs)');
  expect(resumed.exitCode).toBe(0);
  expect(JSON.parse(resumed.stdout)).not.toHaveProperty('lost');
});

describe('a budget that ends is a normal end', () => {
  test('of time, before that of runs', () => {
    const { exitCode, stdout } = run(
      'fuzz',
      '--references',
      'none',
      '--time',
      '3s',
      '--runs',
      '1000000000',
      '--json',
    );

    expect(JSON.parse(stdout)).toMatchObject({ exitCode: 0, stoppedBy: 'time' });
    expect(exitCode).toBe(0);
    const { run: path } = JSON.parse(stdout) as { readonly run: string };
    const [part] = (JSON.parse(readFileSync(join(folder.path, path, 'run.json'), 'utf8')) as RunRecord).parts;
    expect(casesIn(part!.covers!)).toBe(part!.cases);
    expect(part!.cases).toBeGreaterThan(0);
  });

  test('of time, within 3 s and one call, whatever the subject takes to be shrunk', () => {
    const slow = ['--subject', fixture('takes-its-time'), '--operations', 'softmax', '--references', 'none'];
    const { stdout } = run('fuzz', ...slow, '--time', '5s', '--case-timeout', '2s', '--seed', '9', '--json');

    const { stoppedBy, seconds, findings } = JSON.parse(stdout) as {
      stoppedBy: string;
      seconds: number;
      findings: unknown[];
    };
    expect(stoppedBy).toBe('time');
    expect(seconds).toBeLessThan(5 + 3 + 2);
    expect(findings.length).toBeGreaterThan(0);
  });

  test('of evaluations: what is not shrunk says so', () => {
    const { stdout } = run('fuzz', ...wrong, '--runs', '100', '--shrink-evaluations', '1', '--json');
    const [first] = (JSON.parse(stdout) as { findings: { path: string }[] }).findings;
    const { shrink } = JSON.parse(readFileSync(join(folder.path, first!.path), 'utf8')) as {
      shrink: unknown;
    };

    expect(shrink).toMatchObject({ evaluations: 1, stoppedBy: 'evaluations' });
  });
});

test('a stall is named, with whom is being waited for and in which case', async () => {
  const out = join(folder.path, 'stalled');
  run(
    'fuzz',
    ...wrong.slice(0, -1),
    fixture('always-hangs'),
    '--runs',
    '1',
    '--case-timeout',
    '100ms',
    '--out',
    out,
  );
  const [id] = readdirSync(join(out, 'runs'));
  const written: unknown = JSON.parse(readFileSync(join(out, 'runs', id!, 'plan.json'), 'utf8'));
  const plan = { ...planFileSchema.parse(written).plan, caseTimeoutMs: 60_000 };
  const interruption = new AbortController();
  const sentences: string[] = [];

  const result = await runCampaign(
    plan,
    {
      stallMs: 600,
      interrupt: interruption.signal,
      onStall(sentence) {
        sentences.push(sentence);
        if (/case/.test(sentence) && !/no worker/.test(sentence)) interruption.abort();
      },
    },
    folder.path,
  );

  expect(sentences.at(-1)).toMatch(/^no case for \d+ s: the subject in case 0, softmax/);
  // The only worker was in its call all the time that it was given, and its case is still to be judged.
  expect(result).toMatchObject({ stoppedBy: 'interrupted', tally: { cases: 0 } });
});

function filesUnder(path: string): string[] {
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.json'))
    .map((entry) => join(entry.parentPath, entry.name));
}

describe('what refuses to be written ends in a sentence', () => {
  const shell = (script: string): { status: number | null; stdout: string; stderr: string } =>
    spawnSync('bash', ['-c', script], {
      cwd: folder.path,
      encoding: 'utf8',
      env: { ...process.env, NODE: process.execPath, MAIN: mainPath, NO_COLOR: '1' },
    });
  const fuzz = '"$NODE" "$MAIN" fuzz --runs 50 --references none --seed 1';

  test('a reader that has gone is no failure', () => {
    const { status, stderr } = shell(`${fuzz} | head -c 1 > /dev/null; exit "\${PIPESTATUS[0]}"`);

    expect(stderr).not.toMatch(/EPIPE|^\s+at /m);
    expect(status).toBe(0);
  });

  test('a full disk under stdout is exit 3', () => {
    const { status, stderr } = shell(`${fuzz} > /dev/full`);

    expect(stderr).toContain('cannot write to stdout: ENOSPC');
    expect(status).toBe(3);
  });

  test('a limit on the size of files, which a first write meets half-way, is exit 3 and tears none', () => {
    const { status, stderr } = shell(
      `ulimit -f 1; ${fuzz} --subject ${fixture('thousandth-off')} --out small`,
    );

    expect(stderr).toMatch(
      /^logitfuzz: cannot write small\/runs\/.*the file is larger than is allowed \(EFBIG\)/m,
    );
    expect(status).toBe(3);
    expect(
      filesUnder(join(folder.path, 'small')).map((path) => typeof JSON.parse(readFileSync(path, 'utf8'))),
    ).toEqual(filesUnder(join(folder.path, 'small')).map(() => 'object'));
  });

  test.each([
    ['in-the-way', 2, 'a part of the path is no folder'],
    ['/proc/none', 3, 'there is no such file or folder'],
  ])('a place that takes no folder is named: %s, exit %i', (out, code, why) => {
    writeFileSync(join(folder.path, 'in-the-way'), '');

    const { exitCode, stderr } = run('fuzz', '--runs', '5', '--references', 'none', '--out', out);

    expect(stderr).toContain(`cannot write the folder ${out}`);
    expect(stderr).toContain(why);
    expect(exitCode).toBe(code);
  });

  test('no room for the journals is exit 3', () => {
    const { exitCode, stderr } = runCommand(['fuzz', '--runs', '5', '--references', 'none'], {
      cwd: folder.path,
      env: { TMPDIR: '/nowhere' },
    });

    expect(stderr).toContain('cannot write a folder in /nowhere');
    expect(exitCode).toBe(3);
  });
});

test('a file operation that fails, here every 60th, ends in a sentence, tears nothing and loses nothing', () => {
  const { faults, speechless, torn, lost, different } = failEverywhere(60, ['ENOSPC']);

  expect({ speechless, torn, lost, different }).toEqual({
    speechless: [],
    torn: [],
    lost: [],
    different: [],
  });
  expect(faults).toBeGreaterThan(1);
});
