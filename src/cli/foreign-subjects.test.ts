/** Subjects that are not JavaScript on the command line: what ends their process is found as of any other. */
// @module-tag processes
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { needs } from '../connect/fixtures/needs.ts';
import { writeOnnxModel } from '../connect/onnx/model.ts';
import { runCommand, temporaryFolder } from './run-command.ts';

const folder = temporaryFolder();
afterAll(() => folder.remove());

interface Found {
  readonly exitCode: number;
  readonly subject: { readonly version: string };
  readonly findings: readonly {
    readonly signature: string;
    readonly case: string;
    readonly replay: string;
  }[];
}

function fuzz(args: readonly string[]): Found {
  const plan = [
    '--references',
    'none',
    '--seed',
    '1',
    '--workers',
    '1',
    '--max-findings',
    '1',
    '--no-report',
  ];
  const { stdout } = runCommand(['fuzz', ...args, ...plan, '--json'], { cwd: folder.path });
  return JSON.parse(stdout) as Found;
}

function written(name: string, content: string | Uint8Array): string {
  const path = join(folder.path, name);
  writeFileSync(path, content);
  return path;
}

const wgsl = needs('webgpu', 'chromium');
test.skipIf(wgsl.isSkipped)(
  `a shader that loops for ever has timed out in the case that it was asked${wgsl.reason}`,
  () => {
    written(
      'loop.wgsl',
      `@group(0) @binding(0) var<storage, read> x: array<f32>;
     @group(0) @binding(1) var<storage, read_write> y: array<f32>;
     @compute @workgroup_size(1) fn softmax() {
       var i = 0u;
       loop { i++; y[0] = f32(i); if (x[0] == 12345 && i == 0) { break; } }
     }`,
    );

    const found = fuzz([
      '--subject',
      './loop.wgsl',
      '--engine',
      'swiftshader',
      '--runs',
      '1',
      '--case-timeout',
      '1s',
    ]);

    expect(found.exitCode).toBe(1);
    expect(found.findings.map(({ signature }) => signature)).toEqual([expect.stringContaining('timed-out')]);
  },
);

const native = needs('koffi', 'gcc');
test.skipIf(native.isSkipped)(
  `a library that crashes is told as the crash of that case${native.reason}`,
  () => {
    const source = written(
      'crash.c',
      `void crash(const float *x, float *y, long n) { if (n > 1) *(volatile int *)0 = 1; y[0] = 1; }`,
    );
    execFileSync('gcc', ['-shared', '-fPIC', '-o', join(folder.path, 'libcrash.so'), source]);
    const call = { symbol: 'crash', args: ['in x', 'out y', 'cols'], each: 'row' };
    written('crash.json', JSON.stringify({ kernels: { softmax: call } }));

    const found = fuzz(['--subject', './libcrash.so', '--manifest', 'crash.json', '--runs', '5']);

    expect(found.findings).toMatchObject([{ signature: expect.stringContaining('crashed') as string }]);
    expect(found.findings[0]!.replay).toContain('--subject ./libcrash.so --manifest crash.json');
  },
);

const python = needs('python');
test.skipIf(python.isSkipped)(
  `--engine python asks a model in ONNX Runtime for Python${python.reason}`,
  () => {
    const value = (name: string): { name: string; type: 'float32' } => ({ name, type: 'float32' });
    const nodes = [{ op: 'ReduceLogSumExp', inputs: ['x'], outputs: ['y'], attributes: { axes: [1] } }];
    written('lse.onnx', writeOnnxModel({ opset: 13, inputs: [value('x')], outputs: [value('y')], nodes }));

    const found = fuzz(['--subject', './lse.onnx', '--engine', 'python', '--runs', '400']);

    expect(found.subject.version).toMatch(/^onnxruntime-1\./);
    expect(found.findings).toMatchObject([{ signature: expect.stringContaining('inf') as string }]);
  },
);
