/**
 * `init --kubernetes` and `init --compose`, and what they write, held to the schemas of released versions of
 * Kubernetes and of compose files.
 */
// @module-tag processes
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { afterAll, describe, expect, test } from 'vitest';
import { needs } from '../connect/fixtures/needs.ts';
import { manifestPaths, root, templateOf } from './fixtures/deployed.ts';
import { readYaml } from './fixtures/read-yaml.ts';
import { deployments, deploymentFor, filesOf, kindOf } from './init-deployment.ts';
import { initKinds } from './init-kinds.ts';
import { runCommand, temporaryFolder } from './run-command.ts';

const folder = temporaryFolder();
afterAll(() => folder.remove());
const fixtures = join(import.meta.dirname, 'fixtures');
const { isSkipped, reason } = needs('python');

/** The oldest version that has all that is written, and the newest that the validator knows. */
const versions = ['1.33', '1.37'] as const;

const composeText = templateOf('compose/compose.yaml');

const isCompose = new Ajv({ strict: false, validateFormats: false, validateSchema: false }).compile(
  JSON.parse(readFileSync(join(fixtures, 'compose-spec/compose-spec.json'), 'utf8')) as object,
);

describe.skipIf(isSkipped)(`held to a schema${reason}`, () => {
  test('Kubernetes takes every manifest, strictly, those of the documentation among them', () => {
    const blocks = readFileSync(join(root, 'docs/queue.md'), 'utf8').matchAll(/^```yaml\n(.*?)^```/gms);
    const shown = [...blocks].map(([, text]) => text!).filter((text) => /^apiVersion: \w+$/m.test(text));

    const read = readYaml([...manifestPaths.map(templateOf), ...shown], versions);

    expect(read.flatMap(({ refusals }) => refusals)).toEqual([]);
    expect(read.flatMap(({ documents }) => documents).map(({ kind }) => kind as string)).toEqual([
      'PersistentVolumeClaim',
      'Job',
      'Job',
      'StatefulSet',
      'Service',
      'NetworkPolicy',
      'Job',
      'PersistentVolumeClaim',
      'Deployment',
      ...shown.map(() => 'Pod'),
    ]);
  });

  test('and none with a field that is misspelt, missing or of another type: the check would see it', () => {
    const breaches = [
      ['shards/fuzz.yaml', 'backoffLimitPerIndex: 2', 'backoffLimitPerindex: 2'],
      ['shards/fuzz.yaml', 'completions: 12', "completions: '12'"],
      ['shards/merge.yaml', 'operator: In', 'operators: In'],
      ['shards/results.yaml', 'accessModes: [ReadWriteMany]', 'accessModes: ReadWriteMany'],
      ['queue/valkey.yaml', 'serviceName: logitfuzz-valkey', 'service: logitfuzz-valkey'],
      ['queue/coordinator.yaml', 'restartPolicy: Never', 'restartPolicies: Never'],
      ['queue/worker.yaml', 'replicas: 3', 'replicas: three'],
    ] as const;
    const planted = breaches.map(([path, from, to]) => templateOf(`kubernetes/${path}`).replace(from, to));

    const refused = readYaml(planted, versions).map(({ refusals }) => refusals.length);

    expect(refused).toEqual(breaches.map(() => versions.length));
  });

  test('Compose takes its file, and none with a key that is misspelt or of another type', () => {
    const breaches = [
      ['command:', 'comand:'],
      ['restart: on-failure:5', 'restart: [always]'],
      ['condition: service_healthy', 'condition: healthy'],
      ['create_host_path: false', 'create_host_path: [false]'],
    ] as const;
    const planted = breaches.map(([from, to]) => composeText.replace(from, to));

    const [whole, ...broken] = readYaml([composeText, ...planted]).map(({ documents }) => documents[0]);

    expect(isCompose(whole), JSON.stringify(isCompose.errors)).toBe(true);
    expect(broken.map((document) => isCompose(document))).toEqual(breaches.map(() => false));
  });
});

