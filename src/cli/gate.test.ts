/** The gate end to end: corpus, baseline, seed of the commit, configuration, files for CI. */
// @module-tag processes
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { mainPath, runCommand, temporaryFolder, type Ended } from './run-command.ts';

const folder = temporaryFolder();
afterAll(() => folder.remove());
const fixture = (name: string): string => join(mainPath, `../../../../src/cli/fixtures/${name}.mjs`);

/** A folder of its own, with a subject that is a thousandth off. */
function project(name: string): { readonly path: string; run(...args: string[]): Ended } {
  const path = join(folder.path, name);
  mkdirSync(path);
  cpSync(fixture('thousandth-off'), join(path, 'kernels.mjs'));
  const quick = ['--runs', '200', '--references', 'none'];
  return {
    path,
    run: (verb, ...args) =>
      runCommand([verb!, ...(['gate', 'fuzz'].includes(verb!) ? quick : []), ...args], {
        cwd: path,
        env: { GITHUB_ACTIONS: '', GITHUB_STEP_SUMMARY: join(path, 'summary.md') },
      }),
  };
}

describe('the baseline', () => {
  const { path, run } = project('baseline');
  const subject = ['--subject', './kernels.mjs', '--operations', 'softmax', '--min-cases', '50'];

  test('lists what diverges today, after which the gate passes, and reports what is mended', () => {
    expect(run('gate', ...subject).exitCode).toBe(1);
    expect(run('gate', ...subject, '--update-baseline').exitCode).toBe(0);
    const again = run('gate', ...subject, '--json');
    expect(again.exitCode).toBe(0);
    const { findings } = JSON.parse(again.stdout) as { findings: { known: boolean }[] };
    expect(new Set(findings.map(({ known }) => known))).toEqual(new Set([true]));

    cpSync(fixture('mended'), join(path, 'kernels.mjs')); // of the same name
    const mended = run('gate', ...subject);
    expect(mended.stdout).toContain('No longer occurs, but is listed in logitfuzz.baseline.json');
    expect(mended.exitCode).toBe(0);
    expect(run('gate', ...subject, '--strict').exitCode).toBe(1);
    // Of fewer cases than it was written of nobody can say that.
    expect(run('gate', ...subject, '--strict', '--runs', '199').exitCode).toBe(0);
  });

  test('does not let a known divergence grow: seven ULPs that became a fifth fail the gate', () => {
    const { path: own, run: inOwn } = project('growth');
    const write = (factor: number): void => {
      const text = readFileSync(fixture('thousandth-off'), 'utf8');
      expect(text).toContain('1.001');
      writeFileSync(join(own, 'kernels.mjs'), text.replace('1.001', String(factor)));
    };
    write(1 + 7 * 2 ** -23);
    expect(inOwn('gate', ...subject, '--update-baseline').exitCode).toBe(0);
    write(1.2);

    const { exitCode, stdout } = inOwn('gate', ...subject, '--json', '--junit', 'j.xml', '--sarif', 's.json');

    const { findings, baseline } = JSON.parse(stdout) as {
      findings: { signature: string; known: boolean; ratio: number; growth?: { ratio: number } }[];
      baseline: { grown: string[] };
    };
    const grown = findings.filter(({ growth }) => growth !== undefined);
    expect(grown.length).toBeGreaterThan(0);
    for (const { known, ratio, growth } of grown)
      expect({ known, grows: ratio / growth!.ratio > 16 }).toEqual({ known: true, grows: true });
    expect(baseline.grown).toEqual(grown.map(({ signature }) => signature).sort());
    expect(exitCode).toBe(1);
    expect(readFileSync(join(own, 'j.xml'), 'utf8')).toMatch(
      /times what is allowed when it was listed, \d+ times/,
    );
    expect(readFileSync(join(own, 's.json'), 'utf8')).toContain('"baselineState": "updated"');
    expect(inOwn('gate', ...subject).stdout).toMatch(/^(GROWN|WRONG) .* known, \d+ of them grown/);
    const elsewhere = inOwn('fuzz', ...subject, '--seed', '3');
    expect(elsewhere.stdout).toContain('grown  softmax');
    expect(elsewhere.stdout).toContain('in other cases');
  });

  test('of version 1 is read, and that it does not say how bad its entries are is said once', () => {
    const signature = '1:softmax/forward/float32/subject/exact/wrong/ulps/finite/default/last';
    const old = { schemaVersion: 1, subject: 'thousandth-off', findings: { [signature]: 'wrong' } };
    writeFileSync(join(path, 'old.json'), JSON.stringify(old));

    const { stdout, stderr } = run('gate', ...subject, '--baseline', 'old.json', '--json');
    const told = run('gate', ...subject, '--baseline', 'old.json').stderr;

    expect((JSON.parse(stdout) as { baseline: object }).baseline).toMatchObject({ entries: 1, grown: [] });
    expect(stderr).toBe('');
    expect(told.match(/old\.json does not say how bad its entries were/g)).toHaveLength(1);
  });

  test('of another subject is refused, and a part of a run updates none', () => {
    expect(run('gate', '--subject', 'textbook')).toMatchObject({ exitCode: 2, stdout: '' });
    expect(run('gate', ...subject, '--update-baseline', '--shard', '1/2').stderr).toContain('--shard');
    expect(run('gate', ...subject, '--baseline', 'nowhere.json').stderr).toContain('nowhere.json');
  });
});

