/** What `init --kubernetes` and `init --compose` write: how a campaign runs on many machines. */
import { extname } from 'node:path';
import { connectorOf } from '../connect/connect.ts';
import { isOwnReference } from '../../reference/index.ts';
import { shellQuoted } from '../text/shell-quoted.ts';
import type { CampaignConfig } from './config.ts';
import { initKinds, type InitKind, type InitKindName } from './init-kinds.ts';

interface Deployment {
  /** Files of templates/, and where they go. */
  readonly files: readonly { readonly template: string; readonly path: string }[];
  /** Lines that the project's .gitignore needs; '' where there are none. */
  readonly ignored: string;
  /** What to do next. */
  readonly next: readonly string[];
}

export type DeploymentName = 'kubernetes' | 'compose';

const image = [
  { template: 'compose/Dockerfile', path: 'Dockerfile' },
  { template: 'compose/dockerignore', path: '.dockerignore' },
] as const;
const libraries = 'npm install --save-dev bullmq ioredis';

/** Text that a project puts the name of its own image in the place of. */
export const imageName = 'registry.example.com/my-kernels:1';

const manifests = [
  'shards/results.yaml',
  'shards/fuzz.yaml',
  'shards/merge.yaml',
  'queue/valkey.yaml',
  'queue/coordinator.yaml',
  'queue/worker.yaml',
] as const;

export const deployments: Readonly<Record<DeploymentName, Deployment>> = {
  kubernetes: {
    files: [
      ...manifests.map((name) => ({ template: `kubernetes/${name}`, path: `kubernetes/${name}` })),
      ...image,
    ],
    ignored: '',
    next: [
      `build and push an image, and put its name for ${imageName} in kubernetes/*/*.yaml`,
      'kubectl apply -f kubernetes/shards/results.yaml -f kubernetes/shards/fuzz.yaml: a number of cases, without a queue',
      `kubernetes/queue: a fleet; needs ${libraries}, and the secret that valkey.yaml names`,
    ],
  },
  compose: {
    files: [{ template: 'compose/compose.yaml', path: 'compose.yaml' }, ...image],
    ignored: '.env\n',
    next: [
      `${libraries}; mkdir -p reports`,
      `printf 'LOGITFUZZ_QUEUE_PASSWORD=%s\\nREPORTS_OWNER=%s\\n' "$(openssl rand -hex 24)" "$(id -u):$(id -g)" > .env`,
      'docker compose up --build --detach --scale worker=10',
    ],
  },
};

/** The files of several deployments, each once. */
export function filesOf(names: readonly DeploymentName[]): Deployment['files'] {
  const all = names.flatMap((name) => deployments[name].files);
  return all.filter(({ path }, i) => all.findIndex((other) => other.path === path) === i);
}

/** What of a project its files depend on: the kind of its subject, and what its configuration names. */
export interface Deployed {
  readonly kind: InitKind;
  readonly config: Pick<CampaignConfig, 'subject' | 'python' | 'engine' | 'references'>;
}

/** A file of a deployment, with what is particular to the project. */
export function deploymentFor(text: string, path: string, { kind, config }: Deployed): string {
  if (path === 'kubernetes/shards/fuzz.yaml')
    return text.replace('--resume "$run"', () => ['--resume "$run"', ...namedAgain(config)].join(' '));
  if (path !== 'Dockerfile') return text;
  const { packages, builds } = kind.image;
  const install = `RUN apt-get update && apt-get install --yes --no-install-recommends ${packages.join(' ')} && rm -rf /var/lib/apt/lists/*\n`;
  return text
    .replace('WORKDIR /app\n', `${packages.length === 0 ? '' : install}WORKDIR /app\n`)
    .replace('COPY . .\n', `COPY . .\n${builds.map((command) => `RUN ${command}\n`).join('')}`);
}

/** The flags of what starts a program: who resumes a run names it again. */
function namedAgain({ subject, python, engine, references }: Deployed['config']): readonly string[] {
  const isProgram = subject !== undefined && connectorOf(subject).startsProgram;
  const own = Array.isArray(references) && references.some((name) => isOwnReference(name));
  const named = {
    subject: isProgram ? subject : undefined,
    python,
    engine,
    references: own ? references.join(',') : undefined,
  };
  return Object.entries(named).flatMap(([flag, value]) =>
    value === undefined ? [] : [`--${flag}`, shellQuoted(value)],
  );
}

/** The kind whose subject is named alike; a module where none is. */
export function kindOf(subject: string): InitKindName {
  const names = Object.keys(initKinds) as readonly InitKindName[];
  const endingOf = (path: string): string => (path.startsWith('cmd:') ? path : extname(path));
  return names.find((name) => endingOf(initKinds[name].subject) === endingOf(subject)) ?? 'typescript';
}
