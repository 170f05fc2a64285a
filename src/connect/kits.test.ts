/** The kits that come with logitfuzz: each keeps to docs/protocol.md, and gives the recorded bytes. */
// @module-tag processes
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { checkConformance } from './conformance/conformance.ts';
import { helloFrame, startKit, type Next } from './conformance/kit-process.ts';
import type { Program } from './connector.ts';
import { needs } from './fixtures/needs.ts';
import { needsPython } from './fixtures/python.ts';
import { transcript } from './fixtures/transcript.ts';
import { pythonKit } from './python.ts';
import { protocols } from './welcome.ts';
import { frameTypes } from './wire.ts';

const folder = mkdtempSync(join(tmpdir(), 'logitfuzz-kits-'));
afterAll(() => rmSync(folder, { recursive: true }));
const at = (name: string): string => fileURLToPath(new URL(`fixtures/${name}`, import.meta.url));

const example = resolve(import.meta.dirname, '../../examples/c-kernel');
const { python, ...pythonNeed } = needsPython();
const makeNeed = needs('make', 'cc');

beforeAll(() => {
  if (makeNeed.isSkipped) return;
  const { status, stderr } = spawnSync('make', [`OUT=${folder}`], { cwd: example, encoding: 'utf8' });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
});

const kits = [
  {
    name: 'Python',
    need: pythonNeed,
    command: python,
    args: [pythonKit, at('faulty.py')],
    echoed: 'float32, float64, float16 and bfloat16',
  },
  { name: 'C', need: makeNeed, command: join(folder, 'careful'), args: [], echoed: 'float32 and float64' },
];

describe.each(kits)('the kit in $name$need.reason', ({ need, command, args, echoed }) => {
  const program: Program = { command, args };

  test.skipIf(need.isSkipped)('passes every check of the conformance run', async () => {
    const { lines } = await checkConformance(program, { whose: 'the kit', startMs: 20_000 });

    expect(lines.filter(({ result }) => result !== 'pass')).toEqual([]);
    expect(lines.find(({ check }) => check === 'payloads of NaNs')!.seen).toBe(`the same bits in ${echoed}`);
    expect(lines.length).toBeGreaterThan(20);
  });

  test.skipIf(need.isSkipped)('answers the recorded frames by the recorded bytes', async () => {
    const kit = startKit(program);
    const sequences = [1, 2, 5];
    const runs = sequences.map((one) => transcript(`run ${one}`));
    kit.write(Buffer.concat([helloFrame(protocols), ...runs]));

    const frames: Next[] = [];
    while (frames.length <= runs.length) frames.push(await kit.next(20_000));
    kit.kill();

    expect(frames[0]).toMatchObject({ kind: 'frame', frame: { type: frameTypes.welcome, sequence: 0 } });
    for (const [i, sequence] of sequences.entries()) {
      const recorded = transcript(`results ${sequence}`);
      const next = frames[i + 1]!;
      expect(next).toMatchObject({ kind: 'frame', frame: { type: frameTypes.results, sequence } });
      if (next.kind === 'frame')
        expect(Buffer.from(next.frame.body).toString('hex')).toBe(recorded.subarray(16).toString('hex'));
    }
  });
});

async function failuresOf(faults: string): Promise<Record<string, string>> {
  const program = { command: process.execPath, args: [at('kit.mjs'), faults] };
  const { lines } = await checkConformance(program, { whose: 'the kit', startMs: 20_000, answerMs: 1_000 });
  return Object.fromEntries(
    lines.filter(({ result }) => result === 'fail').map(({ check, seen }) => [check, seen]),
  );
}

test('the conformance run tells of what a kit does otherwise', async () => {
  expect(await failuresOf('any-protocol+stops-badly+outlives-its-input')).toEqual({
    'a protocol that it does not know': 'a frame of type 2, not fail',
    stop: 'exit with code 1',
    'the end of its input': 'it is still there 1 s after the end of its input',
  });
});

test('the conformance run goes on with a new process where one has ended', async () => {
  expect(await failuresOf('exits')).toEqual({
    'rank 6, odd sizes': 'it ended with code 3',
    '200 cases in a frame': 'it ended with code 3',
  });
});

test('the conformance run is over where there is no welcome', async () => {
  expect(await failuresOf('prints-first')).toEqual({
    'hello and welcome': expect.stringMatching(/^it wrote "Loading the model/) as string,
  });
});
