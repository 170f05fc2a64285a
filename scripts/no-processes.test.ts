import { exec, execFile, execFileSync, execSync, fork, spawn, spawnSync } from 'node:child_process';
import { Worker } from 'node:worker_threads';
import { expect, test } from 'vitest';

const path = process.execPath;

test.each<[string, () => unknown]>([
  ['spawn', () => spawn(path, ['--version'])],
  ['exec', () => exec('true')],
  ['execFile', () => execFile(path, ['--version'])],
  ['fork', () => fork('none.js')],
  ['spawnSync', () => spawnSync(path, ['--version'])],
  ['execSync', () => execSync('true')],
  ['execFileSync', () => execFileSync(path, ['--version'])],
  ['a worker thread', () => new Worker('', { eval: true })],
])('%s throws in a file that does not say it starts processes', (_name, start) => {
  expect(start).toThrow('has to say so: // @module-tag processes');
});

test('native TensorFlow is refused where it is left out, and other native code is not', () => {
  const open = (path: string) => (): void => process.dlopen({ exports: {} } as unknown as NodeModule, path);
  const isLeftOut = process.env['LOGITFUZZ_EMBEDDED'] === '1';

  expect(open('/none/tfjs_binding.node')).toThrow(isLeftOut ? 'has to say so' : '/none/tfjs_binding.node');
  expect(open('/none/parser.node')).toThrow('/none/parser.node');
});
