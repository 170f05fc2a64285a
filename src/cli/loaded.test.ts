/**
 * What a command loads before it does anything: lists that cannot grow unseen. A package of a few modules
 * costs a process some milliseconds, and one of a hundred a tenth of a second.
 */
// @module-tag processes
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { runCommand, temporaryFolder } from './run-command.ts';

const folder = temporaryFolder();
afterAll(() => folder.remove());

const preload = fileURLToPath(new URL('fixtures/notes-loads.mjs', import.meta.url));

/** The files of dist, without the digest in the name of one of the bundle, and the packages. */
interface Loads {
  readonly files: readonly string[];
  readonly packages: readonly string[];
}

/** What each process of the command has loaded, by its entry. */
function loadsOf(name: string, args: readonly string[]): { readonly main: Loads; readonly worker: Loads } {
  const path = join(folder.path, name);
  mkdirSync(path);
  const env = { NODE_OPTIONS: `--import=${preload}`, LOGITFUZZ_TEST_LOADS: path };
  const { exitCode, stderr } = runCommand(args, { cwd: folder.path, env });
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: expect.any(String) as string });
  return { main: loadsIn(join(path, 'main.js.txt')), worker: loadsIn(join(path, 'worker.js.txt')) };
}

function loadsIn(path: string): Loads {
  if (!existsSync(path)) return { files: [], packages: [] };
  const urls = readFileSync(path, 'utf8').split('\n');
  const matches = (pattern: RegExp): readonly string[] => [
    ...new Set(urls.flatMap((url) => pattern.exec(url)?.slice(1, 2) ?? [])),
  ];
  return {
    files: matches(/\/dist\/src\/(?!node_modules)(.*?)(?:-[\w-]{8})?\.js$/).toSorted(),
    packages: matches(/.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/).toSorted(),
  };
}

const none: Loads = { files: [], packages: [] };
const first = ['bundle/main', 'cli/main'];

test('--help and --version load nothing but what prints a text that is there', () => {
  const commands = [['--help'], ['-h'], ['--version'], ['-V'], ['fuzz', '--help'], ['score', '--help']];
  const loads = commands.map((args, i) => loadsOf(`text-${i}`, args));

  expect(loads).toEqual(commands.map(() => ({ main: { files: first, packages: [] }, worker: none })));
});

test('a campaign without references loads no package, and neither does its worker', () => {
  const { main, worker } = loadsOf('campaign', [
    'fuzz',
    '--references',
    'none',
    '--runs',
    '5',
    '--no-report',
  ]);

  expect(main.packages).toEqual([]);
  expect(worker).toEqual({
    files: [
      'bundle/common',
      'bundle/crash',
      'bundle/early',
      'bundle/guard',
      'bundle/kernels',
      'bundle/load-subject',
      'bundle/main',
      'bundle/rolldown-runtime',
      'bundle/serve',
      'bundle/worker',
      'bundle/worker-and-later',
      'worker/worker',
    ],
    packages: [],
  });
});

test('the texts that are there are what yargs prints', () => {
  const printed = [[], ['fuzz'], ['corpus']].map((verb) => {
    const [ready, laidOut] = [
      [...verb, '--help'],
      [...verb, '--help', '--help'],
    ].map((args) => runCommand(args, { cwd: folder.path }));
    return { ready, laidOut };
  });

  expect(printed.map(({ ready }) => ready)).toEqual(printed.map(({ laidOut }) => laidOut));
  expect(printed.map(({ ready }) => ready!.stdout.length > 200)).toEqual([true, true, true]);
});

test('what judges in this process starts no worker', () => {
  const args = ['fuzz', '--in-process', '--references', 'none', '--runs', '5', '--no-report'];

  expect(loadsOf('in-process', args).worker).toEqual(none);
});

test('what prints help where no text is there loads yargs alone, and no command', () => {
  const { main, worker } = loadsOf('no-text', ['--help', '--help']);

  expect({ worker, packages: main.packages }).toEqual({ worker: none, packages: [] });
});
