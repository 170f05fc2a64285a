/**
 * What a user gets: the packed tarball, installed into a copy of examples/user-project, whose tests and gate
 * are run with a sound kernel and with a wrong one. `npm run test:packed`; ends with 1 where anything is not
 * as the example says.
 */
import { spawnSync } from 'node:child_process';
import { copyFileSync, cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { digestOfPackage } from '../src/queue/digest.ts';

interface Ended {
  readonly exitCode: number | null;
  readonly output: string;
}

const root = process.cwd();
const folder = mkdtempSync(join(tmpdir(), 'logitfuzz-packed-'));
const project = join(folder, 'project');
let failures = 0;

try {
  install();
  withSoundKernel();
  withWrongKernel();
} finally {
  rmSync(folder, { recursive: true, force: true });
}
console.log(failures === 0 ? 'the packed tarball does what the example says' : `${failures} checks failed`);
process.exitCode = failures === 0 ? 0 : 1;

/**
 * tfjs-node is left out: npm has no way to leave out one
 * optional dependency, so its install script is not run.
 */
function install(): void {
  const packed = run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], root);
  const [{ filename }] = JSON.parse(packed.output) as readonly [{ readonly filename: string }];
  cpSync(join(root, 'examples/user-project'), project, { recursive: true });
  const manifest = JSON.parse(readFileSync(join(project, 'package.json'), 'utf8')) as {
    readonly devDependencies: Readonly<Record<string, string>>;
  };
  const devDependencies = { ...manifest.devDependencies, logitfuzz: `file:${join(folder, filename)}` };
  writeFileSync(join(project, 'package.json'), JSON.stringify({ ...manifest, devDependencies }, null, 2));
  const flags = ['--prefer-offline', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  check('the tarball installs', run('npm', ['install', ...flags], project), { exitCode: 0 });
  const isSame = digestOfPackage(join(project, 'node_modules/logitfuzz')) === digestOfPackage(root);
  check(
    'its code is that of the clone to a campaign of several machines',
    { exitCode: isSame ? 0 : 1, output: 'another digest' },
    { exitCode: 0 },
  );
}

function withSoundKernel(): void {
  const tsc = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin/tsc');
  check('its types are found', run(process.execPath, [tsc, '-p', '.'], project), { exitCode: 0 });
  check('the tests of a sound kernel pass', run('npm', ['test'], project), {
    exitCode: 0,
    says: /Tests +3 passed/,
  });
  check('the gate lets it pass', run('npm', ['run', 'gate', '--', '--runs', '2000'], project), {
    exitCode: 0,
    says: /^OK {2}my-kernels@/m,
  });
}

function withWrongKernel(): void {
  copyFileSync(join(project, 'first-try.ts'), join(project, 'kernels.ts'));
  const tests = run('npm', ['test'], project);
  check('the tests of a wrong one fail, with the finding', tests, {
    exitCode: 1,
    says: /my-kernels@unversioned is wrong: softmax\/float\d\d \[.*\][^]*shrunk in \d+ steps of \d+ tries/,
  });
  check('what is right of it still passes', tests, { exitCode: 1, says: /Tests +1 failed \| 2 passed/ });
  check('the gate stops it', run('npm', ['run', 'gate', '--', '--runs', '2000'], project), {
    exitCode: 1,
    says: /^WRONG {2}my-kernels@/m,
  });
  const command = /npx logitfuzz (replay \S+) --subject \.\/kernels\.ts/.exec(tests.output)?.[1] ?? 'replay';
  const replay = ['--no-install', 'logitfuzz', ...command.split(' '), '--subject'];
  check('the command of the message replays it', run('npx', [...replay, './kernels.ts'], project), {
    exitCode: 1,
    says: /It still diverges: the same verdict\./,
  });
  copyFileSync(join(root, 'examples/user-project/kernels.ts'), join(project, 'kernels.ts'));
  check('and says when it is mended', run('npx', [...replay, './kernels.ts'], project), {
    exitCode: 0,
    says: /It does not diverge here: it was mended, or it depends on earlier calls/, // the kit confirms nothing
  });
}

function run(command: string, args: readonly string[], cwd: string): Ended {
  const env = { ...process.env, NO_COLOR: '1', FORCE_COLOR: undefined, INIT_CWD: undefined };
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    cwd,
    encoding: 'utf8',
    timeout: 600_000,
    env,
  });
  if (error !== undefined) throw error;
  return { exitCode: status, output: `${stdout}${status === 0 ? '' : stderr}` };
}

function check(
  what: string,
  { exitCode, output }: Ended,
  due: { readonly exitCode: number; readonly says?: RegExp },
): void {
  const isRight = exitCode === due.exitCode && (due.says?.test(output) ?? true);
  console.log(`${isRight ? 'passed' : 'FAILED'}  ${what}`);
  if (isRight) return;
  failures++;
  console.log(
    `  exit ${exitCode}, due ${due.exitCode}${due.says === undefined ? '' : ` and ${due.says}`}\n${output}`,
  );
}
