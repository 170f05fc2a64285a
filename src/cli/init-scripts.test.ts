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

describe.skipIf(isSkipped)(`in containers${reason}`, () => {
  const scripts = isSkipped ? null! : scriptsOf(readDeployed());

  /** Runs a script with programs that say what they were called with; /results is the folder. */
  function runScript(script: string, cwd: string, env: Readonly<Record<string, string>> = {}): string {
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
    expect(status, stderr).toBe(0);
    return stdout.replaceAll(cwd, '/results').trim();
  }

  test.each([
    [
      'shard',
      '7/3/runs',
      /^fuzz --shard 4\/12 --runs 900 --seed 7 .*--findings-exit 0 .*--out \/results\/7\/3$/,
    ],
    ['coordinator', 'runs', /^fuzz --campaign main --runs \d+ --seed 7 --out \/results$/],
    ['composed', 'reports/runs', /^fuzz --campaign main --runs \d+ --seed 7 --out reports$/],
  ] as const)(
    'a %s begins, resumes what was killed or interrupted, and begins anew after an end',
    (name, runs, begins) => {
      const cwd = join(folder.path, name);
      const first = join(cwd, runs, '20240229T134501123Z-7-aa');
      const second = join(cwd, runs, '20240301T134501123Z-7-bb');
      mkdirSync(cwd);
      const run = (): string => runScript(scripts[name], cwd);

      const empty = run();
      mkdirSync(second, { recursive: true });
      const withoutPlan = run();
      const isThere = existsSync(second);
      mkdirSync(first, { recursive: true });
      writeFileSync(join(first, 'plan.json'), '{}');
      const killed = run();
      writeFileSync(join(first, 'run.json'), JSON.stringify({ stoppedBy: 'runs' }, null, 2));
      const ended = run();
      mkdirSync(second);
      for (const file of ['plan.json', 'run.json'])
        writeFileSync(join(second, file), JSON.stringify({ stoppedBy: 'interrupted' }, null, 2));
      const interrupted = run();

      expect(
        [empty, withoutPlan, ended].every((line) => begins.test(line)),
        empty,
      ).toBe(true);
      expect(isThere).toBe(false);
      expect(killed).toMatch(/^fuzz .*--resume \S+-7-aa\/( |$)/);
      expect(interrupted).toMatch(/^fuzz .*--resume \S+-7-bb\/( |$)/);
    },
  );

  test('the merge is of the runs that came to their end, and not of an earlier merge', () => {
    const cwd = join(folder.path, 'merge');
    for (const run of ['0/runs/a', '0/runs/b', '11/runs/c', 'merged/runs/d']) {
      mkdirSync(join(cwd, '7', run), { recursive: true });
      if (run !== '0/runs/a') writeFileSync(join(cwd, '7', run, 'run.json'), '{}');
    }

    expect(runScript(scripts.merge, cwd)).toBe(
      'merge /results/7/0/runs/b /results/7/11/runs/c --out /results/7/merged',
    );
  });

  test.each(['valkey', 'composedValkey'] as const)('%s gets its password by its input alone', (name) => {
    const called = runScript(scripts[name], folder.path, { REDISCLI_AUTH: 'secret' });

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
          script
            .replaceAll('/results', cwd)
            .replace('/12', '/1')
            .replace('--workers 2', '--workers 1')
            .replace('--findings-exit 0', ''),
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
    ).toEqual([1, 1]);
    expect(String(ended[1]!.stdout)).toMatch(/^WRONG {2}two-mistakes@.* of 40 cases wrong/m);
  });
});
