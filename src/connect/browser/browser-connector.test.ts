/** Subjects in a page of Chromium, and whatever goes wrong there. */
// @module-tag processes
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Case } from '../../case/case.ts';
import type { Outcome } from '../../case/outcome.ts';
import type { Operation } from '../../contract/subject.ts';
import { halfFormats, type Format } from '../../float/format.ts';
import { ulpDistance } from '../../float/ulp.ts';
import { generateCase } from '../../generate/generate-case.ts';
import * as fromScratch from '../../kernels/index.ts';
import { subjectImplementation } from '../../subjects/subject-implementation.ts';
import type { OutsideImplementation } from '../outside-implementation.ts';
import { browserConnector } from './browser-connector.ts';
import { findChromium } from './chromium.ts';

const isSkipped = findChromium() === null && process.env['CI'] === undefined;
const why = isSkipped ? ' (skipped: Chromium is not here, and CI is not set)' : '';
const fixture = join(import.meta.dirname, 'fixtures/misbehaves.js');

async function connect(specifier: string): Promise<OutsideImplementation> {
  const connected = await browserConnector.connect(specifier, { rssLimitMb: 4096, caseTimeoutMs: 3_000 });
  if (connected.kind !== 'outside') throw new Error(connected.kind);
  return connected.implementation;
}

function caseOf(operation: Operation, logits: readonly number[]): Case {
  const data = Float32Array.from(logits);
  return {
    operation,
    direction: 'forward',
    format: 'float32',
    axis: -1,
    logits: { shape: [data.length], data },
    regimes: [],
    checks: [],
  };
}

const half = { kind: 'values', tensor: { shape: [2], data: Float32Array.of(0.5, 0.5) }, violations: [] };

test('what is not there is a usage error that says what to do', async () => {
  await expect(connect('browser:./not-there.js')).rejects.toThrow(/is not there: no file/);
  await expect(connect('browser:./kernels.ts')).rejects.toThrow(/build it first/);
});

test('a Chromium that is not there is a usage error that says how to get it', async () => {
  const before = process.env['LOGITFUZZ_CHROMIUM'];
  process.env['LOGITFUZZ_CHROMIUM'] = '/not/there';
  await expect(connect(`browser:${fixture}`)).rejects.toThrow(
    /needs Chromium, which is not there: apt-get install chromium gets it/,
  );
  if (before === undefined) delete process.env['LOGITFUZZ_CHROMIUM'];
  else process.env['LOGITFUZZ_CHROMIUM'] = before;
});