describe('init', () => {
  test('--kubernetes and --compose write their own files and nothing else, as the documentation shows', () => {
    const cwd = join(folder.path, 'both');
    mkdirSync(cwd);
    writeFileSync(join(cwd, 'logitfuzz.config.json'), '{}');
    writeFileSync(join(cwd, '.gitignore'), 'node_modules/\n');
    const shown = readFileSync(join(root, 'docs/queue.md'), 'utf8');

    const kubernetes = runCommand(['init', '--kubernetes'], { cwd });
    const written = readdirSync(cwd, { recursive: true, withFileTypes: true }).filter((entry) =>
      entry.isFile(),
    );
    for (const name of ['Dockerfile', '.dockerignore']) rmSync(join(cwd, name));
    const compose = runCommand(['init', '--compose'], { cwd });
    const both = runCommand(['init', '--compose', '--kubernetes'], { cwd });

    expect(shown).toContain(`\`\`\`\n${kubernetes.stdout}\`\`\`\n`);
    expect(shown).toContain(`\`\`\`\n${compose.stdout}\`\`\`\n`);
    expect(written).toHaveLength(2 + filesOf(['kubernetes']).length);
    expect(readFileSync(join(cwd, '.gitignore'), 'utf8')).toBe('node_modules/\n.env\n');
    expect(both.stdout).not.toMatch(/^(wrote|added)/m);
    expect(both.stdout).toContain('kept   compose.yaml: it is there already (--force writes over it)');
    expect(compose.stderr).not.toContain('there is no configuration');
    for (const line of deployments.compose.next) {
      expect(compose.stderr).toContain(`next (compose): ${line}\n`);
      for (const command of line.split('; ')) expect(shown).toContain(`\n${command}`);
    }
  });

  test('they say where no configuration names a subject, and write over what is there only with --force', () => {
    const cwd = join(folder.path, 'none');
    mkdirSync(cwd);
    writeFileSync(join(cwd, 'Dockerfile'), 'FROM scratch\n');

    const kept = runCommand(['init', '--compose', '--json'], { cwd });
    const before = readFileSync(join(cwd, 'Dockerfile'), 'utf8');
    runCommand(['init', '--compose', '--force'], { cwd });

    expect(JSON.parse(kept.stdout)).toEqual({
      schemaVersion: 1,
      command: 'init',
      exitCode: 0,
      written: ['compose.yaml', '.dockerignore', '.gitignore'],
      added: [],
      kept: ['Dockerfile'],
    });
    expect(before).toBe('FROM scratch\n');
    expect(readFileSync(join(cwd, 'Dockerfile'), 'utf8')).toMatch(/^FROM node:22/m);
    expect(runCommand(['init', '--kubernetes'], { cwd }).stderr).toContain('there is no configuration here');
  });

  test('the image has what the subject needs that the configuration names, and a resumed shard its program', () => {
    const cwd = join(folder.path, 'python');
    mkdirSync(cwd);
    writeFileSync(
      join(cwd, 'logitfuzz.config.json'),
      JSON.stringify({ subject: './my kernels.py', fuzz: { python: 'venv/bin/python' } }),
    );

    runCommand(['init', '--kubernetes'], { cwd });

    expect(readFileSync(join(cwd, 'Dockerfile'), 'utf8')).toMatch(
      /^RUN apt-get update && apt-get install .* python3 python3-numpy && .*\nWORKDIR/m,
    );
    expect(readFileSync(join(cwd, 'kubernetes/shards/fuzz.yaml'), 'utf8')).toContain(
      `exec logitfuzz fuzz --resume "$run" --subject './my kernels.py' --python venv/bin/python\n`,
    );
  });

  test('what starts no program is not named again, and what a kind builds is built in the image', () => {
    const image = templateOf('compose/Dockerfile');
    const shards = templateOf('kubernetes/shards/fuzz.yaml');
    const path = 'kubernetes/shards/fuzz.yaml';
    const kind = initKinds.typescript;

    const c = deploymentFor(image, 'Dockerfile', { kind: initKinds.c, config: {} });

    expect(c).toMatch(/^RUN apt-get update && apt-get install .* gcc libc6-dev make && .*\nWORKDIR/m);
    expect(c).toMatch(/^COPY \. \.\nRUN make\n/m);
    expect(deploymentFor(image, 'Dockerfile', { kind, config: {} })).toBe(image);
    expect(
      deploymentFor(shards, path, { kind, config: { subject: './a.onnx', references: ['tfjs-cpu'] } }),
    ).toBe(shards);
    expect(deploymentFor(shards, path, { kind, config: { references: ['tfjs-cpu', './$&.ts'] } })).toContain(
      `--resume "$run" --references 'tfjs-cpu,./$&.ts'\n`,
    );
    expect(['./k.py', './k.wasm', 'cmd:./kernels', 'cmd:./other', './k.ts', ''].map(kindOf)).toEqual([
      'python',
      'wasm',
      'c',
      'typescript',
      'typescript',
      'typescript',
    ]);
  });

  test('no template has a password in it', () => {
    for (const { template } of filesOf(Object.keys(deployments) as (keyof typeof deployments)[]))
      expect(templateOf(template)).not.toMatch(/password:\s*['"]?\w{4,}|requirepass\s+"?[^"$\s]/i);
  });
});