test('a subject that takes few of the cases ends with 4, and is told why', () => {
  const { path, run } = project('few');
  writeFileSync(
    join(path, 'one.mjs'),
    'export const logSumExp = () => { throw Object.assign(new Error("no"), { code: "ERR_UNSUPPORTED" }); };',
  );

  const { exitCode, stderr } = run('gate', '--subject', './one.mjs');

  expect(exitCode).toBe(4);
  expect(stderr).toContain(
    'the subject has logSumExp/forward; what it declines is not drawn where it says so by `export const supports` (--min-cases',
  );
});

test('--help tells the defaults of the gate, not those of fuzz', () => {
  const { stdout } = runCommand(['gate', '--help'], { cwd: folder.path });
  const text = stdout.replaceAll(/\s+/g, ' ');

  expect(text).toContain('1h (default: no limit)');
  expect(text).toContain('all shards together (default 20000)');
  expect(text).toContain('that the git commit gives (default 20240229)');
  expect(text).toContain('exit 4 if fewer cases were judged (default: 30 % of them)');
  expect(text).not.toContain('drawn if absent');
});

test('--seed commit is the commit’s, and needs one', () => {
  const { path, run } = project('commit');
  const git = (...args: string[]): string =>
    spawnSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b.c', ...args], {
      cwd: path,
      encoding: 'utf8',
    }).stdout;
  const before = run('gate', '--seed', 'commit');
  git('init', '-q');
  git('commit', '-q', '--allow-empty', '-m', 'first');
  const hash = git('rev-parse', 'HEAD').trim();

  const { seed } = JSON.parse(run('gate', '--seed', 'commit', '--json').stdout) as { seed: string };

  expect(before.exitCode).toBe(2);
  expect(before.stderr).toContain('--seed commit');
  expect(seed).toBe(BigInt(`0x${hash.slice(0, 16)}`).toString());
});

describe('the configuration', () => {
  const { path, run } = project('configured');

  test.each([
    [
      'logitfuzz.config.ts',
      "import { defineConfig } from 'logitfuzz';\nexport default defineConfig({ subject: './kernels.mjs' as string });",
    ],
    ['logitfuzz.config.js', "export default { subject: './kernels.mjs' };"],
    ['logitfuzz.config.mjs', "export default { subject: './kernels.mjs' };"],
    ['logitfuzz.config.json', '{ "subject": "./kernels.mjs" }'],
  ])('%s is found', (name, text) => {
    const own = join(path, name.replaceAll('.', '-'));
    mkdirSync(own);
    writeFileSync(join(own, name), text);

    expect(JSON.parse(runCommand(['gate', '--print-config'], { cwd: own }).stdout)).toMatchObject({
      file: name,
      settings: { subject: { value: './kernels.mjs', from: 'file', at: name } },
    });
  });

  test('is the one that --config names', () => {
    writeFileSync(join(path, 'other.json'), '{ "gate": { "runs": 5 } }');

    const { stdout } = run('gate', '--config', 'other.json', '--print-config');

    expect(JSON.parse(stdout)).toMatchObject({ file: 'other.json', settings: { runs: { from: 'flag' } } });
  });

  test.each([
    ['export default { runs: "many" };', 'logitfuzz.config.mjs: runs is "many"'],
    ['export const runs = 1;', 'has no default export'],
    ['throw new Error("boom");', 'could not be loaded: Error: boom'],
  ])('%s is exit 2', (text, message) => {
    writeFileSync(join(path, 'logitfuzz.config.mjs'), text);

    const { exitCode, stderr } = run('gate');

    expect(stderr).toContain(message);
    expect(exitCode).toBe(2);
  });

  test('two files are one too many', () => {
    writeFileSync(join(path, 'logitfuzz.config.json'), '{}');

    expect(run('gate').stderr).toContain(
      'there are logitfuzz.config.mjs and logitfuzz.config.json: keep one',
    );
  });
});

