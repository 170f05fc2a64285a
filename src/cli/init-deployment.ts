/** What `init --kubernetes` and `init --compose` write: how a campaign runs on many machines. */
import { connectorOf } from '../connect/connect.ts';
import type { InitKind } from './init-kinds.ts';

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

/** A file of a deployment, with what is particular to the kind of the subject. */
export function deploymentWithKind(
  text: string,
  { path, kind }: { readonly path: string; readonly kind: InitKind },
): string {
  if (path === 'kubernetes/shards/fuzz.yaml' && connectorOf(kind.subject).startsProgram) {
    // what starts a program is named again where a run is resumed
    return text.replace('--resume "$run"', `--resume "$run" --subject ${kind.subject}`);
  }
  if (path !== 'Dockerfile') return text;
  const { packages, builds } = kind.image;
  const install = `RUN apt-get update && apt-get install --yes --no-install-recommends ${packages.join(' ')} && rm -rf /var/lib/apt/lists/*\n`;
  return text
    .replace('WORKDIR /app\n', `${packages.length === 0 ? '' : install}WORKDIR /app\n`)
    .replace('COPY . .\n', `COPY . .\n${builds.map((command) => `RUN ${command}\n`).join('')}`);
}
