/** The scripts in the manifests that `init` writes, run by a shell. */
// @module-tag processes
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { needs } from '../connect/fixtures/needs.ts';
import { readDeployed, root, scriptsOf } from './fixtures/deployed.ts';
import { mainPath, temporaryFolder } from './run-command.ts';

const folder = temporaryFolder();
afterAll(() => folder.remove());
const { isSkipped, reason } = needs('python');

interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

describe.skipIf(isSkipped)(`in containers${reason}`, () => {
  const scripts = isSkipped ? null! : scriptsOf(readDeployed());

  /** Runs a script with programs that say what they were called with; /results is the folder. */
  function runScript(script: string, cwd: string, env: Readonly<Record<string, string>> = {}): Ended {
    const bin = join(folder.path, 'bin');
    mkdirSync(bin, { recursive: true });
    for (const [name, text] of [
      ['logitfuzz', 'echo "$@"'],
      ['valkey-server', 'echo "$@"; cat'],
    ] as const) {
      writeFileSync(join(bin, name), `#!/bin/sh\n${text}\n`);
      chmodSync(join(bin, name), 0o755);
    }
    const { status, stdout, stderr } = spawnSync('sh', ['-euc', script.replaceAll('/results', cwd)], {
      cwd,
      encoding: 'utf8',
      env: {
        PATH: `${bin}:${process.env['PATH']}`,
        JOB_COMPLETION_INDEX: '3',
        SEED: '7',
        RUNS: '900',
        ...env,
      },
    });
    return { status, stdout: stdout.replaceAll(cwd, '/results').trim(), stderr };
  }

  /** Writes a run as it is when its process ended: killed where nothing is said of its end. */
  function writeRun(
    path: string,
    end: { readonly stoppedBy: string; readonly exitCode: number } | null,
  ): void {
    mkdirSync(path, { recursive: true });
    writeFileSync(join(path, 'plan.json'), '{}');
    if (end !== null) writeFileSync(join(path, 'run.json'), `${JSON.stringify(end, null, 2)}\n`);
  }

  test.each([
    [
      'shard',
      '7/3/runs',
      /^fuzz --shard 4\/12 --runs 900 --seed 7 .*--findings-exit 0 .*--out \/results\/7\/3$/,
    ],
    ['coordinator', 'runs', /^fuzz --campaign main --runs 900 --seed 7 --out \/results$/],
    ['composed', 'reports/runs', /^fuzz --campaign main --runs 900 --seed 7 --out reports$/],
  ] as const)('a %s begins, and resumes what was killed or interrupted', (name, runs, begins) => {
    const cwd = join(folder.path, name);
    const killedRun = join(cwd, runs, '20240229T134501123Z-7-aa');
    const emptyRun = join(cwd, runs, '20240301T134501123Z-7-bb');
    const run = (): string => runScript(scripts[name], cwd).stdout;
    mkdirSync(emptyRun, { recursive: true });

    const begun = run();
    const isThere = existsSync(emptyRun);
    writeRun(killedRun, null);
    const killed = run();
    writeRun(killedRun, { stoppedBy: 'interrupted', exitCode: 143 });
    const interrupted = run();

    expect(begun).toMatch(begins);
    expect(isThere).toBe(false);
    expect(killed).toMatch(/^fuzz .*--resume \S+-7-aa\/( |$)/);
    expect(interrupted).toBe(killed);
  });

  test('a shard that is tried again after its end begins anew', () => {
    const cwd = join(folder.path, 'again');
    writeRun(join(cwd, '7/3/runs/20240229T134501123Z-7-aa'), { stoppedBy: 'breaker', exitCode: 3 });

    expect(runScript(scripts.shard, cwd).stdout).toMatch(/^fuzz --shard 4\/12 /);
  });

  test.each([
    ['coordinator', 'runs'],
    ['composed', 'reports/runs'],
  ] as const)('a %s that came to its end ends as it did, and begins anew with another seed', (name, runs) => {
    const cwd = join(folder.path, `${name}-ended`);
    writeRun(join(cwd, runs, '20240229T134501123Z-7-aa'), { stoppedBy: 'runs', exitCode: 3 });

    const same = runScript(scripts[name], cwd);
    const other = runScript(scripts[name], cwd, { SEED: '77' });

    expect(same).toMatchObject({ status: 3, stdout: '' });
    expect(same.stderr).toContain('-7-aa/ has come to its end: another SEED begins another campaign');
    expect(other.stdout).toMatch(/^fuzz --campaign main --runs 900 --seed 77 /);
  });

  test('the merge is of the runs that came to their end, and not of an earlier merge', () => {
    const cwd = join(folder.path, 'merge');
    for (const run of ['0/runs/a', '0/runs/b', '11/runs/c', 'merged/runs/d']) {
      mkdirSync(join(cwd, '7', run), { recursive: true });
      if (run !== '0/runs/a') writeFileSync(join(cwd, '7', run, 'run.json'), '{}');
    }

    expect(runScript(scripts.merge, cwd).stdout).toBe(
      'merge /results/7/0/runs/b /results/7/11/runs/c --findings-exit 1 --out /results/7/merged',
    );
  });

  test.each(['valkey', 'composedValkey'] as const)('%s gets its password by its input alone', (name) => {
    const called = runScript(scripts[name], folder.path, { REDISCLI_AUTH: 'secret' }).stdout;

    expect(called.split('\n')).toEqual([
      '-',
      'requirepass "secret"',
      'dir /data',
      'appendonly yes',
      'maxmemory 1gb',
      'maxmemory-policy noeviction',
    ]);
  });

  test('a shard of a wrong kernel, run by its script, is merged by the other, which ends with 1', () => {
    const cwd = join(folder.path, 'shards');
    const bin = join(cwd, 'bin');
    mkdirSync(bin, { recursive: true });
    writeFileSync(join(bin, 'logitfuzz'), `#!/bin/sh\nexec '${process.execPath}' '${mainPath}' "$@"\n`);
    chmodSync(join(bin, 'logitfuzz'), 0o755);
    writeFileSync(
      join(cwd, 'logitfuzz.config.json'),
      JSON.stringify({
        subject: join(root, 'src/cli/fixtures/two-mistakes.mjs'),
        references: 'none',
        kernels: ['softmax'],
        formats: ['float32'],
        shrinkEvaluations: 20,
      }),
    );
    const run = (script: string): ReturnType<typeof spawnSync> =>
      spawnSync(
        'sh',
        [
          '-euc',
          script.replaceAll('/results', cwd).replace('/12', '/1').replace('--workers 2', '--workers 1'),
        ],
        {
          cwd,
          encoding: 'utf8',
          env: {
            ...process.env,
            PATH: `${bin}:${process.env['PATH']}`,
            JOB_COMPLETION_INDEX: '0',
            SEED: '7',
            RUNS: '40',
          },
        },
      );

    const ended = [run(scripts.shard), run(scripts.merge)];

    const why = ended.map(({ stderr }) => String(stderr)).join('\n');
    expect(
      ended.map(({ status }) => status),
      why,
    ).toEqual([0, 1]);
    expect(String(ended[1]!.stdout)).toMatch(/^WRONG {2}two-mistakes@.* of 40 cases wrong/m);
  });
});
