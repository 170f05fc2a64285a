/**
 * `logitfuzz init [folder]`: what a project needs to be fuzzed and gated, or what brings its campaigns to
 * many machines, from the files in templates/.
 */
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { CommandModule } from 'yargs';
import { makeFolder, realFileSystem, writeFile } from '../archive/file-system.ts';
import { inPosix } from '../archive/run-folder.ts';
import { configNames, loadConfig, type CampaignConfig } from './config.ts';
import { initScripts, withIgnored, withScripts, type Addition } from './init-project.ts';
import {
  deploymentFor,
  deployments,
  filesOf,
  kindOf,
  type Deployed,
  type DeploymentName,
} from './init-deployment.ts';
import { initKinds, withKind, type InitKind, type InitKindName } from './init-kinds.ts';
import { terminal } from './terminal.ts';
import { verbs } from './verbs.ts';

interface InitArguments {
  readonly kind?: InitKindName;
  readonly folder: string;
  readonly kubernetes: boolean;
  readonly compose: boolean;
  readonly force: boolean;
  readonly json: boolean;
}

/** Where each template goes, in every project. */
export const initFiles: readonly { readonly template: string; readonly path: string }[] = [
  { template: 'logitfuzz.config.ts', path: 'logitfuzz.config.ts' },
  { template: 'gate.yml', path: '.github/workflows/logitfuzz-gate.yml' },
  { template: 'nightly.yml', path: '.github/workflows/logitfuzz-nightly.yml' },
  { template: 'corpus.md', path: 'corpus/README.md' },
];

/** What became of one file of the project: a line of what is printed. */
interface Step {
  readonly kind: 'written' | 'added' | 'kept';
  readonly path: string;
  /** What was added, or why it was kept; '' of a file that was written. */
  readonly what: string;
}

export const initCommand: CommandModule<object, InitArguments> = {
  ...verbs.init,
  builder: (argv) =>
    argv
      .positional('folder', { type: 'string', default: '.', describe: 'of the project' })
      .option('kind', {
        choices: Object.keys(initKinds) as InitKindName[],
        describe:
          'what the kernels are written in (default typescript, and for the next two what the configuration names)',
      })
      .option('kubernetes', {
        type: 'boolean',
        default: false,
        describe: 'write manifests for Kubernetes and a Dockerfile, and nothing else',
      })
      .option('compose', {
        type: 'boolean',
        default: false,
        describe: 'write a compose.yaml and a Dockerfile, and nothing else',
      })
      .option('force', { type: 'boolean', default: false, describe: 'write over what is there' })
      .option('json', { type: 'boolean', default: false, describe: 'one JSON document on stdout' })
      .example('$0 init', 'in the folder of a project: what is there already stays as it is')
      .example('$0 init --kind python', 'kernels in Python: with a subject to begin with in that language')
      .example('$0 init --compose', 'a queue, a coordinator and workers, for Docker Compose')
      .example('$0 init --kubernetes', 'a fleet of workers, or shards that need no queue, for Kubernetes')
      .example('$0 init my-project', 'in another folder, which is made') as never,
  async handler({ folder, kind, kubernetes, compose, force, json }) {
    const given = { kubernetes, compose };
    const names = (Object.keys(deployments) as DeploymentName[]).filter((name) => given[name]);
    const steps =
      names.length === 0
        ? writeProject(folder, { kind: initKinds[kind ?? 'typescript'], force })
        : writeDeployments(folder, names, { ...(await deployed(folder, kind)), force });
    if (json) {
      const pathsOf = (kind: Step['kind']): readonly string[] =>
        steps.filter((step) => step.kind === kind).map(({ path }) => path);
      const added = steps.filter(({ kind }) => kind === 'added').map(({ path, what }) => ({ path, what }));
      const files = { written: pathsOf('written'), added, kept: pathsOf('kept') };
      return terminal.printJson({ schemaVersion: 1, command: 'init', exitCode: 0, ...files });
    }
    for (const step of steps) terminal.print(lineOf(step));
    if (names.length > 0) return noteDeployments(folder, names);
    const { next } = initKinds[kind ?? 'typescript'];
    if (next !== null) terminal.note(`first: ${next}`);
    terminal.note('next: npx logitfuzz fuzz; npx logitfuzz gate --update-baseline lists what diverges today');
  },
};