describe.skipIf(isSkipped)(`in Chromium${why}`, () => {
  let page: OutsideImplementation;
  beforeAll(async () => {
    page = await connect(`browser:${fixture}`);
  });
  afterAll(() => page?.dispose());

  /** The processes of the page's browser that have this in their command line: the next one is younger. */
  function processesWith(text: string): number[] {
    const browsers = childrenOf(process.pid).filter((pid) => lineOf(pid).includes('remote-debugging-pipe'));
    const all = browsers.slice(0, 1).flatMap((pid) => [pid, ...descendantsOf(pid)]);
    return all.filter((pid) => lineOf(pid).includes(text));
  }

  test('a module says of itself what it says in Node, and imports what is beside it', async () => {
    expect(page).toMatchObject({ name: 'misbehaves', version: '1.2.3' });
    expect(page.welcome).toMatchObject({ kernels: ['softmax', 'logSumExp'], supports: { axis: 'last' } });
    expect(await page.run(caseOf('softmax', [7, 7]))).toEqual(half);
    expect(await page.run(caseOf('logSumExp', [2]))).toMatchObject({ tensor: { data: Float32Array.of(4) } });
  });

  test('the kernels of this package give the same in a page as in Node, but for the last bit of an exp', async () => {
    const ours = await connect('browser:dist/src/kernels/softmax.js');
    const here = subjectImplementation(fromScratch, { name: 'from-scratch' });
    const space = { operations: ['softmax'], directions: ['forward', 'backward'] } as const;
    const cases = Array.from({ length: 400 }, (_, index) =>
      generateCase({ seed: 8n, index }, { ...space, formats: ['float32', ...halfFormats] }),
    ).filter((c) => ours.declines(c) === null);

    const there = await ours.runMany(cases);
    ours.dispose();

    const furthest: number[] = [];
    for (const [i, c] of cases.entries()) furthest.push(stepsBetween(there[i]!, await here.run(c), c.format));
    expect(Math.max(...furthest)).toBeLessThanOrEqual(1);
    expect(new Set(cases.map(({ format }) => format)).size).toBe(3);
    expect(cases.length).toBeGreaterThan(100);
  });

  test('a module that asks for what is not there is a usage error that names it', async () => {
    const missing = fixture.replace('misbehaves', 'imports-nothing');
    await expect(connect(`browser:${missing}`)).rejects.toThrow(/asked for .*fixtures\/not-there\.js/);
  });

  test.each([
    [1001, 'printed', 'the call printed "hello\\n"'],
    [1002, 'input-written', 'the call wrote to its argument logits'],
    [1004, 'output-aliased', 'the result shares memory with an argument'],
  ])('conduct that the page sees is told: %i', async (logit, kind, detail) => {
    expect(await page.run(caseOf('softmax', [logit, 1]))).toMatchObject({ violations: [{ kind, detail }] });
  });

  test('what a kernel throws is told', async () => {
    expect(await page.run(caseOf('softmax', [1005]))).toEqual({ kind: 'threw', message: 'Error: no' });
  });

  test('a loop in a frame is the outcome of the case that did it, and the page is replaced', async () => {
    const cases = [caseOf('softmax', [7, 7]), caseOf('softmax', [1003]), caseOf('softmax', [7, 7])];

    expect(await page.runMany(cases)).toEqual([half, { kind: 'timed-out', limitMs: 3_000 }, half]);
  });

  test('a loop in a shader is no answer, and nothing of it goes on', async () => {
    const before = processesWith('type=gpu-process');

    expect(await page.run(caseOf('logSumExp', [1003]))).toEqual({ kind: 'timed-out', limitMs: 3_000 });
    expect(await page.run(caseOf('logSumExp', [3]))).toMatchObject({ kind: 'values' });
    expect(processesWith('type=gpu-process').filter((pid) => before.includes(pid))).toEqual([]);
  });

  /** What becomes of a call in the middle of which these processes are killed. */
  async function killing(text: string, operation: Operation): Promise<unknown> {
    await page.run(caseOf(operation, [2]));
    const asked = page.run(caseOf(operation, [1003]));
    await new Promise((resolve) => setTimeout(resolve, 300));
    for (const pid of processesWith(text)) process.kill(pid, 'SIGKILL');
    return asked;
  }

  test.each([
    ['the browser', 'remote-debugging-pipe', 'softmax', /^the browser ended/],
    ['the page', 'type=renderer', 'softmax', /^the page crashed/],
    ['the GPU', 'type=gpu-process', 'logSumExp', /^its page can go on no more: .*device was lost/],
  ] as const)('%s that is killed is a crash of the case', async (_, text, operation, detail) => {
    const outcome = await killing(text, operation);

    expect(outcome).toMatchObject({ kind: 'crashed', detail: expect.stringMatching(detail) as unknown });
    expect(await page.run(caseOf('softmax', [7, 7]))).toEqual(half);
  });

  test.each(['softmax', 'logSumExp'])(
    'no process of a browser is left where its own process is killed in an endless %s',
    async (operation) => {
      const waits = join(import.meta.dirname, 'fixtures/waits-in-a-browser.mjs');
      const child = spawn(process.execPath, [waits, fixture, operation], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const [line] = (await once(child.stdout, 'data')) as [Buffer];
      const browser = Number(line.toString());
      await new Promise((resolve) => setTimeout(resolve, 500));
      const all = [browser, ...descendantsOf(browser)];
      expect(all.length).toBeGreaterThan(2);

      child.kill('SIGKILL');

      await expect.poll(() => all.filter(isAlive), { timeout: 5_000 }).toEqual([]);
    },
  );
});

/** The largest distance of two of their elements, of outcomes that are values of one shape. */
function stepsBetween(a: Outcome, b: Outcome, format: Format): number {
  if (a.kind !== 'values' || b.kind !== 'values') throw new Error(`${a.kind}, ${b.kind}`);
  expect(a.tensor!.shape).toEqual(b.tensor!.shape);
  const steps = Array.from(a.tensor!.data, (value, i) =>
    Object.is(value, b.tensor!.data[i]) ? 0 : ulpDistance(value, b.tensor!.data[i]!, format),
  );
  return Math.max(0, ...steps);
}

function childrenOf(pid: number): number[] {
  return textOf(`/proc/${pid}/task/${pid}/children`).split(' ').filter(Boolean).map(Number);
}

function descendantsOf(pid: number): number[] {
  return childrenOf(pid).flatMap((child) => [child, ...descendantsOf(child)]);
}

function lineOf(pid: number): string {
  return textOf(`/proc/${pid}/cmdline`);
}

/** A zombie is none of ours any more. */
function isAlive(pid: number): boolean {
  return /\) [^Z]/.test(textOf(`/proc/${pid}/stat`));
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return '';
  }
}
