/**
 * The programs of the ledger, as they stand in the document, pasted into a folder that has what they install,
 * and run: they print what the document says. Those of one reference are run in one process, one by one.
 */
// @module-tag processes
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { referenceNamed, references, type Reference } from '../../reference/index.ts';
import { findChromium } from '../connect/browser/chromium.ts';
import { needs } from '../connect/fixtures/needs.ts';
import { ledgerDocuments } from '../../reference/ledger/documents.ts';
import { ledgerPath } from '../../series/write-ledger.ts';
import { installTfjs } from './fixtures/install-tfjs.ts';
import { ledgerProgram } from './ledger-program.ts';

const [tfjsDocument] = ledgerDocuments;
const ledger = tfjsDocument!.entries;

const folder = mkdtempSync(join(tmpdir(), 'logitfuzz-ledger-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
beforeAll(() => installTfjs(folder));

interface Ran {
  readonly printed: string;
  readonly exitCode: number;
}

/** What each of them prints, without the banner of TensorFlow.js, and what it would exit with. */
function runAll(programs: readonly string[]): ReadonlyMap<string, Ran> {
  programs.forEach((text, i) => writeFileSync(join(folder, `show-${i}.mjs`), text));
  const all = `
    import { format } from 'node:util';
    const ran = [];
    const isBanner = (text) => /^(=+|Hi, looks like you are running.*)$/.test(text.trim());
    let lines;
    console.log = (...values) => void lines.push(format(...values));
    for (let i = 0; i < ${programs.length}; i++) {
      lines = [];
      process.exitCode = 0;
      await import('./show-' + i + '.mjs').catch((error) => {
        process.exitCode = 1;
        lines.push(String(error));
      });
      ran.push({ printed: lines.filter((text) => !isBanner(text)).join('\\n'), exitCode: process.exitCode });
    }
    process.exitCode = 0;
    process.stdout.write('\\n' + JSON.stringify(ran));`;
  writeFileSync(join(folder, 'all.mjs'), all);
  const { stdout, stderr, status } = spawnSync(process.execPath, ['all.mjs'], {
    cwd: folder,
    env: { ...process.env, TF_CPP_MIN_LOG_LEVEL: '2', CHROMIUM: findChromium() ?? '' },
    encoding: 'utf8',
    timeout: 60_000,
  });
  expect(status, stderr).toBe(0);
  const ran = JSON.parse(stdout.split('\n').at(-1)!) as readonly Ran[];
  return new Map(programs.map((text, i) => [text, ran[i]!]));
}

interface Documented {
  readonly program: string;
  readonly prints: string;
}

/** The program of each section of the document, and what the document says that it prints. */
function documented(): readonly Documented[] {
  const sections = readFileSync(ledgerPath(tfjsDocument!), 'utf8').split(/^## /m).slice(1);
  return sections.map((section) => {
    const [, program] = /^```js\n(.*?)\n```$/ms.exec(section)!;
    const [, line, lines] = /^It prints(?: `([^`]*)`\.|:\n\n```\n(.*?)\n```)$/ms.exec(section)!;
    return { program: program!, prints: line ?? lines! };
  });
}

/** Why its programs are not run here, as the end of a test's name; '' where they are. */
function whyLeftOut({ embedded, isDefault, name }: Reference): string {
  if (!isDefault) return needs(`@tensorflow/${name.replace('-', '-backend-')}`, 'chromium').reason;
  const isLeftOut = !embedded && process.env['LOGITFUZZ_EMBEDDED'] === '1';
  return isLeftOut ? ' (skipped: native TensorFlow is left out of the embedded tests)' : '';
}

const ofTensorflow = references.filter(({ family }) => family === 'TensorFlow.js');

describe.each(ofTensorflow)('on $name', (reference) => {
  const { name } = reference;
  const reason = whyLeftOut(reference);
  const isLeftOut = reason !== '';

  const shown = documented().filter((_, i) => ledger[i]!.snippet.on === name);
  const affecting = ledger.filter(({ affects }) => Object.hasOwn(affects, name));
  const written = affecting.flatMap((entry) => ledgerProgram(entry, name) ?? []);
  let ran: ReadonlyMap<string, Ran>;

  beforeAll(() => {
    if (!isLeftOut) ran = runAll([...new Set([...shown.map(({ program }) => program), ...written])]);
  });

  test.skipIf(isLeftOut)(`each program of the document prints what the document says${reason}`, () => {
    const expected = shown.map(({ prints }) => ({ printed: prints, exitCode: 1 }));

    expect(shown.map(({ program }) => ran.get(program))).toEqual(expected);
  });

  test.skipIf(isLeftOut)(
    `the programs that are written for it show each entry that affects it${reason}`,
    () => {
      expect(written.filter((program) => ran.get(program)?.exitCode !== 1)).toEqual([]);
      expect(written.length).toBeGreaterThan(0);
    },
  );
});

test('the document has a program for each entry of the ledger', () => {
  expect(documented()).toHaveLength(ledger.length);
});

test('there is none of an entry that asks by another API than the reference is asked by', () => {
  const entry = ledger.find(({ id }) => id === 'zero-times-infinity')!;

  expect(ledgerProgram(entry, 'tfjs-wasm')).toContain("tf.setBackend('wasm')");
  expect(ledgerProgram(entry, 'tensorflow')).toBeNull();
  expect(ledgerProgram(entry, 'toy')).toBeNull();
  expect(referenceNamed('toy')).toBeUndefined();
});

test('a program that does not find its package exits with 2', () => {
  const empty = mkdtempSync(join(tmpdir(), 'logitfuzz-empty-'));
  writeFileSync(join(empty, 'show.mjs'), ledgerProgram(ledger[0]!)!);

  const { status, stderr } = spawnSync(process.execPath, ['show.mjs'], { cwd: empty, encoding: 'utf8' });
  rmSync(empty, { recursive: true });

  expect(status).toBe(2);
  expect(stderr).toMatch(/^could not run: Cannot find package '@tensorflow\/tfjs'/);
});
