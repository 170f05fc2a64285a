/**
 * `npm run setup:parts`: installs what logitfuzz can use and does not need, in the versions that
 * parts/package.json and parts/requirements.txt name, into parts/node_modules and parts/venv. What is
 * installed already stays, and so does more than is asked for. `-- --nightly` adds
 * parts/requirements-nightly.txt, which is large.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

interface Part {
  readonly folder: string;
  /** The files that say what is in it: where they are as they were, it is kept. */
  readonly pins: readonly string[];
  /** Those of one that holds this one too: it is kept as well. */
  readonly morePins?: readonly string[];
  readonly steps: readonly (readonly string[])[];
}

const isNightly = process.argv.includes('--nightly');
const python = process.env['PYTHON'] ?? (process.platform === 'win32' ? 'python' : 'python3');
const inVenv = process.platform === 'win32' ? 'venv/Scripts/python.exe' : 'venv/bin/python';
const nightlyRequirements = ['requirements.txt', 'requirements-nightly.txt'];
const requirements = isNightly ? nightlyRequirements : ['requirements.txt'];
const parts: readonly Part[] = [
  {
    folder: 'node_modules',
    pins: ['package-lock.json'],
    steps: [['npm', 'ci', '--ignore-scripts', '--loglevel=error']],
  },
  {
    folder: 'venv',
    pins: requirements,
    morePins: nightlyRequirements,
    steps: [
      [python, '-m', 'venv', 'venv'],
      [
        join('parts', inVenv),
        '-m',
        'pip',
        'install',
        '--quiet',
        '--disable-pip-version-check',
        '--only-binary=:all:',
        ...requirements.flatMap((file) => ['-r', file]),
      ],
    ],
  },
];

for (const part of parts) if (!install(part)) process.exitCode = 3;

/** False where a step failed. */
function install({ folder, pins, morePins = pins, steps }: Part): boolean {
  const path = join('parts', folder);
  const stamp = join(path, '.logitfuzz-pins');
  const digest = digestOf(pins);
  const megabytes = (): string => `${Math.round(sizeOf(path) / 1e6)} MB`;
  const installed = existsSync(stamp) ? readFileSync(stamp, 'utf8') : null;
  if (installed === digest || installed === digestOf(morePins)) {
    console.log(`${path} is ready (${megabytes()})`);
    return true;
  }
  const begun = performance.now();
  rmSync(path, { recursive: true, force: true });
  for (const [command, ...args] of steps) {
    const program = command!.startsWith('parts') ? join(process.cwd(), command!) : command!;
    const { status, error } = spawnSync(program, args, {
      cwd: 'parts',
      stdio: 'inherit',
      shell: process.platform === 'win32' && command === 'npm', // there it is a script
    });
    if (status === 0) continue;
    console.error(`setup:parts: ${[command, ...args].join(' ')} failed${error ? `: ${error.message}` : ''}`);
    return false;
  }
  writeFileSync(stamp, digest);
  const seconds = ((performance.now() - begun) / 1000).toFixed(0);
  console.log(`${path} is installed (${megabytes()}, in ${seconds} s)`);
  return true;
}

function digestOf(pins: readonly string[]): string {
  const hash = createHash('sha256');
  for (const pin of pins) hash.update(readFileSync(join('parts', pin)));
  return hash.digest('hex');
}

function sizeOf(folder: string): number {
  let bytes = 0;
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true }))
    if (entry.isFile()) bytes += statSync(join(entry.parentPath, entry.name)).size;
  return bytes;
}