interface Writing {
  readonly kind: InitKind;
  readonly force: boolean;
}

/** The subject of the project as its configuration says, and `kind` where that is said beside it. */
async function deployed(folder: string, kind: InitKindName | undefined): Promise<Deployed> {
  const found = configNames.find((name) => existsSync(join(folder, name)));
  const file = found === undefined ? null : await loadConfig(join(folder, found));
  const config: CampaignConfig = { ...file?.config, ...file?.config.fuzz };
  return { kind: initKinds[kind ?? kindOf(config.subject ?? '')], config };
}

function writeProject(folder: string, { kind, force }: Writing): readonly Step[] {
  return [
    ...[...kind.files, ...initFiles].map((file) =>
      writeTemplate(folder, file, { force, adapt: (text, path) => withKind(text, { path, kind }) }),
    ),
    ...addTo(folder, '.gitignore', readTemplate('gitignore'), (text) =>
      withIgnored(text, readTemplate('gitignore')),
    ),
    ...addTo(folder, 'package.json', newManifest(), (text) => withScripts(text, { force })),
  ];
}

function writeDeployments(
  folder: string,
  names: readonly DeploymentName[],
  { force, ...project }: Deployed & { readonly force: boolean },
): readonly Step[] {
  const ignored = names.map((name) => deployments[name].ignored).join('');
  return [
    ...filesOf(names).map((file) =>
      writeTemplate(folder, file, { force, adapt: (text, path) => deploymentFor(text, path, project) }),
    ),
    ...(ignored === '' ? [] : addTo(folder, '.gitignore', ignored, (text) => withIgnored(text, ignored))),
  ];
}

function noteDeployments(folder: string, names: readonly DeploymentName[]): void {
  if (!configNames.some((name) => existsSync(join(folder, name))))
    terminal.note(
      'there is no configuration here, which names the subject: npx logitfuzz init writes one; without it the from-scratch kernels are judged',
    );
  for (const name of names)
    for (const line of deployments[name].next) terminal.note(`next (${name}): ${line}`);
  terminal.note('each step, and what it prints: docs/queue.md in the package');
}

function lineOf({ kind, path, what }: Step): string {
  switch (kind) {
    case 'written':
      return `wrote  ${path}`;
    case 'added':
      return `added  ${path}: ${what}`;
    case 'kept':
      return `kept   ${path}: ${what}`;
  }
}

function writeTemplate(
  folder: string,
  { template, path }: (typeof initFiles)[number],
  { force, adapt }: { readonly force: boolean; adapt(text: string, path: string): string },
): Step {
  const target = inPosix(folder, path);
  if (!force && existsSync(join(folder, path)))
    return { kind: 'kept', path: target, what: 'it is there already (--force writes over it)' };
  write(target, adapt(readTemplate(template), path));
  return { kind: 'written', path: target, what: '' };
}

/** A file that the project has keeps what is in it: what is missing is added. */
function addTo(
  folder: string,
  path: string,
  fresh: string,
  add: (text: string) => Addition,
): readonly Step[] {
  const target = inPosix(folder, path);
  if (!existsSync(join(folder, path))) {
    write(target, fresh);
    return [{ kind: 'written', path: target, what: '' }];
  }
  const before = textOf(join(folder, path));
  if (before === null) return [{ kind: 'kept', path: target, what: 'it cannot be read' }];
  const { text, added, kept } = add(before);
  if (text !== null) write(target, text);
  return [
    ...(added.length === 0 ? [] : [{ kind: 'added', path: target, what: added.join(', ') } as const]),
    ...kept.map((what) => ({ kind: 'kept', path: target, what }) as const),
  ];
}

/** Null for what is no file, or may not be read. */
function textOf(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}

function newManifest(): string {
  return `${JSON.stringify({ private: true, type: 'module', scripts: initScripts }, null, 2)}\n`;
}

function write(target: string, text: string): void {
  makeFolder(realFileSystem, dirname(target));
  writeFile(realFileSystem, target, text);
}

function readTemplate(name: string): string {
  const root = dirname(createRequire(import.meta.url).resolve('logitfuzz/package.json'));
  return readFileSync(join(root, 'templates', name), 'utf8');
}
