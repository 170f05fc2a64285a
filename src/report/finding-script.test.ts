/**
 * The printed programs, run: they show what they are about,
 * and ask a reference exactly what reference/ asks it.
 */
// @module-tag processes
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { references } from '../../reference/index.ts';
import { smallCase } from '../../reference/ledger/small-case.ts';
import { exampleCase, exampleFinding } from '../case/fixtures/example-finding.ts';
import type { CallForm } from '../case/call-form.ts';
import { caseFromJson } from '../case/case-json.ts';
import { caseSummary } from '../case/case-summary.ts';
import type { Case } from '../case/case.ts';
import type { Symptom } from '../case/verdict.ts';
import { UsageError } from '../contract/failure.ts';
import { kernelTable } from '../contract/subject.ts';
import { generateCase } from '../generate/generate-case.ts';
import { answerOf } from '../oracles/exact.ts';
import { defaultArithmetic, type Implementation } from '../subjects/implementation.ts';
import { installTfjs } from './fixtures/install-tfjs.ts';
import { findingScript } from './finding-script.ts';

const folder = mkdtempSync(join(tmpdir(), 'logitfuzz-script-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

beforeAll(() => installTfjs(folder));

function scriptFor(c: Case, blame: string, module: string | null = null): string {
  const { exact, naive } = answerOf(c, defaultArithmetic);
  const finding = exampleFinding({ blame, case: caseSummary(c), ledger: null });
  return findingScript(finding, { case: c, exact, allowed: naive, module, got: null });
}

function runScript(
  name: string,
  text: string,
): { readonly status: number | null; readonly stdout: string; readonly stderr: string } {
  writeFileSync(join(folder, name), text);
  return spawnSync(process.execPath, [name], { cwd: folder, encoding: 'utf8', timeout: 60_000 });
}

const fixture = (name: string): string =>
  fileURLToPath(new URL(`../cli/fixtures/${name}.mjs`, import.meta.url));

describe('of a subject', () => {
  test('it prints the wrong value beside the exact one, and exits with 1', () => {
    const { status, stdout } = runScript(
      'wrong.mjs',
      scriptFor(exampleCase, 'subject', fixture('thousandth-off')),
    );

    expect(stdout).toMatch(/^at \[1, 0\]: got 0\.5005, exact 0\.5, allowed ± \S+e-\d+$/m);
    expect(stdout).toContain('2 of 2 values are outside of what is allowed');
    expect(status).toBe(1);
  });

  test('of a sound kernel it exits with 0', () => {
    const { status } = runScript('sound.mjs', scriptFor(exampleCase, 'subject', fixture('mended')));

    expect(status).toBe(0);
  });

  test('numbers survive: the fewest digits that read back, and −0, NaN and infinities by name', () => {
    const data = Float32Array.of(-0, Number.NaN, -Infinity, Math.fround(0.1), 2 ** -149, 16777216);
    const script = scriptFor({ ...exampleCase, logits: { shape: [6], data } }, 'subject');

    expect(script).toContain('new Float32Array([-0, NaN, -Infinity, 0.1, 1e-45, 16777216])');
  });

  /** A kernel that is wrong in one form of the call, by its body after what it shares between calls. */
  const forms: readonly { call: CallForm; shared: string; body: string; prints: RegExp }[] = [
    {
      call: { kind: 'axis', as: 'absent' },
      shared: '',
      body: 'return right(x.data.map((v) => (options.axis === undefined ? 0 : v)))',
      prints: /^at \[0\]: got 0\.5,/m,
    },
    {
      call: { kind: 'axis', as: 'undefined' },
      shared: '',
      body: "return right(x.data.map((v) => ('axis' in options && options.axis === undefined ? 0 : v)))",
      prints: /^at \[0\]: got 0\.5,/m,
    },
    {
      call: { kind: 'view', from: 1 },
      shared: '',
      body: 'return right(new Float32Array(x.data.buffer, 0, 2))',
      prints: /^at \[0\]: got NaN,/m,
    },
    {
      call: { kind: 'same-arrays' },
      shared: 'const kept = new WeakMap();',
      body: 'if (!kept.has(x.data)) kept.set(x.data, right(x.data)); return kept.get(x.data)',
      prints: /^at \[0\]: got 0\.5,/m,
    },
    {
      call: { kind: 'later-calls', calls: 1 },
      shared: 'const data = new Float32Array(2);',
      body: 'data.set(right(x.data).data); return { shape: [2], data }',
      prints: /^after other calls: Float32Array\(2\) \[ 0\.5, 0\.5 \]$/m,
    },
    {
      call: { kind: 'in-flight', started: 'first' },
      shared: 'let staged;',
      body: 'staged = x.data; return Promise.resolve().then(() => right(staged))',
      prints: /^at \[0\]: got 0\.5,/m,
    },
    {
      call: { kind: 'in-flight', started: 'second' },
      shared: 'let busy;',
      body: 'return (busy ??= Promise.resolve(right(x.data)))',
      prints: /^at \[0\]: got 0\.5,/m,
    },
  ];

  test.each(forms)('it makes the calls of the form $call', ({ call, shared, body, prints }) => {
    const right = `(data) => { const sum = Math.exp(data[0]) + Math.exp(data[1]);
      return { shape: [2], data: data.map((v) => Math.exp(v) / sum) }; }`;
    writeFileSync(
      join(folder, 'in-form.mjs'),
      `const right = ${right};\n${shared}\nexport function softmax(x, options) { ${body}; }\n`,
    );
    const logits = { shape: [2], data: Float32Array.of(5, 0) };
    const c: Case = { ...exampleCase, axis: -1, logits, call };

    const { stdout, stderr, status } = runScript('form.mjs', scriptFor(c, 'subject', './in-form.mjs'));

    expect(stderr).toBe('');
    expect(stdout).toMatch(prints);
    expect(status).toBe(1);
  });

  test('it makes the calls of every form with the options of a loss, which are right to a sound kernel', () => {
    const forms: readonly CallForm[] = [
      { kind: 'defaults', as: 'named' },
      { kind: 'defaults', as: 'undefined' },
      { kind: 'view', from: 3 },
      { kind: 'same-arrays' },
      { kind: 'later-calls', calls: 2 },
      { kind: 'in-flight', started: 'first' },
      { kind: 'in-flight', started: 'second' },
    ];
    const weight = { shape: [2], data: Float32Array.of(3, 1) };
    const target = { shape: [2], data: Int32Array.of(1, 0) };
    const logits = { shape: [2, 2], data: Float32Array.of(0, 1, 2, 3) };
    const lines = forms.map((call, i) => {
      const loss = { target, reduction: 'mean', labelSmoothing: 0, weight } as const;
      const c: Case = { ...exampleCase, operation: 'crossEntropy', axis: 1, logits, loss, call };
      const own = fileURLToPath(new URL('../../dist/src/kernels/index.js', import.meta.url));
      writeFileSync(join(folder, `loss-${i}.mjs`), scriptFor(c, 'subject', own));
      return `await import('./loss-${i}.mjs');`;
    });

    const { stdout, stderr } = runScript('losses.mjs', lines.join('\n'));

    expect(stderr).toBe('');
    expect(stdout.match(/^0 of 1 values are outside/gm)).toHaveLength(forms.length);
  });

  /** A kernel that breaks the contract in this way and gives the right values, or has no time to. */
  const breaches: readonly {
    readonly symptom: Symptom;
    readonly sentence?: string;
    readonly call?: CallForm;
    readonly shared?: string;
    readonly body: string;
    readonly prints: RegExp;
  }[] = [
    {
      symptom: 'input-written',
      body: 'const answer = right(x.data); x.data[0] = 7; return answer',
      prints: /^it wrote to what it was given$/m,
    },
    {
      symptom: 'outside-written',
      body: 'new Float32Array(x.data.buffer)[0] = 7; return right(x.data)',
      prints: /^it wrote to what it was given$/m,
    },
    {
      symptom: 'output-aliased',
      body: 'x.data.set(right(x.data).data); return { shape: [2], data: x.data }',
      prints: /^its result shares memory with an argument$/m,
    },
    {
      symptom: 'output-aliased',
      shared: 'const kept = right([5, 0].map(Math.fround)); kept.data = new Float32Array(kept.data);',
      body: 'return kept',
      prints: /^its result shares memory with that of the same call made again$/m,
    },
    {
      symptom: 'output-overwritten',
      call: { kind: 'later-calls', calls: 1 },
      shared: 'const data = new Float32Array(2);',
      body: 'data.set(right(x.data).data); return { shape: [2], data }',
      prints: /^a later call overwrote its result$/m,
    },
    { symptom: 'not-a-tensor', body: 'return null', prints: /^it returned no tensor: null$/m },
    {
      symptom: 'shape',
      body: 'return { ...right(x.data), shape: [1, 2] }',
      prints: /^its result has shape \[1,2\], not \[2\]$/m,
    },
    {
      symptom: 'format',
      body: 'return { shape: [2], data: Float64Array.from(right(x.data).data) }',
      prints: /^its result is a Float64Array, not a Float32Array$/m,
    },
    {
      symptom: 'printed',
      body: "console.log('hello'); return right(x.data)",
      prints: /^it printed "hello\\n"$/m,
    },
    {
      symptom: 'intrinsic-changed',
      sentence: 'Math.tau was changed, which all code of the process shares',
      body: 'Math.tau = 6; return right(x.data)',
      prints: /^it changed Math\.tau/m,
    },
    {
      symptom: 'not-repeatable',
      shared: 'let calls = 0;',
      body: 'return calls++ === 0 ? right(x.data) : { shape: [2], data: new Float32Array(2) }',
      prints: /^the same call gave other values$/m,
    },
    { symptom: 'threw', body: "throw new Error('no way')", prints: /^it threw: Error: no way$/m },
    { symptom: 'threw', body: 'return Promise.reject(7)', prints: /^it threw: 7$/m },
    { symptom: 'crashed', body: 'process.exit(0)', prints: /^the call did not come back: exit code 0$/m },
    { symptom: 'crashed', body: 'process.exit(2)', prints: /^the call did not come back: exit code 2$/m },
    { symptom: 'crashed', body: 'process.abort()', prints: /^the call did not come back: SIG/m },
    {
      symptom: 'timed-out',
      body: 'return new Promise(() => {})',
      prints: /^the call did not come back: exit code 13$/m,
    },
  ];

  const fiveAndZero: Case = {
    ...exampleCase,
    axis: -1,
    logits: { shape: [2], data: Float32Array.of(5, 0) },
  };

  function conductScript({ symptom, sentence = '', call }: (typeof breaches)[number]): string {
    const c = call === undefined ? fiveAndZero : { ...fiveAndZero, call };
    const { exact, naive } = answerOf(c, defaultArithmetic);
    const finding = exampleFinding({ blame: 'subject', oracle: 'conduct', symptom, sentence });
    return findingScript(finding, { case: c, exact, allowed: naive, module: './breach.mjs', got: null });
  }

  function writeKernel(shared: string, body: string): void {
    const right = `(data) => { const sum = Math.exp(data[0]) + Math.exp(data[1]);
      return { shape: [2], data: Float32Array.from(data, (v) => Math.exp(v) / sum) }; }`;
    const kernel = `export function softmax(x, options) { ${body}; }`;
    writeFileSync(join(folder, 'breach.mjs'), `const right = ${right};\n${shared}\n${kernel}\n`);
  }

  test.each(breaches)(
    'that breaks the contract ($symptom, $body) it exits with 1, and says how',
    (breach) => {
      writeKernel(breach.shared ?? '', breach.body);

      const { stdout, status } = runScript('breach-shown.mjs', conductScript(breach));

      expect(stdout).toMatch(breach.prints);
      expect(status).toBe(1);
    },
  );

  test('that is mended it exits with 0, whatever it was blamed of', () => {
    writeKernel('', 'return right(x.data)');

    const statuses = breaches.map((breach) => runScript('mended.mjs', conductScript(breach)).status);

    expect(statuses).toEqual(breaches.map(() => 0));
  });

  test('that declines the call it exits with 0, and that has no such kernel, or is not there, with 2', () => {
    const script = conductScript({ symptom: 'threw', body: '', prints: /./ });
    const isolated = conductScript({ symptom: 'crashed', body: '', prints: /./ });
    writeKernel('', "throw Object.assign(new Error('too wide'), { code: 'ERR_UNSUPPORTED' })");
    const declined = [script, isolated].map((text) => runScript('declined.mjs', text));
    writeFileSync(join(folder, 'breach.mjs'), 'export function logSoftmax() {}\n');
    const without = [script, isolated].map((text) => runScript('without.mjs', text));
    rmSync(join(folder, 'breach.mjs'));
    const gone = runScript('gone.mjs', script);

    expect(declined.map(({ status }) => status)).toEqual([0, 0]);
    expect(declined[0]!.stdout).toMatch(/^it threw: Error: too wide/);
    expect(without.map(({ status }) => status)).toEqual([2, 2]);
    expect(without[0]!.stderr).toMatch(/^could not run: there is no softmax in file:.*breach\.mjs$/m);
    expect(gone).toMatchObject({ status: 2, stderr: expect.stringMatching(/^could not run: Cannot find/) });
  });

  test('that answers invalid arguments it exits with 1, and that refuses them with 0', () => {
    const c: Case = { ...fiveAndZero, invalid: 'axis-above' };
    const finding = exampleFinding({ blame: 'subject', oracle: 'conduct', symptom: 'accepted' });
    const matter = { case: c, exact: [], allowed: [], module: './breach.mjs', got: null };
    const script = findingScript(finding, matter);
    writeKernel('', 'return right(x.data)');
    const accepts = runScript('invalid.mjs', script);
    writeKernel('', "throw new RangeError('axis 1')");
    const refuses = runScript('invalid.mjs', script);

    expect(accepts.stdout).toMatch(/^it answers what it says that it refuses$/m);
    expect(refuses.stdout).toMatch(/^it refused: axis 1$/m);
    expect([accepts.status, refuses.status]).toEqual([1, 0]);
  });

  test('where each value is allowed by itself and they break a law, it looks for those very values', () => {
    const finding = exampleFinding({
      blame: 'subject',
      oracle: 'property',
      law: 'a law',
      sentence: 'broken',
    });
    const got = Array.from([5, 0], (x) => Math.fround(Math.exp(x) / (Math.exp(5) + 1)));
    const matter = { case: fiveAndZero, exact: got, allowed: [1, 1], module: './breach.mjs', got };
    const script = findingScript(finding, matter);
    writeKernel('', 'return right(x.data)');
    const same = runScript('law.mjs', script);
    writeKernel('', 'return { shape: [2], data: Float32Array.of(1, 0) }');
    const other = runScript('law.mjs', script);

    expect(script).toContain('// a law: broken');
    expect([same.status, other.status]).toEqual([1, 0]);
  });

  test('a run of one number is written once', () => {
    const data = Float32Array.from({ length: 40 }, (_, i) => (i === 20 ? -0 : 0.1));
    const script = scriptFor({ ...exampleCase, logits: { shape: [40], data } }, 'subject');

    expect(script).toContain('new Float32Array([...Array(20).fill(0.1), -0, ...Array(19).fill(0.1)])');
  });

  test('a hostile name stays within its comment and its string', () => {
    const script = findingScript(
      exampleFinding({ blame: 'subject', sentence: 'a\nprocess.exit(7)\u2028process.exit(8)' }),
      {
        case: exampleCase,
        exact: [0.5, 0.5],
        allowed: [1, 1],
        module: './a";process.exit(9)//.mjs',
        got: null,
      },
    );

    expect(script.split(/[\n\u2028]/).filter((line) => line.startsWith('process.exit('))).toEqual([]);
    expect(script).toContain(String.raw`new URL("./a\";process.exit(9)//.mjs"`);
  });
});

test('of a reference that is not in the table there is none, and a sentence says so', () => {
  const script = (): string => scriptFor(exampleCase, 'tfjs-directml');

  expect(script).toThrow(UsageError);
  expect(script).toThrow(
    /^the finding blames "tfjs-directml", which is no reference here.*there are tfjs-cpu, /,
  );
});

describe('of tfjs-cpu', () => {
  let tfjsCpu: Implementation;

  beforeAll(async () => {
    const loaded = await references[0]!.load();
    if (loaded.kind === 'missing') throw new Error(loaded.reason);
    tfjsCpu = loaded.implementation;
  });

  test('it shows the gradient to the labels that is none, where TensorFlow.js alone is installed', () => {
    const c = caseFromJson(
      smallCase({
        kernel: 'crossEntropy/targetBackward',
        shape: [1, 2],
        logits: [0, 0],
        labels: [1, 0],
        dy: [1],
      }),
    );

    const { status, stdout } = runScript('reference.mjs', scriptFor(c, 'tfjs-cpu'));

    expect(stdout).toMatch(/^at \[0, 0\]: got 0\.5, exact 0\.693147\d+, allowed/m);
    expect(status).toBe(1);
  });

  /** Null where it declines or throws. */
  function answerTo(c: Case): readonly string[] | null {
    if (tfjsCpu.declines(c) !== null) return null;
    const outcome = tfjsCpu.run(c);
    if (outcome instanceof Promise || outcome.kind !== 'values') return null;
    return Array.from(outcome.tensor!.data, String);
  }

  test('it asks what reference/ asks: the same answers, bit for bit, to 12 cases of each kernel', () => {
    const cases = kernelTable.flatMap(({ operation, direction }) => {
      const space = { operations: [operation], directions: [direction], formats: ['float32'] as const };
      const drawn = Array.from({ length: 60 }, (_, index) =>
        generateCase({ seed: 3n, index }, { ...space, maxElements: 60 }),
      );
      return drawn.filter((c) => c.logits.data.length > 0 && answerTo(c) !== null).slice(0, 12);
    });
    cases.forEach((c, i) => {
      const text = `${scriptFor(c, 'tfjs-cpu')}\nexport { got };\n`;
      writeFileSync(join(folder, `case-${i}.mjs`), text.replaceAll('console.log(', 'void ('));
    });
    const all = `const all = [];
      for (let i = 0; i < ${cases.length}; i++) all.push((await import('./case-' + i + '.mjs')).got.map(String));
      process.stdout.write('\\n' + JSON.stringify(all));`;
    const { stdout, stderr } = runScript('all.mjs', all);
    expect(stderr).not.toContain('Error');
    const got = JSON.parse(stdout.split('\n').at(-1)!) as readonly (readonly string[])[];

    expect(cases).toHaveLength(108);
    expect(got).toEqual(cases.map(answerTo));
  });
});
