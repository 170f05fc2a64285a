/** A campaign asks what the subject exports and supports, and misses what it has to export. */
// @module-tag processes
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { mainPath, runCommand, temporaryFolder, type Ended } from './run-command.ts';

const folder = temporaryFolder();
afterAll(() => folder.remove());
cpSync(join(mainPath, '../../../../src/cli/fixtures/mended.mjs'), join(folder.path, 'softmax.mjs'));
const subjectOf = (name: string, text: string): string => {
  writeFileSync(join(folder.path, name), `export * from './softmax.mjs';\n${text}\n`);
  return `./${name}`;
};

const run = (...args: string[]): Ended => runCommand(args, { cwd: folder.path });
const quick = ['--references', 'none', '--runs', '150', '--seed', '1'];

interface Summary {
  readonly run: string;
  readonly cases: number;
  readonly verdicts: { readonly skip: number };
  readonly kernels: readonly string[];
  readonly supports?: object;
  readonly missingKernels?: readonly object[];
}
const summaryOf = ({ stdout }: Ended): Summary => JSON.parse(stdout) as Summary;

interface Stored {
  readonly plan: { readonly kernels?: readonly string[]; readonly supports?: object };
}
const planOf = ({ run: path }: Summary): Stored =>
  JSON.parse(readFileSync(join(folder.path, path, 'plan.json'), 'utf8')) as Stored;

test('a gate of a forward-only subject judges every case, whatever the seed', () => {
  const seeds = ['1', '2', '3', '4'];

  const ended = seeds.map((seed) =>
    run('gate', '--subject', './softmax.mjs', ...quick, '--seed', seed, '--json'),
  );

  expect(ended.map(({ exitCode }) => exitCode)).toEqual([0, 0, 0, 0]);
  expect(ended.map((one) => summaryOf(one).verdicts.skip)).toEqual([0, 0, 0, 0]);
  expect(planOf(summaryOf(ended[0]!)).plan.kernels).toEqual(['softmax']);
});

describe('a kernel that has to be there and is not', () => {
  const both = ['--kernels', 'softmax,softmaxBackward'];

  test('is exit 1 where --kernels lists it, and is named', () => {
    const { exitCode, stdout, stderr } = run('gate', '--subject', './softmax.mjs', ...quick, ...both);

    expect(exitCode).toBe(1);
    expect(stdout).toContain('FAILED  thousandth-off@unversioned');
    expect(stdout).toContain('softmaxBackward, which --kernels lists, is not exported');
    expect(stderr).toContain('thousandth-off exports softmax');
  });

  test('and where the configuration does, by its file; both shards say so, and what merges them', () => {
    writeFileSync(join(folder.path, 'own.json'), '{ "kernels": ["softmax", "softmaxBackward"] }');
    const shards = ['1/2', '2/2'].map((shard) =>
      run('fuzz', '--subject', './softmax.mjs', ...quick, '--config', 'own.json', '--shard', shard, '--json'),
    );

    const merged = run('merge', ...shards.map((one) => summaryOf(one).run), '--json');

    const missing = [{ kernel: 'softmaxBackward', listedBy: 'own.json' }];
    expect([...shards, merged].map(({ exitCode }) => exitCode)).toEqual([1, 1, 1]);
    expect([...shards, merged].map((one) => summaryOf(one).missingKernels)).toEqual([
      missing,
      missing,
      missing,
    ]);
    expect(summaryOf(merged)).toMatchObject({ cases: 150, kernels: ['softmax'] });
  });

  test('and where the baseline has an entry of it', () => {
    const signature = '1:softmax/backward/float32/subject/exact/wrong/ulps/finite/default/last';
    const baseline = { schemaVersion: 1, subject: 'thousandth-off', findings: { [signature]: 'wrong' } };
    writeFileSync(join(folder.path, 'gone.json'), JSON.stringify(baseline));
    const gate = ['gate', '--subject', './softmax.mjs', ...quick, '--baseline', 'gone.json'];

    const { exitCode, stdout } = run(...gate);

    expect(exitCode).toBe(1);
    expect(stdout).toContain('softmaxBackward, which gone.json lists, is not exported');
    expect(run(...gate, '--update-baseline').exitCode).toBe(0);
    expect(run(...gate).exitCode).toBe(0);
  });
});

test.each([
  [
    '--kernels softmaxBakward',
    '"softmaxBakward" is no kernel; there are softmax, ',
    'did you mean softmaxBackward?',
  ],
  ['--kernels softmax --operations softmax', '--kernels and --operations', 'leave one of them out'],
])('%s is exit 2', (flags, ...parts) => {
  const { exitCode, stderr } = run('fuzz', '--subject', './softmax.mjs', ...quick, ...flags.split(' '));

  expect(exitCode).toBe(2);
  for (const part of parts) expect(stderr).toContain(part);
});

describe('supports', () => {
  test('says what is drawn: in the plan, in the summary and in words', () => {
    const supports = { formats: ['float32'], rank: [1, 2], axis: 'last' };
    const subject = subjectOf('narrow.mjs', `export const supports = ${JSON.stringify(supports)};`);

    const ended = run('gate', '--subject', subject, ...quick, '--json');
    const told = run('gate', '--subject', subject, ...quick);

    expect(summaryOf(ended)).toMatchObject({ exitCode: 0, supports, verdicts: { skip: 0 } });
    expect(planOf(summaryOf(ended)).plan).toMatchObject({ supports, formats: ['float32'] });
    expect(told.stdout).toContain('drawn: softmax; float32, rank 1 to 2, axis last');
    expect(told.stderr).toContain('drawn: softmax; float32, rank 1 to 2, axis last');
  });

  test('and --formats that leave nothing of it are exit 2', () => {
    const subject = subjectOf('single.mjs', "export const supports = { formats: ['float32'] };");

    const { exitCode, stderr } = run('fuzz', '--subject', subject, ...quick, '--formats', 'float64');

    expect(exitCode).toBe(2);
    expect(stderr).toContain('supports float32, and float64 is asked for: there is nothing to draw');
  });
});

describe('a run that was killed is resumed', () => {
  const subject = subjectOf('grown.mjs', '');
  const { run: path } = summaryOf(run('fuzz', '--subject', subject, ...quick, '--json'));
  const planPath = join(folder.path, path, 'plan.json');
  const stored = readFileSync(planPath, 'utf8');
  const resume = (plan: string): Summary => {
    for (const name of ['run.json', 'progress.json']) rmSync(join(folder.path, path, name));
    writeFileSync(planPath, plan);
    return summaryOf(run('fuzz', '--resume', path, '--json'));
  };

  test('with the kernels of its plan, also where the subject exports more by now', () => {
    subjectOf('grown.mjs', "export { softmax as crossEntropyTargetBackward } from './softmax.mjs';");

    expect(resume(stored)).toMatchObject({ exitCode: 0, kernels: ['softmax'], verdicts: { skip: 0 } });
  });

  test('with all kernels of its operations, where its plan is of before there was a choice', () => {
    const { plan, ...rest } = JSON.parse(stored) as Stored;
    const { kernels: _, ...old } = plan;

    const { kernels, cases, verdicts } = resume(JSON.stringify({ ...rest, plan: old }));

    expect(kernels).toBeUndefined();
    expect(verdicts.skip).toBeGreaterThan(cases / 2);
  });
});
