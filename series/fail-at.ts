/**
 * Loaded before logitfuzz (`node --import`): makes the k-th file operation below a folder fail with an error
 * of the operating system. It reaches everything that the process does to its files, the libraries it stands
 * on among it. Workers are left alone.
 */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { resolve } from 'node:path';

interface Fault {
  /** Operations on files below it are counted. */
  readonly root: string;
  /** The first is 1; 0 lets all succeed. */
  readonly at: number;
  readonly code: string;
  /** Where the number of operations is written at the end. */
  readonly countPath: string;
}

const byPath = [
  'openSync',
  'renameSync',
  'mkdirSync',
  'readdirSync',
  'readFileSync',
  'statSync',
  'rmSync',
  'unlinkSync',
  'realpathSync',
  'chownSync',
  'chmodSync',
] as const;
const byDescriptor = ['writeSync', 'fsyncSync', 'closeSync'] as const;

type Operation = (...args: unknown[]) => unknown;

function install({ root, at, code, countPath }: Fault): void {
  let count = 0;
  const ours = new Set<unknown>();
  const table = fs as unknown as Record<string, Operation>;
  const count1 = (name: string, target: unknown): void => {
    if (++count !== at) return;
    const error = new Error(`${code}: injected, ${name} '${String(target)}'`);
    throw Object.assign(error, { code, syscall: name, path: String(target) });
  };
  for (const name of byPath) {
    const real = table[name]!;
    const failing: Operation = (...args) => {
      const isOurs = typeof args[0] === 'string' && isCounted(resolve(args[0]), root);
      if (isOurs) count1(name, args[0]);
      const result = real.apply(fs, args);
      if (isOurs && name === 'openSync') ours.add(result);
      return result;
    };
    table[name] = Object.assign(failing, real); // realpathSync.native
  }
  for (const name of byDescriptor) {
    const real = table[name]!;
    table[name] = (...args) => {
      if (ours.has(args[0])) {
        if (name === 'closeSync') ours.delete(args[0]);
        else count1(name, args[0]);
      }
      return real.apply(fs, args);
    };
  }
  syncBuiltinESMExports();
  process.on('exit', () => fs.appendFileSync(countPath, `${count}\n`));
}

/**
 * Journals are read by the clock, so that no two campaigns would count alike: `supervise.test.ts` has those.
 */
function isCounted(path: string, root: string): boolean {
  return path.startsWith(root) && !/\/journal-\d+$/.test(path);
}

const given = process.env['LOGITFUZZ_FAULT'];
const isWorker = process.argv[1]?.endsWith('worker.js') === true;
if (given !== undefined && !isWorker) install(JSON.parse(given) as Fault);