test('files and a summary for CI are written beside the run, and stdout stays one document', () => {
  const { path, run } = project('outputs');

  const { stdout, stderr, exitCode } = run(
    'gate',
    '--subject',
    './kernels.mjs',
    '--json',
    '--junit',
    'ci/junit.xml',
    '--sarif',
    'ci/x.sarif',
    '--github',
  );

  expect(exitCode).toBe(1);
  expect(JSON.parse(stdout)).toMatchObject({ command: 'gate' });
  expect(readFileSync(join(path, 'ci/junit.xml'), 'utf8')).toContain('<failure');
  expect(JSON.parse(readFileSync(join(path, 'ci/x.sarif'), 'utf8'))).toMatchObject({ version: '2.1.0' });
  expect(stderr).toMatch(/^::error file=kernels\.mjs,line=4,title=wrong/m);
  expect(readFileSync(join(path, 'summary.md'), 'utf8')).toContain('## logitfuzz gate: thousandth-off');
});

describe('the corpus', () => {
  const { path, run } = project('corpus');
  const subject = ['--subject', './kernels.mjs'];
  interface Listed {
    readonly entries: { readonly name: string; readonly origin: { readonly kind: string } }[];
  }
  const listed = (): Listed['entries'] =>
    (JSON.parse(run('corpus', 'list', '--json').stdout) as Listed).entries;

  test('takes one smallest case of each signature from fuzz, and each once', () => {
    run('fuzz', ...subject, '--seed', '7', '--save-corpus');
    const first = listed();
    const again = run('fuzz', ...subject, '--seed', '7', '--save-corpus');

    expect(first.length).toBeGreaterThan(0);
    expect(first.every(({ origin }) => origin.kind === 'found')).toBe(true);
    expect(again.stderr).toContain(`added 0 cases to corpus; ${first.length} of these signatures`);
  });

  test('is judged first by the gate, whatever its seed', () => {
    const { findings } = JSON.parse(run('gate', ...subject, '--runs', '1', '--json').stdout) as {
      findings: { path: string }[];
    };
    const indices = findings.map(
      (found) => (JSON.parse(readFileSync(join(path, found.path), 'utf8')) as { index: number }).index,
    );

    expect(Math.min(...indices)).toBeLessThan(0);
  });

  test('takes a finding by name, and nothing where one of them cannot be read', () => {
    const runFolder = join(path, 'reports/runs', readdirSync(join(path, 'reports/runs'))[0]!);
    const finding = join(runFolder, 'findings', readdirSync(join(runFolder, 'findings'))[0]!);

    const bad = run('corpus', 'add', finding, 'nowhere.json', '--corpus', 'other');
    const good = run('corpus', 'add', finding, '--corpus', 'other');

    expect(bad.exitCode).toBe(2);
    expect(good).toMatchObject({ exitCode: 0, stderr: 'added 1 case to other\n' });
    expect(existsSync(join(path, good.stdout.trim()))).toBe(true);
  });

  test('is pruned of what another case covers, only with --apply, and never of what was added by hand', () => {
    const [entry] = listed();
    const byHand = JSON.parse(readFileSync(join(path, 'corpus', `${entry!.name}.json`), 'utf8')) as object;
    writeFileSync(
      join(path, 'corpus/by-hand.json'),
      JSON.stringify({ ...byHand, name: 'by-hand', origin: { kind: 'hand' } }),
    );
    const count = listed().length;
    const prune = (...args: string[]): Ended => run('corpus', 'prune', '--references', 'none', ...args);

    const covered = prune(...subject);
    expect(covered.stdout).toContain(`prune  ${entry!.name}: by-hand shows it\n`);
    const fewer = covered.stdout.match(/^prune/gm)!.length;
    expect(fewer).toBeLessThan(count - 1); // a float32 case covers none of float64
    expect(covered.stderr).toBe(`would remove ${fewer} of ${count} cases: --apply does it\n`);
    expect(prune().stdout).toContain('found in thousandth-off, which is not there');
    expect(listed()).toHaveLength(count);
    prune(...subject, '--apply');
    expect(listed().map(({ name }) => name)).not.toContain(entry!.name);
    cpSync(fixture('mended'), join(path, 'kernels.mjs'));
    expect(prune(...subject).stderr).toBe(`would remove 0 of ${count - fewer} cases\n`);
  });
});
