/**
 * `npm run build:kernels`: compiles src/kernels/simd/lanes.ts, which is AssemblyScript, and writes the bytes
 * as src/kernels/simd/lanes-bytes.ts.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const repository = join(import.meta.dirname, '..');
const source = 'src/kernels/simd/lanes.ts';
export const bytesModule: string = join(repository, 'src/kernels/simd/lanes-bytes.ts');
/** 64 KB each: two arrays of 2^20 float32, one of float64, and what a block of rows has beside them. */
const pages = '258';
const columns = 100;

/** The text of lanes-bytes.ts. */
export function compiledKernels(): string {
  const folder = mkdtempSync(join(tmpdir(), 'logitfuzz-kernels-'));
  try {
    const made = join(folder, 'lanes.wasm');
    const compiler = join(repository, 'node_modules/assemblyscript/bin/asc.js');
    const memory = ['--initialMemory', pages, '--maximumMemory', pages];
    const settings = ['-O3', '--noAssert', '--runtime', 'stub', '--enable', 'simd', ...memory];
    const ended = spawnSync(process.execPath, [compiler, source, '--outFile', made, ...settings], {
      cwd: repository,
      encoding: 'utf8',
    });
    if (ended.status !== 0) throw new Error(`the compiler of AssemblyScript failed:\n${ended.stderr}`);
    return moduleOf(readFileSync(made));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function moduleOf(bytes: Buffer): string {
  const lines = bytes.toString('base64').match(new RegExp(`.{1,${columns}}`, 'g'))!;
  return [
    `/** What ${source} compiles to, ${bytes.length.toLocaleString('en')} bytes in base64: written by \`npm run build:kernels\`. */`,
    'export const lanesBytes: string =',
    `${lines.map((line) => `  '${line}'`).join(' +\n')};`,
    '',
  ].join('\n');
}

if (process.argv[1] === import.meta.filename) writeFileSync(bytesModule, compiledKernels());
